import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../../src/commands/index.ts';
import { type Shell, SHELLS } from '../../../src/completion/shells.ts';
import { loadTree, type Tree, withDescendants } from '../../../src/completion/tree.ts';
import { GLOBAL_FLAGS } from '../../../src/cli/global-flags.ts';
import { descriptors } from '../../../src/providers/registry.ts';
import { NASTY, nastyTree } from './sample.ts';
import { COMMITTED } from './shell.ts';

const shells = Object.keys(SHELLS) as Shell[];
const now = (): Promise<Tree> => loadTree(COMMANDS, GLOBAL_FLAGS, descriptors);

describe.each(shells)('the script for %s', (shell) => {
  it('is committed as the commands make it', async () => {
    const script = readFileSync(COMMITTED[shell], 'utf8');
    expect(script, 'npm run build && node scripts/completions.js').toBe(SHELLS[shell](await now()));
  });

  it('knows every command, flag, provider and region', async () => {
    const script = SHELLS[shell](await now());
    const { program, globals, providers } = await now();
    const commands = withDescendants(program);
    const flags = [...globals, ...commands.flatMap((command) => command.flags)];
    // Fish spells `-l name`, and the others `--name`.
    const longs = flags.flatMap(({ names }) => names).filter((name) => name.startsWith('--'));
    for (const name of longs) expect(script).toMatch(new RegExp(`(?:--|-l )${name.slice(2)}\\b`));
    const words = [
      ...commands.map(({ name }) => name),
      ...providers.flatMap(({ names, regions }) => [...names, ...regions]),
    ];
    expect(words.length).toBeGreaterThan(60);
    for (const word of words) expect(script).toContain(word);
  });
});

// No PowerShell on the machines that test this: what is left is its rule of quoting.
it('doubles every quotation mark that PowerShell knows', async () => {
  const script = SHELLS.powershell(await nastyTree());
  expect(script).toContain(`|${NASTY.replace("it's", "it''s").replace('‘b’', '‘‘b’’')}'\n`);
});

it('completes the commands after the word help for PowerShell, too', async () => {
  const script = SHELLS.powershell(await now());
  for (const row of ['|help|command|', 'help|create|command|', 'help/auth|login|command|'])
    expect(script).toContain(`'${row}`);
});

it('closes every string of the script for PowerShell on its own line', async () => {
  const strings = /^(?:[^'"#]|'(?:[^']|'')*'|"(?:[^"`]|""|`.)*"|#.*)*$/;
  const lines = SHELLS.powershell(await now()).split('\n');
  expect(lines.filter((line) => !strings.test(line))).toEqual([]);
  expect(strings.test(`$provider.Trim("'"") -split ','`)).toBe(false);
});
