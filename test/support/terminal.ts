import { spawn } from '@lydell/node-pty';
import xterm from '@xterm/headless';
import { COMMAND } from './program.ts';

/** A program on a terminal, as a person has it: types, and reads the screen. */
export interface OnTerminal extends AsyncDisposable {
  type(keys: string): void;
  /** Types on a line that nothing stands on yet, on a screen that shows only its prompt `>`. */
  typeAnew(keys: string): Promise<void>;
  /** The lines of the screen, without the blanks at their ends. */
  screen(): string;
  /** Waits for the screen to show this; throws with the screen when it does not come. */
  shows(what: string | RegExp): Promise<void>;
  /** Has so many columns from now on. */
  resize(columns: number): void;
  /** Everything that was sent to the terminal, escape codes included. */
  raw(): string;
  /** Waits for the program's end, with all of its last words on the screen; its exit code. */
  ended(): Promise<number>;
}

/** Keys as a terminal sends them. */
export const KEYS = {
  enter: '\r',
  down: '\u001b[B',
  up: '\u001b[A',
  tab: '\t',
  escape: '\u001b',
  ctrlC: '\u0003',
  clear: '\u0015',
} as const;

/** What a program is started with on a terminal. */
export interface TerminalOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Default: 140. */
  readonly columns?: number;
  /** Default: 50. */
  readonly rows?: number;
}

/** Starts our program on a terminal, with a home of its own. */
export function keypairOnTerminal(
  args: readonly string[],
  {
    home,
    env,
    ...size
  }: {
    readonly home: string;
    readonly env?: Readonly<Record<string, string>>;
    readonly columns?: number;
    readonly rows?: number;
  },
): OnTerminal {
  const clean = { PATH: process.env['PATH'] ?? '', HOME: home, TERM: 'xterm-256color' };
  return onTerminal(COMMAND[0], [...COMMAND.slice(1), ...args], {
    cwd: home,
    env: { ...clean, ...env },
    ...size,
  });
}

const PATIENCE_MS = 10_000;

/** Starts a program on a terminal of 140 columns, or as many as are asked for, and of 50 lines. */
export function onTerminal(file: string, args: readonly string[], options: TerminalOptions): OnTerminal {
  const [cols, rows] = [options.columns ?? 140, options.rows ?? 50];
  const pty = spawn(file, [...args], {
    name: options.env['TERM'] ?? 'xterm',
    cols,
    rows,
    cwd: options.cwd,
    env: options.env,
  });
  const terminal = new xterm.Terminal({ cols, rows, allowProposedApi: true });
  const exited = new Promise<number>((resolve) => {
    pty.onExit(({ exitCode }) => {
      resolve(exitCode);
    });
  });
  let raw = '';
  pty.onData((data) => {
    raw += data;
    terminal.write(data);
  });
  // What the program asks the terminal (fish: who are you?) is answered by the terminal.
  terminal.onData((data) => {
    pty.write(data);
  });
  const screen = (): string => {
    const buffer = terminal.buffer.active;
    return Array.from(
      { length: rows },
      (_, y) => buffer.getLine(buffer.baseY + y)?.translateToString(true, 0, terminal.cols) ?? '',
    )
      .join('\n')
      .trimEnd();
  };
  const shows = async (what: string | RegExp): Promise<void> => {
    const until = Date.now() + PATIENCE_MS;
    while (!(typeof what === 'string' ? screen().includes(what) : what.test(screen()))) {
      if (Date.now() > until) throw new Error(`the screen never showed ${String(what)}, but this:\n${screen()}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const resize = (columns: number): void => {
    terminal.resize(columns, rows);
    pty.resize(columns, rows);
  };
  // The terminal draws in its own time.
  const drawn = (): Promise<void> =>
    new Promise((resolve) => {
      terminal.write('', resolve);
    });
  return {
    type: (keys) => {
      pty.write(keys);
    },
    typeAnew: async (keys) => {
      // Ctrl-U and Ctrl-L, as every shell knows them.
      pty.write('\x15\x0c');
      await shows(/^>$/);
      pty.write(keys);
    },
    screen,
    shows,
    resize,
    raw: () => raw,
    ended: async () => {
      const code = await exited;
      await drawn();
      return code;
    },
    [Symbol.asyncDispose]: async () => {
      pty.kill('SIGKILL');
      await exited;
      terminal.dispose();
    },
  };
}
