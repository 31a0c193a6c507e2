import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { COMMAND, ended, type Run } from '../support/program.ts';

/** The thread that is traced: the one that does all the file work, or the main one, which talks to the network. */
export type Thread = 'disk' | 'network';

/** One system call of the program that touched its directories or its socket. */
export interface Call {
  readonly thread: Thread;
  /** `pwrite64`. */
  readonly name: string;
  /** Which of the thread's calls of this name it is, from 1: what strace calls `when`. */
  readonly nth: number;
  /** As strace shows it, with `~` for the home directory and `*` for what is random. */
  readonly text: string;
}

/** What a run did, and what was done to it. */
export interface Traced {
  readonly run: Run;
  readonly calls: readonly Call[];
  /** How often something was injected. */
  readonly struck: number;
}

export interface TracedOptions {
  readonly home: string;
  readonly env: Readonly<Record<string, string>>;
  readonly thread: Thread;
  /** What strace injects: `fsync:error=EIO:when=2`. */
  readonly inject: readonly string[];
  /** A file for the trace. */
  readonly log: string;
  /** Text for stdin. */
  readonly input?: string;
}

/** Runs the program with strace on one of its threads, from before it is loaded to its end. */
export async function traced(args: readonly string[], options: TracedOptions): Promise<Traced> {
  const { home, env, thread, inject, log } = options;
  const child = spawn(COMMAND[0], [...COMMAND.slice(1), ...args], {
    cwd: home,
    env: {
      PATH: process.env['PATH'],
      HOME: home,
      ...env,
      UV_THREADPOOL_SIZE: '1',
      UV_USE_IO_URING: '0',
      NODE_OPTIONS: `--require ${path.join(import.meta.dirname, 'pause.cjs')}`,
      KEYPAIR_TRACED: thread,
    },
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  });
  child.stdin.on('error', () => undefined);
  if (options.input !== undefined) child.stdin.end(options.input);
  const run = ended(child);
  const [tid] = (await once(child.stdio[3] as Readable, 'data')) as [Buffer];
  const strace = spawn(
    'strace',
    [
      ...['-qq', '-yy', '-s', '0', '-e', 'signal=none', '-e', 'trace=%file,%desc,%network', '-o', log],
      ...inject.flatMap((expression) => ['-e', `inject=${expression}`]),
      ...['-p', String(tid)],
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const said = ended(strace);
  // The program waits for strace: should that fail, it would wait for ever.
  strace.once('exit', (code) => {
    if (code !== null && code !== 0) child.kill('SIGKILL');
  });
  const outcome = await run;
  const { exit, stderr } = await said;
  // It ends as the traced thread did: by the signal, or well.
  if (exit !== 0 && exit !== 'SIGKILL') throw new Error(`strace ended with ${exit}: ${stderr}`);
  const trace = readFileSync(log, 'utf8');
  const killed = outcome.exit === 'SIGKILL' ? 1 : 0;
  return {
    run: outcome,
    calls: callsIn(trace, thread, home),
    struck: killed + trace.split('(INJECTED)').length - 1,
  };
}

function callsIn(trace: string, thread: Thread, home: string): readonly Call[] {
  const counts = new Map<string, number>();
  return trace.split('\n').flatMap((line): readonly Call[] => {
    const name = /^(\w+)\(/.exec(line)?.[1];
    if (name === undefined) return [];
    const nth = (counts.get(name) ?? 0) + 1;
    counts.set(name, nth);
    const ours = thread === 'disk' ? line.includes(home) : line.includes('<TCP:[');
    if (!ours) return [];
    const text = line
      .replaceAll(home, '~')
      .replace(/\b\d+<([^<>]*(?:<[^<>]*>)?[^<>]*)>/g, '<$1>')
      .replace(/\d{14}-[0-9a-f]{12}|\b[0-9a-f]{12}\b/g, '*')
      .replace(/AT_FDCWD<[^>]*>, /g, '')
      .replace(/0x[0-9a-f]+/g, '*');
    return [{ thread, name, nth, text }];
  });
}
