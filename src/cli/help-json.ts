import { EXIT_CODES, type ErrorCode } from '../errors.ts';
import { list, object, oneOf, type Schema, text } from './schema.ts';
import { type ArgumentSpec, type CommandSpec, GLOBAL_FLAGS, type OptionSpec, type ResultSpec } from './spec.ts';

/** When a command ends with each of the contract's codes. In English: it is for programs, and for the manual page. */
export const EXIT_MEANINGS: Readonly<Record<ErrorCode, string>> = {
  FAILURE: 'the service answered something unknown, there is a bug, or doctor left a problem',
  USAGE: 'bad or missing input: nothing was called, or the service rejected the input',
  NOT_FOUND: 'the key pair, instance, region, project or file does not exist; fingerprint --match found no match',
  AUTH: 'credentials are missing, wrong, expired or not allowed; the clock of this machine is wrong',
  CONFLICT: 'the name is taken, the file exists, the key pair is in use, or the quota is full',
  UNAVAILABLE: 'rate limit, server error or no connection: nothing was changed, try again',
  PARTIAL: 'the cloud changed, or may have changed: read the message before you try again',
  CANCELLED: 'SIGINT (Ctrl-C), SIGTERM or SIGHUP, or you declined a question',
};

/** The codes that every command can end with. */
const EVERY: readonly ErrorCode[] = ['FAILURE', 'USAGE', 'CANCELLED'];

/**
 * What `--help --json` prints of a command, or of the program: one object. A command below another is described in the
 * same way, without the global flags.
 *
 * @param above the words before its name: `keypair auth`; empty for the program itself.
 */
export async function helpJson(spec: CommandSpec, above: readonly string[]): Promise<object> {
  return { ...(await describe(spec, above)), globalFlags: GLOBAL_FLAGS.map((flag) => flagJson(flag, true)) };
}

async function describe(spec: CommandSpec, above: readonly string[]): Promise<object> {
  const words = [...above, spec.name];
  const head = { name: words.join(' '), summary: spec.summary };
  if (spec.commands !== undefined) {
    return { ...head, commands: await Promise.all(spec.commands.map((child) => describe(child, words))) };
  }
  const result = await spec.result?.();
  return {
    ...head,
    changes: spec.changes ?? [],
    arguments: (spec.arguments ?? []).map(argumentJson),
    flags: (spec.options ?? []).map((flag) => flagJson(flag, false)),
    acceptsAll: (spec.all ?? []).map((what) => (what === 'providers' ? '--provider' : '--region')),
    examples: spec.examples,
    ...(result === undefined
      ? {}
      : { result: { output: result.output, schema: resultSchema(result) }, exitCodes: exitCodes(result) }),
  };
}

function argumentJson({ name, summary, optional, many, values }: ArgumentSpec): object {
  return { name, summary, required: optional !== true, repeatable: many === true, suggestions: values ?? null };
}

/** A flag. Its variable counts where the flag is not given. */
function flagJson({ flags, summary, values, again, default: standard }: OptionSpec, global: boolean): object {
  const [, short = null, long = '', open, value = null, more] =
    /^(?:(-\w), )?(--[a-z-]+)(?: ([<[])(.*?)(\.\.\.)?[>\]])?$/.exec(flags) ?? [];
  const hasVariable = global || long === '--key-dir';
  return {
    name: long,
    short,
    summary,
    value,
    valueOptional: open === '[',
    values: values ?? null,
    repeatable: again === true || more !== undefined,
    default: standard ?? null,
    variable: hasVariable ? `KEYPAIR_${long.slice(2).toUpperCase().replaceAll('-', '_')}` : null,
  };
}

function exitCodes({ errors, otherExit }: ResultSpec): readonly object[] {
  const codes = (Object.keys(EXIT_CODES) as ErrorCode[]).filter(
    (code) => EVERY.includes(code) || errors.includes(code),
  );
  return [
    { exit: 0, code: null, when: 'it worked' },
    ...codes.map((code) => ({ exit: EXIT_CODES[code], code, when: EXIT_MEANINGS[code] })),
    ...(otherExit === undefined ? [] : [{ exit: null, code: null, when: otherExit }]),
  ];
}

/** The schema of what a command prints on stdout with `--json`: of the whole, or of each line. */
export function resultSchema({ output, item, planned }: ResultSpec): Schema {
  const one = planned === undefined ? item : { anyOf: [item, { ...planned, description: 'with --dry-run' }] };
  return output === 'array' ? { type: 'array', items: one } : one;
}

/** The schema of an error: one line on stderr with `--json`. */
export const ERROR_SCHEMA: Schema = object({
  error: object(
    {
      code: oneOf(Object.keys(EXIT_CODES), 'what went wrong; it decides the exit code'),
      message: text('what went wrong, for people'),
      hints: list({ type: 'string' }, 'what to do next, one line each'),
      provider: text('id of the provider that answered'),
      region: text('region of the request'),
      providerCode: text("the provider's own code, unchanged"),
      requestId: text("the provider's id of the request"),
    },
    ['provider', 'region', 'providerCode', 'requestId'],
  ),
});
