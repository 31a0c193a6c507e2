import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Context } from '../context.ts';
import { KeypairError } from '../errors.ts';
import { t } from '../i18n/t.ts';
import { printable } from '../sanitize.ts';
import { findProgram } from './program.ts';

/** How a run of ssh ended, and what it logged. */
export interface LoggedRun {
  /** Its exit status; null if it was ended from here. */
  readonly exit: number | null;
  readonly stopped: 'timeout' | 'interrupt' | null;
  readonly stdout: string;
  /** The lines of its own log (`-v`): what a server or a proxy prints is not among them. */
  readonly log: readonly string[];
  /** Whether a server answered in the protocol of SSH. */
  readonly reached: boolean;
  /** Whether a login succeeded: only then a command may have run. */
  readonly loggedIn: boolean;
  /** Why it ended, in ssh's words or those of the command that connects; printable, may be empty. */
  readonly reason: string;
}

/** The most of an output that is kept, in UTF-16 units. */
const MOST = 64 * 1024;

/** The option `ConnectTimeout` of ssh, in seconds, for a run that may take this long. */
export function connectTimeout(timeoutMs: number): number {
  return Math.min(15, Math.ceil(timeoutMs / 1000));
}

/** How long ssh has to end the commands it has started, in milliseconds. */
const END_MS = 1000;

/**
 * Runs ssh with nobody at the terminal: it asks nothing, neither there nor in a window, and waits no longer than it is
 * told. Its log goes to a file, because all else that it prints may be a server's: banners, what a command prints, the
 * log of a jump host's ssh.
 *
 * @param args without `-E` and `-v`.
 * @param options `directory`: a private one, for the log. `input`: what the command gets on stdin.
 * @throws KeypairError `NOT_FOUND` without ssh; `FAILURE` if it cannot be started; `CANCELLED` before it has begun.
 */
export async function runLogged(
  context: Context,
  args: readonly string[],
  options: { readonly directory: string; readonly timeoutMs: number; readonly input?: string },
): Promise<LoggedRun> {
  const { env, platform, interrupts } = context;
  if (interrupts.requested) throw new KeypairError('CANCELLED', t`cancelled: nothing was changed`);
  const program = findProgram(context, 'ssh');
  const file = path.join(options.directory, 'log');
  const child = spawn(program, ['-E', file, '-v', ...args], {
    env: { ...env, SSH_ASKPASS_REQUIRE: 'never' },
    stdio: 'pipe',
    // In a session of its own it has no terminal, and neither have the commands that it starts.
    detached: platform !== 'win32',
    windowsHide: true,
  });
  const ended: { by: LoggedRun['stopped'] } = { by: null };
  let lastResort: NodeJS.Timeout | undefined;
  const stop = (why: 'timeout' | 'interrupt'): void => {
    ended.by ??= why;
    child.kill();
    lastResort ??= setTimeout(() => child.kill('SIGKILL'), END_MS);
  };
  const interrupt = (): void => {
    stop('interrupt');
  };
  const timer = setTimeout(stop, options.timeoutMs, 'timeout');
  const signal = AbortSignal.any([interrupts.signal, interrupts.overdue]);
  signal.addEventListener('abort', interrupt);
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      texts[name] = (texts[name] + text).slice(0, MOST);
    });
  }
  const allRead = once(child.stdout, 'close');
  // It may end before it has read everything.
  child.stdin.on('error', () => undefined).end(options.input);
  try {
    await once(child, 'exit');
    // A jump host's ssh that goes on in the background (ControlPersist) keeps stderr open, and after a kill also stdout.
    if (ended.by !== null) child.stdout.destroy();
    await allRead;
  } catch (cause) {
    throw new KeypairError('FAILURE', t`${program} cannot be started`, { cause });
  } finally {
    child.stderr.destroy();
    clearTimeout(timer);
    clearTimeout(lastResort);
    signal.removeEventListener('abort', interrupt);
  }
  const log = await linesOf(file);
  return {
    exit: ended.by === null ? child.exitCode : null,
    stopped: ended.by,
    stdout: texts.stdout,
    log,
    reached: log.some((line) => line.startsWith('debug1: Remote protocol version ')),
    loggedIn: log.some((line) => /^Authenticated to .* using "/.test(line)),
    reason: printable(log.findLast(isReason) ?? texts.stderr.trim().split('\n').at(-1) ?? ''),
  };
}

/** Whether ssh tells a person with this line of its log why it ends. */
function isReason(line: string): boolean {
  return (
    line !== '' && !/^(debug\d: |OpenSSH|Warning: |Authenticated |Transferred: |Bytes per second: |[@ ]+$)/.test(line)
  );
}

/** The lines of a log; of a very long one the first megabyte. */
async function linesOf(file: string): Promise<readonly string[]> {
  try {
    const log = await readFile(file);
    return log.toString('utf8', 0, 1 << 20).split(/\r?\n/);
  } catch {
    // ssh ended before it wrote a line.
    return [];
  }
}
