import { homedir } from 'node:os';
import { isatty } from 'node:tty';
import { getProxyForUrl } from 'proxy-from-env';
import { type Context, Interrupts } from './context.ts';
import { errorJson, errorText, KeypairError, SeveralFailures } from './errors.ts';
import { run } from './program.ts';

declare const KEYPAIR_VERSION: string;

/**
 * The program's way in, and the only code that touches the process: it makes the context from it, turns its signals
 * into interrupts, and its errors into words and an exit code.
 */
export async function main(): Promise<void> {
  const interrupts = new Interrupts();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      interrupts.interrupt();
    });
  }
  // A reader that has gone (`keypair regions | head -1`) is no error of ours.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
  const args = process.argv.slice(2);
  try {
    await run(processContext(interrupts), KEYPAIR_VERSION, args);
    if (interrupts.requested) process.exitCode = 130;
  } catch (error) {
    const known =
      error instanceof KeypairError || error instanceof SeveralFailures ? error : unexpected(error);
    process.exitCode = known.exitCode;
    if (known instanceof KeypairError) {
      process.stderr.write(args.includes('--json') ? errorJson(known) : errorText(known));
    }
    if (args.includes('--debug')) process.stderr.write(`${framesOf(error)}\n`);
  }
}

function processContext(interrupts: Interrupts): Context {
  return {
    // The process opens its streams when they are first looked at; so does the context.
    get stdin() {
      return process.stdin;
    },
    stdinIsTTY: isatty(0),
    get stdout() {
      return process.stdout;
    },
    get stderr() {
      return process.stderr;
    },
    get cwd() {
      return process.cwd();
    },
    env: process.env,
    platform: process.platform,
    home: process.env['HOME'] ?? homedir(),
    pid: process.pid,
    now: () => new Date(),
    interrupts,
    proxyFor: (url) => getProxyForUrl(url.href),
  };
}

/** Anything but a KeypairError is a bug of ours: said in one line, without what the error may hold. */
function unexpected(error: unknown): KeypairError {
  const name = error instanceof Error ? error.name : typeof error;
  return new KeypairError('FAILURE', `this should not have happened (${name})`, {
    hints: ['run it again with --debug and report what you see'],
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
