import { type Readable, Writable } from 'node:stream';
import { t } from '../language/t.ts';
import { Frame, type Screen } from './frame.ts';
import { reflowOf } from './reflow.ts';

/** A terminal that tells when it is resized, as Node's stream for one does. */
export interface Terminal extends Screen {
  on(event: 'resize', listener: () => void): unknown;
  off(event: 'resize', listener: () => void): unknown;
}

/** A key as Node's readline tells of it, on the stream that it reads. */
interface Key {
  readonly name?: string | undefined;
  readonly ctrl?: boolean;
}

/**
 * What @inquirer writes: the way back to the top of what it wrote before, its lines, the way to the cursor; on its
 * own, the cursor's new column; and once it is done, the end of the last line.
 */
const RENDERED =
  /^(?:\u001b\[\d+B)?(?:\u001b\[2K\u001b\[1A)*(?:\u001b\[2K\u001b\[G)?(?<text>[^]*?)(?:\u001b\[(?<up>\d+)A)?\u001b\[(?<column>\d+)G$/;
const MOVED = /^\u001b\[(?<column>\d+)G$/;
const DONE = /^(?:\u001b\[\d+B)?\n(?<rest>\u001b\[G\u001b\[\?25h)$/;

const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';

/**
 * So long after the last change of its size, in milliseconds, a terminal is no longer being dragged: what is painted
 * meanwhile may be for a size that is past. tmux tells its programs every 250 ms.
 */
const SETTLED_MS = 300;

/**
 * A terminal as the questions of @inquirer see it: without an end to the right, so that their lines come unbroken. They
 * are broken here, and once more when the terminal is resized: @inquirer would erase as many rows as it wrote, while a
 * narrower terminal has more of them.
 *
 * A write that is not understood goes through as it is. When the question is done, the stream is ended, and lets go of
 * the terminal.
 *
 * @param keys what the question reads.
 * @param env tells which terminal it is.
 * @param left aborted when the user has left the question for the one before it: a line says so in its place.
 */
export function steadyOutput(
  terminal: Terminal,
  keys: Readable,
  env: Readonly<Record<string, string | undefined>>,
  left?: AbortSignal,
): NodeJS.WritableStream {
  const frame = new Frame(terminal, reflowOf(env));
  let settling: NodeJS.Timeout | undefined;
  const resized = (): void => {
    clearTimeout(settling);
    settling = setTimeout(() => {
      if (frame.stands) frame.paint();
    }, SETTLED_MS);
  };
  // Ctrl-Z stops the process within readline's own listener: what the shell says must stand below the question.
  const pressed = (_: unknown, key: Key): void => {
    if (key.ctrl === true && key.name === 'z') frame.leave(SHOW_CURSOR);
  };
  terminal.on('resize', resized);
  keys.prependListener('keypress', pressed);
  const output = new Writable({
    decodeStrings: false,
    write: (text: string, _, written) => {
      show(text, frame, terminal, left?.aborted === true);
      written();
    },
    final: (ended) => {
      clearTimeout(settling);
      terminal.off('resize', resized);
      keys.off('keypress', pressed);
      ended();
    },
  });
  return Object.assign(output, { isTTY: true, columns: Infinity });
}

function show(text: string, frame: Frame, terminal: Terminal, left: boolean): void {
  const moved = MOVED.exec(text)?.groups;
  const rendered = RENDERED.exec(text)?.groups;
  if (moved !== undefined) {
    frame.moveTo(columnOf(moved));
  } else if (rendered !== undefined) {
    const lines = (rendered['text'] ?? '').replaceAll(HIDE_CURSOR, '').split('\n');
    const line = Math.max(0, lines.length - 1 - Number(rendered['up'] ?? 0));
    const isHidden = text.includes(HIDE_CURSOR);
    frame.paint({ lines, cursor: isHidden ? null : { line, column: columnOf(rendered) } });
  } else {
    const rest = DONE.exec(text)?.groups?.['rest'];
    if (left && frame.stands) frame.paint({ lines: [`↩ ${t`back`}`], cursor: null });
    frame.leave();
    terminal.write(rest ?? text);
  }
}

/** Terminals count from 1. */
function columnOf({ column }: Readonly<Record<string, string>>): number {
  return Number(column) - 1;
}
