import { type AnySchemaObject, Ajv2020 } from 'ajv/dist/2020.js';
import { expect } from 'vitest';
import { ERROR_SCHEMA, resultSchema } from '../../src/cli/help-json.ts';
import type { CommandSpec, ResultSpec } from '../../src/cli/spec.ts';
import { COMMANDS } from '../../src/commands/index.ts';
import { EXIT_CODES } from '../../src/errors.ts';

/** What a run with `--json` has printed. */
interface Printed {
  readonly exit: unknown;
  readonly stdout: string;
  readonly stderr: string;
}

const ajv = new Ajv2020({ strict: true, allowUnionTypes: true });
const known = new Map<object, ReturnType<typeof ajv.compile>>();

/**
 * Fails unless the JSON that a command printed is as its schema says, without a field that the schema does not have, and
 * unless it says that it can end with this exit code.
 *
 * @param args the command first, then its subcommand, if it has any.
 */
export async function expectAsDocumented(args: readonly string[], { exit, stdout, stderr }: Printed): Promise<void> {
  const result = await resultOf(args);
  const lines = stdout.split('\n').slice(0, -1);
  const line = args.join(' ');
  if (result.output !== 'object per line') expect(lines.length, line).toBeLessThan(2);
  for (const one of lines) expectValid(result, resultSchema(result), one, line);
  const errors = stderr.split('\n').filter((one) => one.startsWith('{'));
  for (const one of errors) {
    expectValid(ERROR_SCHEMA, ERROR_SCHEMA, one, line);
    const { code } = (JSON.parse(one) as { readonly error: { readonly code: string } }).error;
    expect(['FAILURE', 'USAGE', 'CANCELLED', ...result.errors], line).toContain(code);
  }
  const exits = ['FAILURE', 'USAGE', 'CANCELLED', ...result.errors].map((code) => EXIT_CODES[code as 'USAGE']);
  if (result.otherExit === undefined) expect([0, ...exits], line).toContain(exit);
}

function expectValid(key: object, schema: object, text: string, line: string): void {
  const validate = known.get(key) ?? ajv.compile(strict(schema) as AnySchemaObject);
  known.set(key, validate);
  expect(validate(JSON.parse(text)), `${line}: ${text}\n${ajv.errorsText(validate.errors)}`).toBe(true);
}

/** The schemas allow further fields, for later releases. Here every field has to be in them. */
function strict(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(strict);
  if (typeof schema !== 'object' || schema === null) return schema;
  const parts = Object.fromEntries(Object.entries(schema).map(([name, part]) => [name, strict(part)]));
  return 'properties' in parts ? { ...parts, additionalProperties: false } : parts;
}

async function resultOf([first, second]: readonly string[]): Promise<ResultSpec> {
  const spec: CommandSpec | undefined = await COMMANDS.find(({ name }) => name === first)?.load();
  const result = (spec?.commands?.find(({ name }) => name === second) ?? spec)?.result;
  if (result === undefined) throw new Error(`no such command: ${first ?? ''} ${second ?? ''}`);
  return result();
}
