import type { Style } from './color.ts';
import { padTo } from './width.ts';

/** A label, in the user's language, and its value; a row without a value is left out. */
export type Row = readonly [label: string, value: string | null];

const LABEL_WIDTH = 14;

/**
 * Rows for people, one a line, with their values one below the other.
 *
 * @param width of the labels with the blanks after them, in columns of a terminal.
 */
export function rowLines(rows: readonly Row[], style: Style, width = LABEL_WIDTH): string {
  return rows
    .map(([label, value]) => (value === null ? '' : `  ${style.faint(padTo(label, width))}${value}\n`))
    .join('');
}
