import ora from 'ora';
import type { Context } from '../context.ts';
import { t } from '../i18n/t.ts';
import { usesColor } from './color.ts';

/** The number of completed items, and of all items. */
export interface Count {
  readonly done: number;
  readonly of: number;
}

/** Updates the text of a spinner; a count is shown as a bar. */
export type Update = (text: string, count?: Count) => void;

/** The spinner shows the elapsed time after this many seconds. */
const TELL_AFTER_S = 2;

/** A spinner that can be paused during a question. */
export interface Spinner {
  pause(): void;
  resume(): void;
}

/**
 * Shows a spinner on stderr while something runs, and removes it at the end. Other output appears above it. After a
 * while it shows the seconds. A dumb terminal, or one without a width, gets a plain line that is not updated.
 *
 * @param shown the visible spinners; this one is added while it is visible.
 */
export async function withSpinner<T>(
  context: Context,
  colorAllowed: boolean,
  what: string,
  act: (update: Update) => Promise<T>,
  shown = new Set<Spinner>(),
): Promise<T> {
  if (context.env['TERM'] === 'dumb' || context.stderr.columns === 0) {
    context.stderr.write(`keypair: ${what} …\n`);
    return act(() => undefined);
  }
  let words = what;
  let seconds = 0;
  const text = (): string => (seconds < TELL_AFTER_S ? `${words} …` : t`${words} … (${seconds} s)`);
  // Leave Ctrl-C to the context's interrupts: ora must not discard it.
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
      words = count === undefined ? now : `${now} ${bar(count)}`;
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
