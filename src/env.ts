/** Environment variables by name. */
type Env = Readonly<Record<string, string | undefined>>;

const inspect = Symbol.for('nodejs.util.inspect.custom');

const REDACTED = {
  toJSON: () => '[environment]',
  [inspect]: () => '[environment]',
};

/**
 * A copy of the environment that is never printed as a whole: it holds access keys, and would be printed with any
 * context, session or error.
 */
export function redactedEnv(env: Env): Env {
  return Object.assign(Object.create(REDACTED) as Record<string, string | undefined>, env);
}

const ON = new Set(['1', 'true', 'yes', 'on']);
const OFF = new Set(['', '0', 'false', 'no', 'off']);

/** The value of a boolean variable; null for a text that is neither on nor off. */
export function switchValue(value: string | undefined): boolean | null {
  const text = (value ?? '').toLowerCase();
  if (ON.has(text)) return true;
  return OFF.has(text) ? false : null;
}

/**
 * Whether a switch is on, before the command line is parsed: the parser's own errors need it.
 *
 * @param args without the interpreter and the script.
 * @param name of the flag without its dashes: `json` is `--json` or KEYPAIR_JSON.
 */
export function isEarlyFlagSet(args: readonly string[], env: Env, name: 'json' | 'debug'): boolean {
  const end = args.indexOf('--');
  const flags = end === -1 ? args : args.slice(0, end);
  return flags.includes(`--${name}`) || switchValue(env[`KEYPAIR_${name.toUpperCase()}`]) === true;
}
