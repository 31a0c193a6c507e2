import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import type { CommandSpec, OptionSpec } from '../../src/cli/spec.ts';
import { COMMANDS } from '../../src/commands/index.ts';
import { runInside } from '../support/inside.ts';
import { temporaryDirectory } from '../support/temporary.ts';

interface Command {
  readonly words: readonly string[];
  readonly spec: CommandSpec;
}

/** Every command that runs, with the words that name it. */
const commands = (await Promise.all(COMMANDS.map(async (entry) => below(await entry.load(), [entry.name])))).flat();

function below(spec: CommandSpec, words: readonly string[]): readonly Command[] {
  const children = (spec.commands ?? []).flatMap((child) => below(child, [...words, child.name]));
  return spec.run === undefined ? children : [{ words, spec }, ...children];
}

/** The flags that take a value, required or optional: `--key-dir`. */
const flags = commands.flatMap(({ words, spec }) =>
  (spec.options ?? []).flatMap((option) => {
    const flag = /(--[a-z-]+) [<[]/.exec(option.flags)?.[1];
    return flag === undefined ? [] : [{ words, flag, option }];
  }),
);

it('there is one flag whose value may be empty: it clears a description', () => {
  const mayBeEmpty = ({ mayBeEmpty = false }: OptionSpec): boolean => mayBeEmpty;
  expect(flags.filter(({ option }) => mayBeEmpty(option)).map(({ words, flag }) => [...words, flag].join(' '))).toEqual(
    ['update --description'],
  );
  expect(flags.length).toBeGreaterThan(40);
});

it.each(
  flags
    .filter(({ option }) => option.mayBeEmpty !== true)
    .map(({ words, flag, option }) => [`${words.join(' ')} ${flag}`, words, flag, option] as const),
)('%s refuses an empty value', async (_title, words, flag, { values }) => {
  const home = temporaryDirectory();
  const { exit, stdout, stderr } = await runInside([...words, `${flag}=`], { home });
  expect(stderr).toContain(values === undefined ? `${flag} is empty` : flag);
  expect([exit, stdout]).toEqual([2, '']);
  expect(readdirSync(home)).toEqual([]);
});

it.each(
  commands.flatMap(({ words, spec }) =>
    (spec.arguments ?? []).flatMap(({ name, mayBeEmpty }, at) =>
      // What another program gets may be empty.
      mayBeEmpty === true ? [] : [[[...words, name].join(' '), words, name, at] as const],
    ),
  ),
)('%s refuses an empty argument', async (_title, words, name, at) => {
  const home = temporaryDirectory();
  const before = Array<string>(at).fill('x');
  const { exit, stdout, stderr } = await runInside([...words, ...before, ''], { home });
  expect(stderr).toContain(`${name} is empty`);
  expect([exit, stdout]).toEqual([2, '']);
});

it('create --key-dir "" writes no key into the working directory', async () => {
  const home = temporaryDirectory();
  const line = ['create', '--sandbox', '-p', 'tencent', '--name', 'foo', '--key-dir', ''];
  const { exit, stderr } = await runInside(line, { home });
  expect(existsSync(path.join(home, 'foo'))).toBe(false);
  expect([exit, stderr.split('\n')[0]]).toEqual([2, 'keypair: error: --key-dir is empty']);
});

it('config set refuses it behind = as well', async () => {
  const home = temporaryDirectory();
  for (const key of ['key-dir', 'tags.team', 'profile']) {
    const { exit, stderr } = await runInside(['config', 'set', `${key}=`], { home });
    expect(stderr).toContain(`${key} is empty`);
    expect(exit).toBe(2);
  }
  expect(readdirSync(home)).toEqual([]);
});
