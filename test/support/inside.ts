import { PassThrough } from 'node:stream';
import type { Context } from '../../src/context.ts';
import { Interrupts } from '../../src/interrupts.ts';
import { reportError } from '../../src/cli/report-error.ts';
import { KeypairError, SeveralFailures } from '../../src/errors.ts';
import { run } from '../../src/program.ts';
import { redactedEnv } from '../../src/env.ts';
import { expectAsDocumented } from './schemas.ts';

/** How a run inside the test's own process ended. */
export interface Inside {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
  /** What was thrown, if anything. */
  readonly error: unknown;
  readonly context: Context;
}

/** What a run is given. */
export interface InsideOptions {
  readonly home: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly proxy?: string;
  /** Default: the machine's. */
  readonly now?: () => Date;
  /** Ends what would go on for ever, as SIGTERM does. */
  readonly endAfterMs?: number | undefined;
}

/**
 * Runs a command line in this process, with streams, environment and home of its own: a hundred times as fast. Fails if it
 * prints JSON that is not as documented.
 */
export async function runInside(args: readonly string[], options: InsideOptions): Promise<Inside> {
  const done = await runOnce(args, options);
  const named = args[0]?.startsWith('-') === false && args[0] !== 'help';
  // With --output - the private key is on stdout.
  if (named && args.includes('--json') && !args.includes('--help') && !args.includes('-'))
    await expectAsDocumented(args, done);
  return done;
}

async function runOnce(args: readonly string[], options: InsideOptions): Promise<Inside> {
  const { home, env = {}, input = '', proxy = '', now = () => new Date(), endAfterMs } = options;
  let stdout = '';
  let stderr = '';
  const interrupts = new Interrupts();
  const context: Context = {
    stdin: new PassThrough().end(input),
    stdinIsTTY: false,
    stdout: { write: (text, done) => ((stdout += text), done?.(), true) },
    stderr: { write: (text, done) => ((stderr += text), done?.(), true) },
    env: redactedEnv(env),
    platform: 'linux',
    cwd: home,
    home,
    pid: process.pid,
    version: '0.0.0',
    host: 'here',
    isAlive: () => false,
    now,
    interrupts,
    proxyFor: () => proxy,
  };
  const timer =
    endAfterMs === undefined
      ? undefined
      : setTimeout(() => {
          interrupts.interrupt();
        }, endAfterMs);
  try {
    await run(context, args);
    return { exit: 0, stdout, stderr, error: undefined, context };
  } catch (error) {
    if (!(error instanceof KeypairError || error instanceof SeveralFailures)) throw error;
    if (error instanceof KeypairError) reportError(context.stderr, error, args.includes('--json'));
    return { exit: error.exitCode, stdout, stderr, error, context };
  } finally {
    clearTimeout(timer);
  }
}
