import ora from 'ora';
import type { Context } from '../context.ts';
import { usesColor } from './color.ts';

/**
 * A spinner on stderr while something runs; it leaves no trace when it is done. On a dumb terminal a plain line
 * stands in its place.
 */
export async function withProgress<T>(
  context: Context,
  colorAllowed: boolean,
  what: string,
  act: () => Promise<T>,
): Promise<T> {
  if (context.env['TERM'] === 'dumb') {
    context.stderr.write(`keypair: ${what} …\n`);
    return act();
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
    return await act();
  } finally {
    spinner.stop();
  }
}
