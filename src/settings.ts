import { EMPTY_PROFILE, type Profile } from './config/profile.ts';
import { readProfileName } from './config/profile-name.ts';
import { KeypairError } from './errors.ts';
import { LANGUAGES } from './language/language.ts';
import { t } from './language/t.ts';
import type { Site } from './providers/types.ts';
import { switchValue } from './switches.ts';

/** The global flags as Commander parsed them: absent means not given. */
export interface GlobalFlags {
  readonly provider?: string;
  readonly region?: string;
  readonly profile?: string;
  readonly site?: string;
  readonly endpoint?: string;
  readonly sandbox?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
  /** Commander's name for `--no-input`: false when given. */
  readonly input?: boolean;
  readonly yes?: boolean;
  readonly timeout?: string;
  /** Commander's name for `--no-color`: false when given. */
  readonly color?: boolean;
  readonly lang?: string;
  readonly debug?: boolean;
}

/** The answers that every command shares: flag, else `KEYPAIR_*`, else the profile's, else default. */
export interface Settings {
  /** The flags as they were given: what everything else here goes behind. */
  readonly flags: GlobalFlags;
  /** The profile that was chosen by `--profile` or KEYPAIR_PROFILE, or null. */
  readonly chosenProfile: string | null;
  /** One that says nothing, for commands that read no configuration. */
  readonly profile: Profile;
  readonly provider: string | null;
  /** As asked for by flag or KEYPAIR_REGION. The profile's comes after the vendor's own variable: see target.ts. */
  readonly region: string | null;
  readonly site: Site;
  /** By flag or KEYPAIR_ENDPOINT. The profile's holds for the profile's provider only: see target.ts. */
  readonly endpoint: string | null;
  readonly sandbox: boolean;
  readonly json: boolean;
  readonly quiet: boolean;
  /** Whether questions are allowed at all; whether there is a terminal to ask on is another matter. */
  readonly input: boolean;
  readonly yes: boolean;
  /** For one request. */
  readonly timeoutMs: number;
  readonly color: boolean;
  readonly debug: boolean;
  /** `KEYPAIR_KEY_DIR` or the profile's, as written. */
  readonly keyDir: string | null;
}

/**
 * Resolves the global flags against the environment and a profile.
 *
 * @throws KeypairError `USAGE` that names the flag or variable with a bad value.
 */
export function resolveSettings(
  flags: GlobalFlags,
  env: Readonly<Record<string, string | undefined>>,
  profile: Profile = EMPTY_PROFILE,
): Settings {
  const text = (flag: string | undefined, variable: string): string | null => flag ?? given(env[variable]);
  checkLanguage(text(flags.lang, 'KEYPAIR_LANG'));
  const chosen = text(flags.profile, 'KEYPAIR_PROFILE');
  return {
    flags,
    chosenProfile:
      chosen === null
        ? null
        : readProfileName(chosen, flags.profile === undefined ? 'KEYPAIR_PROFILE' : '--profile'),
    profile,
    provider: text(flags.provider, 'KEYPAIR_PROVIDER') ?? profile.provider,
    region: text(flags.region, 'KEYPAIR_REGION'),
    site: readSite(text(flags.site, 'KEYPAIR_SITE') ?? profile.site),
    // A flag goes before a variable, also where they say it with two names.
    endpoint: flags.sandbox === true ? (flags.endpoint ?? null) : text(flags.endpoint, 'KEYPAIR_ENDPOINT'),
    sandbox: flags.sandbox ?? readSwitch(env, 'KEYPAIR_SANDBOX'),
    json: flags.json ?? readSwitch(env, 'KEYPAIR_JSON'),
    quiet: flags.quiet ?? readSwitch(env, 'KEYPAIR_QUIET'),
    input: flags.input !== false && !readSwitch(env, 'KEYPAIR_NO_INPUT'),
    yes: flags.yes ?? readSwitch(env, 'KEYPAIR_YES'),
    timeoutMs: readTimeout(text(flags.timeout, 'KEYPAIR_TIMEOUT')),
    color: flags.color !== false && !readSwitch(env, 'KEYPAIR_NO_COLOR'),
    debug: flags.debug ?? readSwitch(env, 'KEYPAIR_DEBUG'),
    keyDir: given(env['KEYPAIR_KEY_DIR']) ?? profile.keyDir,
  };
}

/** The language was chosen before the command line was parsed; a value that is none is refused here. */
function checkLanguage(value: string | null): void {
  if (value === null || LANGUAGES.some((language) => language === value)) return;
  throw new KeypairError('USAGE', 'KEYPAIR_LANG is neither en nor zh-CN');
}

/** A variable's value; an empty one counts as unset. */
function given(value: string | undefined): string | null {
  return value === undefined || value === '' ? null : value;
}

function readSwitch(env: Readonly<Record<string, string | undefined>>, variable: string): boolean {
  const value = switchValue(env[variable]);
  if (value !== null) return value;
  throw new KeypairError('USAGE', t`${variable} is neither on nor off`, {
    hints: [t`set ${variable} to 1 or 0`],
  });
}

function readSite(value: string | null): Site {
  if (value === null) return 'cn';
  if (value === 'cn' || value === 'intl') return value;
  throw new KeypairError('USAGE', '--site is neither cn nor intl', {
    hints: ['cn: accounts of cloud.tencent.com; intl: accounts of tencentcloud.com'],
  });
}

function readTimeout(value: string | null): number {
  if (value === null) return 30_000;
  const seconds = /^\d+(\.\d+)?$/.test(value) ? Number(value) : NaN;
  if (seconds >= 0.1 && seconds <= 3600) return Math.round(seconds * 1000);
  throw new KeypairError('USAGE', '--timeout takes seconds, from 0.1 to 3600');
}
