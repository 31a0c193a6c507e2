import { Readable } from 'node:stream';
import type { Context } from '../../src/context.ts';
import { Interrupts } from '../../src/interrupts.ts';
import { reportError } from '../../src/cli/report-error.ts';
import { KeypairError, SeveralFailures } from '../../src/errors.ts';
// Loaded beforehand: in a test's process this takes long, and the time of a fault would run meanwhile.
import '../../src/operations/recovery/recreate.ts';
import '../../src/operations/unknown-outcome.ts';
import { run as runProgram } from '../../src/program.ts';
import { ended, type Run, start } from '../support/program.ts';

/** KEYPAIR_FAULTS=all: every fault meets the built program in a process of its own, not only a choice of them. */
export const EVERYTHING = process.env['KEYPAIR_FAULTS'] === 'all';

/** One run of the program that can be interrupted. */
export interface Running {
  readonly end: Promise<Run>;
  readonly interrupt: () => void;
}

export interface StartOptions {
  readonly home: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Starts a command line: inside this process, or (KEYPAIR_FAULTS=all) as the built program. */
export function startAnyhow(args: readonly string[], options: StartOptions): Running {
  return EVERYTHING ? startProcess(args, options, 'SIGINT') : startInside(args, options);
}

/** Starts the built program; `interrupt` sends it the signal. */
export function startProcess(args: readonly string[], options: StartOptions, signal: NodeJS.Signals): Running {
  const child = start(args, options);
  return {
    end: ended(child),
    interrupt: () => {
      child.kill(signal);
    },
  };
}

/**
 * Runs a command line inside this process, from the command tree down to the sockets and files: all of the program
 * but main.ts, whose few lines are repeated here.
 */
export function startInside(args: readonly string[], { home, env }: StartOptions): Running {
  const interrupts = new Interrupts();
  let stdout = '';
  let stderr = '';
  const context: Context = {
    stdin: new Readable({ read: () => undefined }),
    stdinIsTTY: false,
    stdout: {
      write: (text, done) => {
        stdout += text;
        done?.();
        return true;
      },
    },
    stderr: {
      write: (text, done) => {
        stderr += text;
        done?.();
        return true;
      },
    },
    env: { HOME: home, ...env },
    platform: process.platform,
    cwd: home,
    home,
    pid: process.pid,
    version: '0.0.0',
    host: 'here',
    isAlive: () => true,
    now: () => new Date(),
    interrupts,
    proxyFor: () => '',
  };
  const end = async (): Promise<Run> => {
    try {
      await runProgram(context, args);
      return { exit: interrupts.requested ? 130 : 0, stdout, stderr };
    } catch (error) {
      if (error instanceof SeveralFailures) return { exit: error.exitCode, stdout, stderr };
      // Anything else is a bug, and fails the test with its stack.
      if (!(error instanceof KeypairError)) throw error;
      reportError(context.stderr, error, args.includes('--json'));
      return { exit: error.exitCode, stdout, stderr };
    }
  };
  return {
    end: end(),
    interrupt: () => {
      interrupts.interrupt();
    },
  };
}
