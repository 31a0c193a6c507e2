import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../../src/commands/index.ts';
import { answerCompletion } from '../../../src/completion/answer.ts';
import { type CommandSpec, GLOBAL_FLAGS, type OptionSpec } from '../../../src/cli/spec.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

/** The lines of an answer; the last of the words is being typed. */
async function answer(typed: string, shell = 'fish', env = {}): Promise<readonly string[]> {
  const words = typed.split(' ');
  const current = words.pop() ?? '';
  const world = { env, platform: 'linux', home: '/nowhere' } as const;
  const text = await answerCompletion([shell, `line=${current}`, ...words], world, COMMANDS);
  return text.split('\n').slice(0, -1);
}

describe('answerCompletion', () => {
  it('offers every command, and every flag of each', async () => {
    const longs = (options: readonly OptionSpec[] = []): readonly string[] =>
      options.map(({ flags }) => /--[a-z-]+/.exec(flags)?.[0] ?? flags);
    const check = async (spec: CommandSpec, path: readonly string[]): Promise<void> => {
      const offered = (await answer([...path, '-'].join(' '))).map((line) => line.split('\t')[0]);
      expect(offered).toEqual(expect.arrayContaining([...longs(spec.options), ...longs(GLOBAL_FLAGS), '--help']));
      if (spec.commands === undefined) return;
      const below = (await answer([...path, ''].join(' '))).slice(1).map((line) => line.split('\t'));
      expect(below).toEqual(spec.commands.map(({ name, summary }) => [name, summary]));
      for (const command of spec.commands) await check(command, [...path, command.name]);
    };
    for (const spec of await Promise.all(COMMANDS.map(({ load }) => load()))) await check(spec, [spec.name]);
    const first = (await answer('')).slice(1).map((line) => line.split('\t')[0]);
    expect(first).toEqual([...COMMANDS.map(({ name }) => name), 'help']);
  });

  it('offers no flag twice, but for those that may be given again', async () => {
    expect(await answer('create --dry-run --type x --dry', 'bash')).toEqual(['words']);
    expect(await answer('create -q --qui', 'bash')).toEqual(['words']);
    expect(await answer('create --tag a=b --ta', 'bash')).toEqual(['words', '--tag']);
  });

  it('leaves files and directories to the shell', async () => {
    expect(await answer('fingerprint x')).toEqual(['files']);
    expect(await answer('create --output=x')).toEqual(['files']);
    expect(await answer('create --key-dir ')).toEqual(['directories']);
    expect(await answer('show x')).toEqual(['files']);
    expect(await answer('create --name ')).toEqual(['words']);
  });

  it('gives bash what it replaces: what follows the last break of words', async () => {
    expect(await answer('create --site = c', 'bash')).toEqual(['words', 'cn']);
    expect(await answer('create --site=c', 'bash')).toEqual(['words', 'cn']);
    expect(await answer('create --site =', 'bash')).toEqual(['words', 'cn', 'intl']);
    expect(await answer('create --site=c', 'bash', { COMP_WORDBREAKS: ' :' })).toEqual(['words', '--site=cn']);
    expect(await answer('create --endpoint https : //x --dry', 'bash')).toEqual(['words', '--dry-run']);
  });

  it('gives others the whole word, a list included', async () => {
    expect(await answer('list -ptencent,')).toContain('-ptencent,aliyun\tAlibaba Cloud ECS');
    expect(await answer('list --site=')).toEqual(['words', '--site=cn\t', '--site=intl\t']);
  });

  it('gives nothing back that a shell could take for more than a word', async () => {
    for (const typed of ['$(x)', '`x`,', 'a b,', "';x,"]) {
      const words = ['fish', `line=--provider=${typed},`, 'list'];
      const world = { env: {}, platform: 'linux', home: '/nowhere' } as const;
      expect(await answerCompletion(words, world, COMMANDS), typed).toBe('words\n');
    }
  });
});

it('takes the profile’s provider by its alias, in any case, as commands do', async () => {
  const home = temporaryDirectory();
  const directory = path.join(home, '.config/keypair');
  mkdirSync(directory, { recursive: true });
  writeFileSync(path.join(directory, 'config.json'), JSON.stringify({ profiles: { default: { provider: ' CVM' } } }));
  const world = { env: {}, platform: 'linux', home };
  const offers = await answerCompletion(['zsh', 'line=', 'config', 'set', 'region'], world, COMMANDS);
  expect(offers).toContain('ap-guangzhou');
  expect(offers).not.toContain('cn-hangzhou');
});
