import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { type Shell, SCRIPTS } from '../../../src/completion/scripts.ts';
import type { Context } from '../../../src/context.ts';
import { Interrupts } from '../../../src/interrupts.ts';
import { run } from '../../../src/program.ts';
import { COMMITTED } from './shell.ts';

const shells = Object.keys(SCRIPTS) as Shell[];

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
    const script = SCRIPTS[shell];
    expect(readFileSync(COMMITTED[shell], 'utf8'), 'npm run generate').toBe(script);
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

// No PowerShell on the machines that test this.
it('closes every string of the script for PowerShell on its own line', () => {
  const strings = /^(?:[^'"#]|'(?:[^']|'')*'|"(?:[^"`]|""|`.)*"|#.*)*$/;
  const lines = SCRIPTS.powershell.split('\n');
  expect(lines.filter((line) => !strings.test(line))).toEqual([]);
  expect(strings.test(`$provider.Trim("'"") -split ','`)).toBe(false);
});
