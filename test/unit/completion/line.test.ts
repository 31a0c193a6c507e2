import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../../src/commands/index.ts';
import { flagsOf, readLine } from '../../../src/completion/line.ts';
import type { CommandSpec } from '../../../src/cli/spec.ts';

describe('readLine', () => {
  it('takes no value of a flag for an argument, in any command', async () => {
    const specs = await Promise.all(COMMANDS.map(({ load }) => load()));
    const check = async (spec: CommandSpec, path: readonly string[]): Promise<void> => {
      for (const below of spec.commands ?? []) await check(below, [...path, below.name]);
      for (const { names, value } of flagsOf(spec)) {
        for (const name of names) {
          const line = await readLine([...path, name, ...(value === null ? [] : ['value']), 'web'], COMMANDS);
          expect(line, name).toMatchObject({ args: ['web'], after: null, command: { name: spec.name } });
        }
      }
    };
    for (const spec of specs) await check(spec, [spec.name]);
  });

  it('knows a flag in each of its forms, and ends with --', async () => {
    const words = ['-pecs', 'show', '--region=cn-x', '--site', 'intl', '--', '-p'];
    expect(await readLine(words, COMMANDS)).toMatchObject({
      globals: { provider: 'ecs', region: 'cn-x', site: 'intl' },
      command: { name: 'show' },
      args: ['-p'],
      ended: true,
    });
    const { globals, after } = await readLine(['show', '--sandbox', '-p'], COMMANDS);
    expect(globals).toEqual({ sandbox: true });
    expect(after?.names).toEqual(['-p', '--provider']);
  });

  it.each(['--Name', '-name <x>', '--name [x...]', 'name', '--name <a> <b>', '-n'])(
    'refuses the flag %s of a spec, which it cannot read',
    (flags) => {
      const spec = { name: 'x', summary: '', examples: [], options: [{ flags, summary: '' }] };
      expect(() => flagsOf(spec)).toThrow(flags);
    },
  );
});
