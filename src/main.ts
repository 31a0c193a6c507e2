import { fstatSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { devNull, homedir, hostname, userInfo } from 'node:os';
import path from 'node:path';
import { getProxyForUrl } from 'proxy-from-env';
import { reportError } from './cli/report-error.ts';
import type { Context, OutputStream } from './context.ts';
import { Interrupts } from './interrupts.ts';
import { isEarlyFlagSet, redactedEnv } from './env.ts';
import { ExitStatus, KeypairError, SeveralFailures } from './errors.ts';
import { languageOf, useLanguage } from './i18n/language.ts';
import { t } from './i18n/t.ts';

declare const KEYPAIR_VERSION: string;

/**
 * The program's entry point, and the only code that touches the process: it makes the context, turns signals into
 * interrupts, and turns errors into a message and an exit code.
 */
export async function main(): Promise<void> {
  const args = process.argv.slice(2);
  if (args[0] === '__complete') {
    // Completion scripts ask at every TAB: read only a few files. Bash shows no descriptions, so it needs no language.
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
      interrupts.interrupt(signal);
    });
  }
  showCursorWhenStopped();
  const context = processContext(interrupts);
  // Certificates are always verified, but Node would warn about the variable. `doctor` reads it from the context's
  // copy.
  delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
  try {
    await useLanguage(languageOf(args, process.env));
    const { run } = await import('./program.ts');
    await run(context, args);
    if (interrupts.requested) process.exitCode = 130;
  } catch (error) {
    const isKnown = error instanceof KeypairError || error instanceof SeveralFailures || error instanceof ExitStatus;
    const known = isKnown ? error : unexpected(error);
    process.exitCode = known.exitCode;
    if (known instanceof ExitStatus) return;
    if (known instanceof KeypairError) {
      reportError(context.stderr, known, isEarlyFlagSet(args, process.env, 'json'));
    }
    if (isEarlyFlagSet(args, process.env, 'debug')) context.stderr.write(`${framesOf(error)}\n`);
  } finally {
    exitSoon();
  }
}

/** core(5): a core dump of this process or its children holds neither heap nor stack. */
function keepMemoryPrivate(): void {
  if (process.platform !== 'linux') return;
  try {
    // Bit 4: the ELF headers of mapped files, which hold no secret.
    writeFileSync('/proc/self/coredump_filter', '0x10');
  } catch {
    // A kernel without core dumps, or without /proc.
  }
}

/**
 * With NODE_DEBUG Node prints headers and bodies, with keys and tokens. It reads the variable before this runs, so its
 * lines (`HTTP 4711: …`) are dropped here. `--debug` shows requests without secrets.
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
 * Ctrl-Z: shows the cursor, which spinners and lists hide, before the shell gets the terminal back. When the program
 * continues, Node's readline has paused stdin: without a resume an open question would end the program.
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
  // Without a listener the signal stops the process as usual.
  process.removeListener('SIGTSTP', stop);
  process.kill(process.pid, 'SIGTSTP');
}

/** How long the process may take to end by itself, in milliseconds. */
const LINGER_MS = 250;

/**
 * Ends the process soon: the system's look-up of a host name cannot be cancelled, and a name server that does not
 * answer would keep the process running.
 */
function exitSoon(): void {
  setTimeout(() => {
    // A slow reader gets all the output.
    if (process.stdout.writableLength + process.stderr.writableLength > 0) exitSoon();
    else process.exit();
  }, LINGER_MS).unref();
}

/**
 * The home directory as an absolute path, even if HOME is relative: another command may read the journal in another
 * directory. The root directory for a user that the system does not know, as in containers: only saving a key there
 * fails.
 */
function homeOf(): string {
  try {
    return path.resolve(homedir() || userInfo().homedir);
  } catch {
    return path.parse(process.execPath).root;
  }
}

/** @throws KeypairError `USAGE` if it has been deleted. */
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

/** The context of this process. */
export function processContext(interrupts: Interrupts): Context {
  let stdout: OutputStream | null = null;
  let stderr: OutputStream | null = null;
  return {
    // The process opens its streams on first use; so does the context.
    get stdin() {
      return process.stdin;
    },
    get stdinIsTTY() {
      // Node's stream takes a tenth of Node's own start to load: only a terminal needs it.
      return isDevice(0) && !isNullDevice(0) && process.stdin.isTTY;
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

/** Signal 0 only checks. EPERM means that the process belongs to another user, so it runs. */
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

/**
 * The library gives a setting without a scheme the scheme of the URL; curl and all others treat it as a plain http
 * proxy.
 */
function proxyFor(url: URL): string {
  const setting = getProxyForUrl(url.href);
  return Object.values(process.env).includes(setting) ? setting : setting.replace(/^https:/, 'http:');
}

/** Any other error is a bug: reported in one line, without its message, which may hold anything. */
function unexpected(error: unknown): KeypairError {
  const name = error instanceof Error ? error.name : typeof error;
  return new KeypairError('FAILURE', t`unexpected error (${name})`, {
    hints: [t`run it again with --debug, and report the output`],
    cause: error,
  });
}

/** The frames of an error's stack, without its message, which may quote what a server sent. */
function framesOf(error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  return stack
    .split('\n')
    .filter((line) => line.startsWith('    at '))
    .map((line) => `keypair: debug: ${line.trim()}`)
    .join('\n');
}

/** Node's stream for a descriptor. Loading it takes a tenth of Node's own start, and only terminals need it. */
type SlowStream = () => NodeJS.WriteStream;

/**
 * One of the process's own output streams. A terminal uses Node's stream. A pipe or a file is written directly; only
 * after EAGAIN, from a full pipe that another process made non-blocking, Node's stream takes over.
 *
 * A reader that is gone (`keypair regions | head -1`) is an error only for a write with `done`.
 *
 * @param descriptor 1 for stdout, 2 for stderr.
 * @param failed called with an error that prevents the output, such as a full disk.
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

/** Node opens the null device in place of a descriptor that was closed before the start (`>&-`). */
function isNullDevice(descriptor: number): boolean {
  try {
    const stream = fstatSync(descriptor);
    return stream.isCharacterDevice() && stream.rdev === statSync(devNull).rdev;
  } catch {
    return false;
  }
}

/** Whether it is a character device, as a terminal is. */
function isDevice(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isCharacterDevice();
  } catch {
    // Unknown: Node's stream discards all output.
    return true;
  }
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error;
}
