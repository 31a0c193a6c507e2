import { fstatSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { devNull, homedir, hostname, userInfo } from 'node:os';
import path from 'node:path';
import { getProxyForUrl } from 'proxy-from-env';
import { reportError } from './cli/report-error.ts';
import type { Context, OutputStream } from './context.ts';
import { Interrupts } from './interrupts.ts';
import { isEarlyFlagSet, redactedEnv } from './env.ts';
import { KeypairError, SeveralFailures } from './errors.ts';
import { languageOf, useLanguage } from './i18n/language.ts';
import { t } from './i18n/t.ts';

declare const KEYPAIR_VERSION: string;

/**
 * The program's entry point, and the only code that touches the process: makes the context, turns signals into
 * interrupts, and errors into a message and an exit code.
 */
export async function main(): Promise<void> {
  const args = process.argv.slice(2);
  if (args.length === 1 && (args[0] === '--version' || args[0] === '-V')) {
    // Asked by every script that looks for the program: answered before anything is loaded.
    standardOutput().write(`${KEYPAIR_VERSION}\n`);
    return;
  }
  if (args[0] === '__complete') {
    // Asked by the completion scripts at every TAB: nothing but a few files is looked at.
    // Bash shows no descriptions.
    if (args[1] !== 'bash') await useLanguage(languageOf(args.slice(2), process.env));
    const [{ answerCompletion }, { COMMANDS }] = await Promise.all([
      import('./completion/answer.ts'),
      import('./commands/index.ts'),
    ]);
    const { env, platform } = process;
    standardOutput().write(await answerCompletion(args.slice(1), { env, platform, home: homeOf() }, COMMANDS));
    return;
  }
  keepMemoryPrivate();
  keepTrafficPrivate();
  const interrupts = new Interrupts();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      // A second Ctrl-C exits at once: nothing critical is pending any more.
      if (interrupts.signal.aborted) process.exit(130);
      interrupts.interrupt();
    });
  }
  showCursorWhenStopped();
  const context = processContext(interrupts);
  // Certificates are always verified; Node would warn of it all the same. `doctor` reads it from the context's copy.
  delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
  try {
    await useLanguage(languageOf(args, process.env));
    const { run } = await import('./program.ts');
    await run(context, args);
    if (interrupts.requested) process.exitCode = 130;
  } catch (error) {
    const known = error instanceof KeypairError || error instanceof SeveralFailures ? error : unexpected(error);
    process.exitCode = known.exitCode;
    if (known instanceof KeypairError) {
      reportError(context.stderr, known, isEarlyFlagSet(args, process.env, 'json'));
    }
    if (isEarlyFlagSet(args, process.env, 'debug')) context.stderr.write(`${framesOf(error)}\n`);
  } finally {
    exitSoon();
  }
}

/** core(5): of this process, and of those that it starts, a core dump holds neither heap nor stack. */
function keepMemoryPrivate(): void {
  if (process.platform !== 'linux') return;
  try {
    // Bit 4: the ELF headers of mapped files, which are no secret.
    writeFileSync('/proc/self/coredump_filter', '0x10');
  } catch {
    // A kernel without core dumps, or without /proc.
  }
}

/**
 * With NODE_DEBUG Node prints headers and bodies: keys and tokens. It has read the variable before this runs, so what it
 * prints is dropped: `HTTP 4711: …`. To look at what is sent there is `--debug`, which leaves out all that is secret.
 */
function keepTrafficPrivate(): void {
  if (process.env['NODE_DEBUG'] === undefined) return;
  delete process.env['NODE_DEBUG'];
  const { stderr, pid } = process;
  const line = new RegExp(`^[A-Z0-9_]+ (?:\\u001b\\[\\d+m)?${pid}(?:\\u001b\\[\\d+m)?: `);
  const write = stderr.write.bind(stderr) as (...args: readonly unknown[]) => boolean;
  stderr.write = (text: unknown, ...rest: readonly unknown[]) =>
    (typeof text === 'string' && line.test(text)) || write(text, ...rest);
}

/**
 * Ctrl-Z: spinners and lists hide the cursor, and the shell that gets the terminal needs one. When the program goes on,
 * Node's readline has paused stdin: a question that stands would wait for nothing, and the program end.
 */
function showCursorWhenStopped(): void {
  process.on('SIGTSTP', stop);
}

function stop(): void {
  if (process.stderr.isTTY) process.stderr.write('\u001b[?25h');
  process.once('SIGCONT', () => {
    process.on('SIGTSTP', stop);
    if (process.stdin.listenerCount('keypress') > 0) process.stdin.resume();
  });
  // Without a listener it stops, as it would have.
  process.removeListener('SIGTSTP', stop);
  process.kill(process.pid, 'SIGTSTP');
}

/** Time to end by itself, in milliseconds. */
const LINGER_MS = 250;

/** The system's look-up of a host name cannot be called off: a name service that is silent would keep the process here. */
function exitSoon(): void {
  setTimeout(() => {
    // A slow reader gets all of it.
    if (process.stdout.writableLength + process.stderr.writableLength > 0) exitSoon();
    else process.exit();
  }, LINGER_MS).unref();
}

/**
 * Absolute, also where HOME is not: what is noted in the journal is read in another directory. The root for a user that
 * the system does not know, as container engines have it: only saving a key there fails.
 */
function homeOf(): string {
  try {
    return path.resolve(homedir() || userInfo().homedir);
  } catch {
    return path.parse(process.execPath).root;
  }
}

/** @throws KeypairError `USAGE` where it has been deleted. */
function workingDirectory(): string {
  try {
    return process.cwd();
  } catch (cause) {
    throw new KeypairError('USAGE', t`the working directory is gone`, {
      hints: [t`go to another directory, or write paths from /`],
      cause,
    });
  }
}

function processContext(interrupts: Interrupts): Context {
  let stdout: OutputStream | null = null;
  let stderr: OutputStream | null = null;
  return {
    // The process opens its streams when they are first looked at; so does the context.
    get stdin() {
      return process.stdin;
    },
    get stdinIsTTY() {
      return process.stdin.isTTY;
    },
    get stdout() {
      return (stdout ??= standardOutput());
    },
    get stderr() {
      return (stderr ??= outputStream(
        2,
        () => process.stderr.on('error', () => undefined),
        () => undefined,
      ));
    },
    get cwd() {
      return workingDirectory();
    },
    env: redactedEnv(process.env),
    platform: process.platform,
    home: homeOf(),
    pid: process.pid,
    version: KEYPAIR_VERSION,
    get host() {
      return hostname();
    },
    isAlive,
    now: () => new Date(),
    interrupts,
    proxyFor,
  };
}

/** Signal 0 asks without disturbing; another user's process may not be asked, but it is there. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function standardOutput(): OutputStream {
  const failed = (error: NodeJS.ErrnoException): void => {
    if (error.code === 'EPIPE') return;
    process.exitCode = 1;
    process.stderr.write(`keypair: error: ${t`the result could not be written (${error.code ?? error.name})`}\n`);
  };
  return outputStream(1, () => process.stdout.on('error', failed), failed);
}

/** The library gives a setting without a scheme that of the URL; curl and all others mean a plain http proxy by it. */
function proxyFor(url: URL): string {
  const setting = getProxyForUrl(url.href);
  return Object.values(process.env).includes(setting) ? setting : setting.replace(/^https:/, 'http:');
}

/** Anything but a KeypairError is a bug of ours: said in one line, without what the error may hold. */
function unexpected(error: unknown): KeypairError {
  const name = error instanceof Error ? error.name : typeof error;
  return new KeypairError('FAILURE', t`this should not have happened (${name})`, {
    hints: [t`run it again with --debug and report what you see`],
    cause: error,
  });
}

/** Where an error came from: the stack's frames without its message, which may quote what a server sent. */
function framesOf(error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  return stack
    .split('\n')
    .filter((line) => line.startsWith('    at '))
    .map((line) => `keypair: debug: ${line.trim()}`)
    .join('\n');
}

/** Node's stream for a descriptor: loading it costs a tenth of Node's own start, and off a terminal nothing needs it. */
type SlowStream = () => NodeJS.WriteStream;

/**
 * One of the process's own output streams. A terminal is Node's stream. A pipe or a file is written straight; only a
 * pipe that is full, its other end having been made non-blocking by somebody, is left to Node's stream from then on.
 *
 * A reader that has gone (`keypair regions | head -1`) is an error only to a write that asks, with `done`.
 *
 * @param descriptor 1 for stdout, 2 for stderr.
 * @param failed called with what prevents the output, such as a full disk.
 */
function outputStream(descriptor: number, slowStream: SlowStream, failed: (error: Error) => void): OutputStream {
  if (isNullDevice(descriptor)) return NULL_DEVICE;
  if (isDevice(descriptor)) return slowStream();
  let slow: NodeJS.WriteStream | null = null;
  return {
    write: (text, done) => {
      let rest = Buffer.from(text);
      try {
        while (slow === null && rest.length > 0) rest = rest.subarray(writeSync(descriptor, rest));
      } catch (error) {
        if (!isSystemError(error)) throw error;
        if (error.code !== 'EAGAIN') {
          if (done !== undefined) done(error);
          else if (error.code !== 'EPIPE') failed(error);
          return false;
        }
        slow = slowStream();
      }
      if (slow !== null) return slow.write(rest, done);
      done?.();
      return true;
    },
  };
}

const NULL_DEVICE: OutputStream = {
  write: (_text, done) => {
    done?.();
    return true;
  },
  isNullDevice: true,
};

/** Node opens the null device in the place of a descriptor that was closed before the start (`>&-`). */
function isNullDevice(descriptor: number): boolean {
  try {
    const stream = fstatSync(descriptor);
    return stream.isCharacterDevice() && stream.rdev === statSync(devNull).rdev;
  } catch {
    return false;
  }
}

/** A terminal is a character device. */
function isDevice(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isCharacterDevice();
  } catch {
    // Whatever it is: Node has a stream that swallows everything.
    return true;
  }
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error;
}
