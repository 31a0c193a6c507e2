import { ERROR_SCHEMA, resultSchema } from '../src/cli/help-json.ts';
import type { CommandSpec, ResultSpec } from '../src/cli/spec.ts';
import { COMMANDS } from '../src/commands/index.ts';

const DRAFT = 'https://json-schema.org/draft/2020-12/schema';

/** The files of docs/schemas, by name: one for the result of each command with `--json`, and one for an error. */
export async function schemaFiles(): Promise<ReadonlyMap<string, string>> {
  const specs = await Promise.all(COMMANDS.map(({ load }) => load()));
  const commands = await Promise.all(specs.flatMap((spec) => schemasOf(spec, [])));
  const error = { title: 'an error with --json', description: 'One line on stderr.', ...ERROR_SCHEMA };
  return new Map(
    [...commands, ['error', error] as const].map(([name, schema]) => [
      `${name}.json`,
      `${JSON.stringify({ $schema: DRAFT, ...schema }, null, 2)}\n`,
    ]),
  );
}

function schemasOf(spec: CommandSpec, above: readonly string[]): readonly Promise<readonly [string, object]>[] {
  const words = [...above, spec.name];
  return [
    ...(spec.result === undefined ? [] : [schemaOf(words, spec.result)]),
    ...(spec.commands ?? []).flatMap((child) => schemasOf(child, words)),
  ];
}

const COMES: Readonly<Record<ResultSpec['output'], string>> = {
  object: 'stdout is this object, on one line.',
  array: 'stdout is this array, on one line.',
  'object per line': 'stdout is an object a line, and each is as follows.',
};

async function schemaOf(words: readonly string[], load: () => Promise<ResultSpec>): Promise<readonly [string, object]> {
  const result = await load();
  const title = `keypair ${words.join(' ')} --json`;
  return [words.join('-'), { title, description: COMES[result.output], ...resultSchema(result) }];
}
