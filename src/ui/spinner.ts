import ora from 'ora';
import type { Context } from '../context.ts';
import { t, translated } from '../language/t.ts';
import { usesColor } from './color.ts';

/** How many of all are done. */
export interface Count {
  readonly done: number;
  readonly of: number;
}

/** Says how far it is: another text takes the place of the one that is shown, with a bar where there is a count. */
export type Update = (text: string, count?: Count) => void;

/** After so many seconds people want to know that it still goes on. */
const TELL_AFTER_S = 2;

/** What moves on the terminal while something runs; a question needs it to stand aside. */
export interface Spinner {
  pause(): void;
  resume(): void;
}

/**
 * A spinner on stderr while something runs; it leaves no trace when it is done, and what is written meanwhile stands
 * above it. What takes longer shows for how many seconds it has been running. On a dumb terminal, and on one that has
 * no width to draw in, a plain line stands in its place, and is not updated.
 *
 * @param shown where the spinner is found as long as it turns.
 */
export async function withSpinner<T>(
  context: Context,
  colorAllowed: boolean,
  what: string,
  act: (update: Update) => Promise<T>,
  shown = new Set<Spinner>(),
): Promise<T> {
  if (context.env['TERM'] === 'dumb' || context.stderr.columns === 0) {
    context.stderr.write(`keypair: ${translated(what)} …\n`);
    return act(() => undefined);
  }
  let words = translated(what);
  let seconds = 0;
  const text = (): string => (seconds < TELL_AFTER_S ? `${words} …` : t`${words} … (${seconds} s)`);
  // Ctrl-C belongs to the interrupts of the context: ora must not swallow it.
  const spinner = ora({
    text: text(),
    stream: context.stderr as unknown as NodeJS.WritableStream,
    discardStdin: false,
    isEnabled: true,
    color: usesColor(context.stderr, context.env, colorAllowed) ? 'cyan' : false,
  }).start();
  const clock = setInterval(() => {
    seconds += 1;
    spinner.text = text();
  }, 1000);
  const sign: Spinner = {
    pause: () => {
      spinner.stop();
    },
    resume: () => {
      spinner.start();
    },
  };
  shown.add(sign);
  try {
    return await act((now, count) => {
      words = count === undefined ? translated(now) : `${translated(now)} ${bar(count)}`;
      spinner.text = text();
    });
  } finally {
    clearInterval(clock);
    shown.delete(sign);
    spinner.stop();
  }
}

const CELLS = 20;

/** `[#####---------------] 10/40`. */
export function bar({ done, of }: Count): string {
  const full = of === 0 ? 0 : Math.floor((done / of) * CELLS);
  return `[${'#'.repeat(full)}${'-'.repeat(CELLS - full)}] ${done}/${of}`;
}
