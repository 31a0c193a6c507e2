import ora from 'ora';
import type { Context } from '../context.ts';
import { usesColor } from './color.ts';

/** Says how far it is: another text takes the place of the one that is shown. */
export type Update = (text: string) => void;

/**
 * A spinner on stderr while something runs; it leaves no trace when it is done, and what is written meanwhile stands
 * above it. On a dumb terminal a plain line stands in its place, and is not updated.
 */
export async function withProgress<T>(
  context: Context,
  colorAllowed: boolean,
  what: string,
  act: (update: Update) => Promise<T>,
): Promise<T> {
  if (context.env['TERM'] === 'dumb') {
    context.stderr.write(`keypair: ${what} …\n`);
    return act(() => undefined);
  }
  // Ctrl-C belongs to the interrupts of the context: ora must not swallow it.
  const spinner = ora({
    text: `${what} …`,
    stream: context.stderr as NodeJS.WritableStream,
    discardStdin: false,
    isEnabled: true,
    color: usesColor(context.stderr, context.env, colorAllowed) ? 'cyan' : false,
  }).start();
  try {
    return await act((text) => {
      spinner.text = `${text} …`;
    });
  } finally {
    spinner.stop();
  }
}
