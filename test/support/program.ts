import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';

/** The program as users run it: the built one, through bin. */
export const PROGRAM = path.resolve(import.meta.dirname, '../../bin/keypair.js');

/** What runs the program, before its arguments: Node and PROGRAM, or the executable that KEYPAIR_TEST_BINARY names. */
export const COMMAND: readonly [string, ...string[]] = commandOf(process.env['KEYPAIR_TEST_BINARY']);

function commandOf(binary: string | undefined): readonly [string, ...string[]] {
  return binary === undefined ? [process.execPath, PROGRAM] : [path.resolve(binary)];
}

/** How one run ended. */
export interface Run {
  /** Exit code, or the signal's name. */
  readonly exit: number | string | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** Becomes HOME; nothing else of the developer's own environment gets in, but PATH. */
  readonly home: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Text for stdin; without it stdin is an open pipe that never says anything. */
  readonly input?: string;
  readonly cwd?: string;
  /** Runs it as this user and group (for root only). */
  readonly uid?: number;
  /** Another copy of {@link PROGRAM}; by default {@link COMMAND} is run. */
  readonly program?: string;
}

/** Starts the program. Stdin is a pipe that stays open: whatever waits for it hangs, and the test with it. */
export function start(args: readonly string[], { home, env, cwd, uid, program }: RunOptions): ChildProcess {
  const [file, ...words] = program === undefined ? COMMAND : [process.execPath, program];
  return spawn(file, [...words, ...args], {
    cwd: cwd ?? home,
    env: { PATH: process.env['PATH'], HOME: home, ...env },
    stdio: 'pipe',
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
}

/** Runs the program to its end. */
export function run(args: readonly string[], options: RunOptions): Promise<Run> {
  const child = start(args, options);
  // A program that ends before it has read all of it is no error of the test's.
  child.stdin?.on('error', () => undefined);
  if (options.input !== undefined) child.stdin?.end(options.input);
  return ended(child);
}

/** Collects what a started program says until it ends. */
export function ended(child: ChildProcess): Promise<Run> {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      resolve({ exit: code ?? signal, stdout, stderr });
    });
  });
}
