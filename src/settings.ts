import { KeypairError } from './errors.ts';
import type { Site } from './providers/types.ts';

/** The global flags as Commander parsed them: absent means not given. */
export interface GlobalFlags {
  readonly provider?: string;
  readonly region?: string;
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
  readonly debug?: boolean;
}

/** The answers that every command shares: flag, else `KEYPAIR_*`, else default. */
export interface Settings {
  readonly provider: string | null;
  readonly region: string | null;
  readonly site: Site;
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
  /** `KEYPAIR_KEY_DIR`, as written. */
  readonly keyDir: string | null;
}

/**
 * Resolves the global flags against the environment.
 *
 * @throws KeypairError `USAGE` that names the flag or variable with a bad value.
 */
export function resolveSettings(
  flags: GlobalFlags,
  env: Readonly<Record<string, string | undefined>>,
): Settings {
  const text = (flag: string | undefined, variable: string): string | null => flag ?? given(env[variable]);
  return {
    provider: text(flags.provider, 'KEYPAIR_PROVIDER'),
    region: text(flags.region, 'KEYPAIR_REGION'),
    site: readSite(text(flags.site, 'KEYPAIR_SITE')),
    endpoint: text(flags.endpoint, 'KEYPAIR_ENDPOINT'),
    sandbox: flags.sandbox ?? readSwitch(env, 'KEYPAIR_SANDBOX'),
    json: flags.json ?? false,
    quiet: flags.quiet ?? false,
    input: flags.input !== false && !readSwitch(env, 'KEYPAIR_NO_INPUT'),
    yes: flags.yes ?? false,
    timeoutMs: readTimeout(text(flags.timeout, 'KEYPAIR_TIMEOUT')),
    color: flags.color !== false,
    debug: flags.debug ?? readSwitch(env, 'KEYPAIR_DEBUG'),
    keyDir: given(env['KEYPAIR_KEY_DIR']),
  };
}

/** A variable's value; an empty one counts as unset. */
function given(value: string | undefined): string | null {
  return value === undefined || value === '' ? null : value;
}

const ON = new Set(['1', 'true', 'yes', 'on']);
const OFF = new Set(['', '0', 'false', 'no', 'off']);

function readSwitch(env: Readonly<Record<string, string | undefined>>, variable: string): boolean {
  const value = (env[variable] ?? '').toLowerCase();
  if (ON.has(value)) return true;
  if (OFF.has(value)) return false;
  throw new KeypairError('USAGE', `${variable} is neither on nor off`, {
    hints: [`set ${variable} to 1 or 0`],
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
