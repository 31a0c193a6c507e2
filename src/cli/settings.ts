import { EMPTY_PROFILE, type Profile, readProfileName } from '../config/profile.ts';
import type { Context } from '../context.ts';
import { switchValue } from '../env.ts';
import { KeypairError } from '../errors.ts';
import { LANGUAGES } from '../i18n/language.ts';
import { t, withLabel } from '../i18n/t.ts';
import { defaultKeyDirectory, expandPath } from '../paths.ts';
import type { Site } from '../providers/types.ts';

/** The global flags as parsed by Commander; undefined if not given. */
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

/** The settings of every command: from flag, else `KEYPAIR_*`, else profile, else default. */
export interface Settings {
  /** The flags as given. */
  readonly flags: GlobalFlags;
  /** The profile from `--profile` or KEYPAIR_PROFILE, or null. */
  readonly chosenProfile: string | null;
  /** The empty profile for commands that read no configuration. */
  readonly profile: Profile;
  readonly provider: string | null;
  /** From flag or KEYPAIR_REGION only. The vendor's own variable overrides the profile's: see target.ts. */
  readonly region: string | null;
  readonly site: Site;
  /** From flag or KEYPAIR_ENDPOINT only. The profile's is for the profile's provider: see target.ts. */
  readonly endpoint: string | null;
  readonly sandbox: boolean;
  readonly json: boolean;
  readonly quiet: boolean;
  /** Whether questions are allowed. There may still be no terminal to ask on. */
  readonly input: boolean;
  readonly yes: boolean;
  /** For one request. */
  readonly timeoutMs: number;
  readonly color: boolean;
  readonly debug: boolean;
  /** `KEYPAIR_KEY_DIR` or the profile's, as written. */
  readonly keyDir: string | null;
  /** The flag or variable that gave the value, for messages; the flag if none did. */
  readonly named: Readonly<Record<'provider' | 'region' | 'endpoint', string>>;
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
  const read = (name: TextFlag): Given | null => {
    const flag = flags[name];
    return given(`--${name}`, flag) ?? given(`KEYPAIR_${name.toUpperCase()}`, env[`KEYPAIR_${name.toUpperCase()}`]);
  };
  const named = (name: TextFlag): string => read(name)?.named ?? `--${name}`;
  checkLanguage(read('lang'));
  const chosen = read('profile');
  const variable = { endpoint: flags.endpoint === undefined, sandbox: flags.sandbox === undefined };
  const sandbox = flags.sandbox ?? readSwitch(env, 'KEYPAIR_SANDBOX');
  const endpoint = read('endpoint');
  // A flag overrides a variable, also if they contradict each other under two names.
  const asked = {
    sandbox: sandbox && (variable.endpoint || !variable.sandbox),
    endpoint: sandbox && variable.endpoint && !variable.sandbox ? null : endpoint,
  };
  if (asked.sandbox && asked.endpoint !== null) {
    const other = variable.sandbox ? 'KEYPAIR_SANDBOX' : '--sandbox';
    throw new KeypairError('USAGE', t`${other} and ${asked.endpoint.named} cannot be used together`, {
      hints: [t`give one of them`],
    });
  }
  return {
    flags,
    chosenProfile: chosen === null ? null : readProfileName(chosen.text, chosen.named),
    profile,
    provider: read('provider')?.text ?? profile.provider,
    region: read('region')?.text ?? null,
    site: readSite(read('site')) ?? profile.site ?? 'cn',
    endpoint: asked.endpoint?.text ?? null,
    sandbox: asked.sandbox,
    json: flags.json ?? readSwitch(env, 'KEYPAIR_JSON'),
    quiet: flags.quiet ?? readSwitch(env, 'KEYPAIR_QUIET'),
    input: flags.input !== false && !readSwitch(env, 'KEYPAIR_NO_INPUT'),
    yes: flags.yes ?? readSwitch(env, 'KEYPAIR_YES'),
    timeoutMs: readTimeout(read('timeout')),
    color: flags.color !== false && !readSwitch(env, 'KEYPAIR_NO_COLOR'),
    debug: flags.debug ?? readSwitch(env, 'KEYPAIR_DEBUG'),
    keyDir: given('KEYPAIR_KEY_DIR', env['KEYPAIR_KEY_DIR'])?.text ?? profile.keyDir,
    named: {
      provider: named('provider'),
      region: named('region'),
      endpoint: named('endpoint'),
    },
  };
}

/** The flags that take a text; each has a variable. */
type TextFlag = 'provider' | 'region' | 'profile' | 'site' | 'endpoint' | 'timeout' | 'lang';

/** A value and its source. */
interface Given {
  readonly text: string;
  readonly named: string;
}

/** @throws KeypairError `USAGE` for an empty value, which is neither a value nor unset. */
function given(named: string, text: string | undefined): Given | null {
  if (text === undefined) return null;
  if (text !== '') return { text, named };
  throw isEmpty(named);
}

/** The error for an empty flag, argument or variable: most likely a variable of a script is not set. */
export function isEmpty(named: string): KeypairError {
  return new KeypairError('USAGE', t`${named} is empty`, {
    hints: [t`give ${named} a value, or leave it out`],
  });
}

/**
 * Reads a value with its own reader. An error names the variable that the value is from.
 *
 * @param named as {@link Settings.named}; a flag is not named again, since the user sees it.
 */
export function readNamed<T>(named: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof KeypairError) || named.startsWith('--')) throw error;
    throw new KeypairError(error.code, withLabel(named, error.message), { hints: error.hints });
  }
}

/** Refuses an unknown language. The language itself was chosen before the command line was parsed. */
function checkLanguage(value: Given | null): void {
  if (value === null || LANGUAGES.some((language) => language === value.text)) return;
  throw new KeypairError('USAGE', t`${value.named} is neither en nor zh-CN`);
}

function readSwitch(env: Readonly<Record<string, string | undefined>>, variable: string): boolean {
  given(variable, env[variable]);
  const value = switchValue(env[variable]);
  if (value !== null) return value;
  throw new KeypairError('USAGE', t`${variable} is neither on nor off`, {
    hints: [t`set ${variable} to 1 or 0`],
  });
}

function readSite(value: Given | null): Site | null {
  if (value === null) return null;
  if (value.text === 'cn' || value.text === 'intl') return value.text;
  throw new KeypairError('USAGE', t`${value.named} is neither cn nor intl`, {
    hints: [t`cn: accounts of cloud.tencent.com; intl: accounts of tencentcloud.com`],
  });
}

function readTimeout(value: Given | null): number {
  if (value === null) return 30_000;
  const seconds = /^\d+(\.\d+)?$/.test(value.text) ? Number(value.text) : NaN;
  if (seconds >= 0.1 && seconds <= 3600) return Math.round(seconds * 1000);
  throw new KeypairError('USAGE', t`${value.named} takes seconds, from 0.1 to 3600`);
}

/** The key directory, absolute: `--key-dir`, else KEYPAIR_KEY_DIR, else the profile's, else `~/.ssh`. */
export function keyDirectory(
  { context, settings }: { readonly context: Context; readonly settings: Settings },
  flag: string | undefined,
): string {
  const directory = flag ?? settings.keyDir;
  return directory === null ? defaultKeyDirectory(context) : expandPath(directory, context);
}
