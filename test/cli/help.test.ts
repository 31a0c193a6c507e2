import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CommandSpec } from '../../src/cli/spec.ts';
import { COMMANDS } from '../../src/commands/index.ts';
import { run } from '../support/program.ts';
import { temporaryDirectory } from '../support/temporary.ts';

/** What `--help` of each command says, to be read in a review. `npm run generate` writes it anew. */
const GOLDEN = path.join(import.meta.dirname, 'help');

const home = temporaryDirectory();
const specs = await Promise.all(COMMANDS.map((entry) => entry.load()));
const commands: readonly (readonly string[])[] = [[], ...specs.flatMap((spec) => pathsOf(spec, []))];

function pathsOf({ name, commands: below = [] }: CommandSpec, above: readonly string[]): readonly string[][] {
  const own = [...above, name];
  return [own, ...below.flatMap((spec) => pathsOf(spec, own))];
}

function fileOf(words: readonly string[]): string {
  return `${['keypair', ...words].join('-')}.en.txt`;
}

describe('--help', () => {
  it.each(commands.map((words) => [words.join(' '), words] as const))('of keypair %s', async (_name, words) => {
    const asked = await run([...words, '--help'], { home, env: { LANG: 'C.UTF-8' } });
    expect(asked).toMatchObject({ exit: 0, stderr: '' });
    await expect(asked.stdout).toMatchFileSnapshot(path.join(GOLDEN, fileOf(words)));
  });

  it('is golden for no command that is no more', () => {
    expect(readdirSync(GOLDEN).sort()).toEqual(commands.map(fileOf).toSorted());
  });

  it.each([
    ['--help create', ['create']],
    ['-h sandbox serve', ['sandbox', 'serve']],
    ['sandbox --help serve', ['sandbox', 'serve']],
    ['-p aliyun --help create --name foo', ['create']],
    ['--help --lang en', []],
    ['help --help', []],
  ] as const)('of %s is that of the command that it names', async (line, topic) => {
    const asked = await run(line.split(' '), { home });
    expect(asked).toMatchObject({ exit: 0, stderr: '' });
    expect(asked.stdout).toBe(readFileSync(path.join(GOLDEN, fileOf(topic)), 'utf8'));
  });

  it.each([
    ['--help crate', 'crate', 'create', ''],
    ['-h crate foo', 'crate', 'create', ''],
    ['help crate', 'crate', 'create', ''],
    ['crate --help', 'crate', 'create', ''],
    ['--help sandbox serv', 'serv', 'serve', 'sandbox '],
    ['sandbox --help serv', 'serv', 'serve', 'sandbox '],
    ['help sandbox serv', 'serv', 'serve', 'sandbox '],
  ])('of %s says what is wrong', async (line, word, meant, above) => {
    expect(await run(line.split(' '), { home })).toMatchObject({
      exit: 2,
      stdout: '',
      stderr: `keypair: error: unknown command '${word}'\nkeypair: hint: did you mean ${meant}?\nkeypair: hint: see keypair ${above}--help\n`,
    });
  });

  it.each([
    ['auth', 'login, status, logout'],
    ['config', 'list, get, set, unset, path'],
    ['sandbox', 'serve, reset, status'],
    ['trash', 'list, restore, empty'],
  ])('is not needed to learn what there is below %s: a bare one lists it', async (word, below) => {
    expect(await run([word], { home })).toEqual({
      exit: 2,
      stdout: '',
      stderr: `keypair: error: a command is missing after ${word}\nkeypair: hint: one of: ${below}\nkeypair: hint: see keypair ${word} --help\n`,
    });
  });

  it('comes by the word help, too, and in Chinese', async () => {
    const words = await run(['help', 'create', '--lang', 'zh-CN'], { home });
    expect(words).toEqual(await run(['create', '--help'], { home, env: { KEYPAIR_LANG: 'zh-CN' } }));
    expect(words.stdout).toMatch(/\p{Script=Han}/u);
  });
});
