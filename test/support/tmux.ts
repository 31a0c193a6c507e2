import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { COMMAND } from './program.ts';
import type { OnTerminal } from './terminal.ts';

/** What of a terminal a conversation in tmux has. */
export interface InTmux extends Pick<OnTerminal, 'type' | 'shows'>, AsyncDisposable {
  /** Has so many columns from now on, and the program knows. */
  resized(columns: number): Promise<void>;
}

const PATIENCE_MS = 10_000;
const ROWS = 50;

const execute = promisify(execFile);

/** Starts our program in a tmux of its own, with 140 columns, at the bottom of a screen that is full. */
export async function keypairInTmux(args: readonly string[], home: string): Promise<InTmux> {
  const socket = `keypair-${randomUUID()}`;
  const tmux = async (...words: readonly string[]): Promise<string> => {
    const env = { PATH: process.env['PATH'], HOME: home, LC_ALL: 'C.UTF-8' };
    return (await execute('tmux', ['-L', socket, ...words], { env })).stdout;
  };
  const quoted = [...COMMAND, ...args].map((word) => `'${word}'`).join(' ');
  const command = `i=0; while [ $i -lt ${ROWS} ]; do echo; i=$((i+1)); done; ${quoted}; read end`;
  const size = ['-x', '140', '-y', String(ROWS)];
  await tmux('-f', '/dev/null', 'new-session', '-d', ...size, '-c', home, 'sh', '-c', command);
  let shown = '';
  const look = async (): Promise<string> => (shown = (await tmux('capture-pane', '-p')).trimEnd());
  let typed: Promise<unknown> = Promise.resolve();
  return {
    type: (keys) => {
      const codes = [...Buffer.from(keys)].map((byte) => byte.toString(16));
      typed = typed.then(() => tmux('send-keys', '-H', ...codes));
    },
    shows: async (what) => {
      await typed;
      const until = Date.now() + PATIENCE_MS;
      while (!(typeof what === 'string' ? (await look()).includes(what) : what.test(await look()))) {
        if (Date.now() > until) throw new Error(`the screen never showed ${String(what)}, but this:\n${shown}`);
        await sleep(50);
      }
    },
    resized: async (columns) => {
      await typed;
      await tmux('resize-window', '-x', String(columns));
      // tmux tells its programs every 250 ms.
      await sleep(300);
    },
    [Symbol.asyncDispose]: async () => {
      await typed.catch(() => undefined);
      await tmux('kill-server').catch(() => undefined);
    },
  };
}
