import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../../src/commands/index.ts';
import { type Shell, SHELLS } from '../../../src/completion/shells.ts';
import { loadTree } from '../../../src/completion/tree.ts';
import { type Context, Interrupts } from '../../../src/context.ts';
import { GLOBAL_FLAGS } from '../../../src/cli/global-flags.ts';
import { run } from '../../../src/program.ts';
import { descriptors } from '../../../src/providers/registry.ts';

const shells = Object.keys(SHELLS) as Shell[];

/** Runs a command line and gives what it wrote on stdout. */
async function printed(...args: string[]): Promise<string> {
  let stdout = '';
  const context: Context = {
    stdin: Readable.from([]),
    stdinIsTTY: false,
    stdout: {
      write: (text) => {
        stdout += text;
        return true;
      },
    },
    stderr: {
      write: (text) => {
        throw new Error(`unexpected on stderr: ${text}`);
      },
    },
    env: {},
    platform: 'linux',
    cwd: '/',
    home: '/nowhere',
    pid: 1,
    version: '0.0.0',
    host: 'here',
    isAlive: () => true,
    now: () => new Date(0),
    interrupts: new Interrupts(),
    proxyFor: () => '',
  };
  await run(context, args);
  return stdout;
}

describe('keypair completion', () => {
  it.each(shells)('prints the script for %s, and nothing else', async (shell) => {
    const script = SHELLS[shell](await loadTree(COMMANDS, GLOBAL_FLAGS, descriptors));
    expect(await printed('completion', shell)).toBe(script);
    expect(await printed('completion', shell, '--quiet')).toBe(script);
    expect(JSON.parse(await printed('completion', shell, '--json'))).toEqual({ shell, script });
  });

  it('says in its help how to install each', async () => {
    const help = await printed('completion', '--help');
    for (const shell of shells) expect(help).toMatch(new RegExp(`^  .*keypair completion ${shell}\\b`, 'm'));
  });

  it('refuses a shell that it does not know, and a missing one', async () => {
    await expect(printed('completion', 'tcsh')).rejects.toMatchObject({ code: 'USAGE' });
    await expect(printed('completion')).rejects.toMatchObject({ code: 'USAGE' });
  });
});
