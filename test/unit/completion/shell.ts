import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import type { Shell } from '../../../src/completion/scripts.ts';
import { PROGRAM } from '../../support/program.ts';

/** Where the committed script of each shell is. */
export const COMMITTED: Readonly<Record<Shell, string>> = {
  bash: committed('keypair.bash'),
  zsh: committed('_keypair'),
  fish: committed('keypair.fish'),
  powershell: committed('keypair.ps1'),
};

function committed(file: string): string {
  return path.resolve(import.meta.dirname, '../../../completions', file);
}

/**
 * Runs a shell, or another program of the Debian package of its name, and gives what it printed. Fails when it is
 * missing, when it fails, and when it complains on stderr.
 */
export function runShell(
  shell: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): string {
  const { error, status, stdout, stderr } = spawnSync(shell, args, {
    encoding: 'utf8',
    cwd,
    env: { ...shellEnv(cwd), ...env },
    timeout: 15_000,
  });
  if (error !== undefined && 'code' in error && error.code === 'ENOENT') {
    throw new Error(`${shell} is not on this machine: install the Debian package ${shell}`);
  }
  if (error !== undefined) throw error;
  if (status !== 0 || stderr !== '') {
    throw new Error(`${shell} ended with ${String(status)}:\n${stdout}\n${stderr}`);
  }
  return stdout;
}

/** Where the system's own programs are; `keypair` is not there. */
export const SYSTEM = '/usr/local/bin:/usr/bin:/bin';

/** An environment with nothing of the developer's own set-up, in which `keypair` is the built program. */
export function shellEnv(home: string): Record<string, string> {
  const bin = program(home, '.bin', `exec '${process.execPath}' '${PROGRAM}' "$@"`);
  return { PATH: `${bin}:${SYSTEM}`, HOME: home, TERM: 'xterm', LC_ALL: 'C.UTF-8', PS1: '> ' };
}

/**
 * A directory with two files (`file one.pub`, `file.pub`) and a directory (`files/`), and one that is named as a
 * command (`create/`); removed after the test, or when told.
 */
export function someFiles(whenDone: (remove: () => void) => void = onTestFinished): string {
  const dir = mkdtempSync(path.join(tmpdir(), 'keypair-completion-'));
  whenDone(() => {
    rmSync(dir, { recursive: true, force: true });
  });
  for (const file of ['file.pub', 'file one.pub']) writeFileSync(path.join(dir, file), '');
  for (const below of ['files', 'create']) mkdirSync(path.join(dir, below));
  return dir;
}

/** What is in the directory: nothing may come to be there by completing. */
export function contents(dir: string): readonly string[] {
  return readdirSync(dir)
    .filter((name) => !name.startsWith('.'))
    .sort();
}

/** What {@link someFiles} put there. */
export const SOME_FILES: readonly string[] = ['create', 'file one.pub', 'file.pub', 'files'];

/** Every character that means something to one of the shells; run as a command it would leave a file behind. */
export const NASTY = `it's "a" $(touch gone) \`touch gone\` ‘b’ [c]: 100% \\ ; & {d,e} ~ # !f`;

/** A PATH on which `keypair` gives this answer to every TAB. */
export function answering(home: string, answer: string): string {
  const file = path.join(home, '.answer');
  writeFileSync(file, answer);
  return `${program(home, '.answering', `cat '${file}'`)}:${SYSTEM}`;
}

/** A directory of this name with nothing but a program `keypair` in it, which does what this line of sh says. */
function program(home: string, name: string, line: string): string {
  const bin = path.join(home, name);
  mkdirSync(bin, { recursive: true });
  const file = path.join(bin, 'keypair');
  writeFileSync(file, `#!/bin/sh\n${line}\n`);
  chmodSync(file, 0o755);
  return bin;
}
