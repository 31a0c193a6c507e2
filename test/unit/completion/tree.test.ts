import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../../src/commands/index.ts';
import { allRegions, loadTree, pathsOfAll, withDescendants } from '../../../src/completion/tree.ts';
import { GLOBAL_FLAGS } from '../../../src/cli/global-flags.ts';
import { descriptors } from '../../../src/providers/registry.ts';
import { entry } from './sample.ts';

const serve = { name: 'serve', summary: 'serve it', examples: [] };

describe('loadTree', () => {
  it('makes plain data of commands, flags and arguments', async () => {
    const { program, globals } = await loadTree(
      [
        entry({
          name: 'box',
          summary: 'a box',
          examples: [],
          options: [
            { flags: '-n, --name <name...>', summary: 'names' },
            { flags: '--key-dir <dir>', summary: 'where' },
            { flags: '--level <level>', summary: 'how', values: ['low', 'high'] },
            { flags: '--all', summary: 'everything' },
          ],
          commands: [{ ...serve, arguments: [{ name: 'FILE', summary: 'a file', many: true }] }],
        }),
      ],
      [
        { flags: '-p, --provider <id>', summary: 'provider' },
        { flags: '--region <id>', summary: 'region' },
      ],
      descriptors,
    );
    const [box] = program.commands;
    expect(box).toMatchObject({ path: 'box', summary: 'a box', argument: null });
    expect(box?.flags).toEqual([
      { names: ['-n', '--name'], summary: 'names', value: { kind: 'text' }, many: true },
      { names: ['--key-dir'], summary: 'where', value: { kind: 'directories' }, many: false },
      { names: ['--level'], summary: 'how', value: { kind: 'words', words: ['low', 'high'] }, many: false },
      { names: ['--all'], summary: 'everything', value: null, many: false },
    ]);
    expect(box?.commands).toMatchObject([
      { path: 'box/serve', name: 'serve', argument: { kind: 'files' }, rest: { kind: 'files' } },
    ]);
    expect(globals.map(({ names, value }) => [names, value?.kind])).toEqual([
      [['-p', '--provider'], 'providers'],
      [['--region'], 'regions'],
      [['-h', '--help'], undefined],
    ]);
    expect(program.flags.map(({ names }) => names)).toEqual([['-V', '--version']]);
    expect(withDescendants(program).map(({ path }) => path)).toEqual([
      '',
      ...['box', 'box/serve', 'help', 'help/box', 'help/box/serve'],
    ]);
  });

  it('knows each argument by its place', async () => {
    const bind = [
      { name: 'NAME', summary: '', offers: 'pairs' },
      { name: 'WORD', summary: '', values: ['a', 'b'] },
    ] as const;
    const { program } = await loadTree(
      [
        entry({ name: 'bind', summary: '', examples: [], arguments: bind }),
        entry({ name: 'see', summary: '', examples: [], arguments: [{ name: 'FILE', summary: '' }] }),
      ],
      [],
      [],
    );
    expect(program.commands.slice(0, 2)).toMatchObject([
      { argument: { kind: 'pairs' }, rest: { kind: 'words', words: ['a', 'b'] } },
      { argument: { kind: 'files' }, rest: null },
    ]);
  });

  it('knows where all may be meant', async () => {
    const tree = await loadTree(COMMANDS, GLOBAL_FLAGS, descriptors);
    expect(pathsOfAll(tree, 'providers')).toEqual([
      '',
      'list',
      'show',
      'delete',
      'regions',
      'providers',
      'auth/status',
      'doctor',
    ]);
    expect(pathsOfAll(tree, 'regions')).toEqual(['', 'import', 'list', 'show', 'delete', 'doctor']);
  });

  it('knows each region once', async () => {
    const regions = allRegions(await loadTree([], [], descriptors));
    expect(new Set(regions).size).toBe(regions.length);
    for (const { defaultRegion } of descriptors) expect(regions).toContain(defaultRegion);
  });

  it.each(['--Name', '-name <x>', '--name [x...]', 'name', '--name <a> <b>', '-n'])(
    'refuses the flag %s, which it cannot read',
    async (flags) => {
      await expect(loadTree([], [{ flags, summary: '' }], [])).rejects.toThrow(flags);
    },
  );

  it.each(['a b', '$(x)', "it's", '', '-x', 'a/b', '*'])(
    'refuses the value %j, which some shell would not take as it is',
    async (value) => {
      const flag = { flags: '--level <level>', summary: '', values: [value] };
      await expect(loadTree([], [flag], [])).rejects.toThrow('cannot be completed');
    },
  );
});
