import { Frame, type Screen } from './frame.ts';
import { reflowOf } from './reflow.ts';

/** What of a terminal ora uses to draw a spinner. */
export interface SpinnerStream {
  readonly isTTY: true;
  readonly columns: number;
  write(text: string): boolean;
  cursorTo(): boolean;
  moveCursor(): boolean;
  clearLine(): boolean;
}

/** Escape codes and nothing else: for the cursor, and around each drawing. */
const CODES_ONLY = /^(?:\u001b\[[\d;?]*[A-Za-z])*$/;

/**
 * A terminal as a spinner sees it: without an end to the right, so that what turns is one line. It is broken here, and
 * taken away as a whole also after the terminal has become narrower; ora would take away as many rows as it wrote.
 *
 * @param env tells which terminal it is.
 */
export function steadyLine(
  terminal: Screen,
  env: Readonly<Record<string, string | undefined>>,
): SpinnerStream {
  const frame = new Frame(terminal, reflowOf(env));
  return {
    isTTY: true,
    columns: Infinity,
    write: (text) => {
      if (CODES_ONLY.test(text)) return terminal.write(text);
      frame.paint({ lines: text.split('\n'), cursor: null });
      return true;
    },
    cursorTo: () => true,
    moveCursor: () => true,
    clearLine: () => {
      frame.erase();
      return true;
    },
  };
}
