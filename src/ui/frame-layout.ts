import type { Reflow } from './reflow.ts';
import { displayWidth } from './width.ts';
import { mayBreakBetween } from './wrap.ts';

/** A place in a text: its line, and its column in the line as if that were never broken; both from 0. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** A text as it stands on a terminal. */
export interface Layout {
  /** One a row, each at most as wide as the terminal. */
  readonly rows: readonly string[];
  /** Where the cursor is, from 0. */
  readonly row: number;
  readonly column: number;
}

/** ECMA-48: control sequences, as libraries for colour and cursors make them. */
const SEQUENCE = /(\u001b\[[\d;?]*[A-Za-z])/;

/** A line in rows of at most `width` columns, as a terminal breaks it; escape codes take no room. */
export function brokenAt(line: string, width: number): readonly string[] {
  const rows: string[] = [];
  let [row, room] = ['', width];
  for (const [at, part] of line.split(SEQUENCE).entries()) {
    if (at % 2 === 1) {
      row += part;
      continue;
    }
    for (const { segment } of new Intl.Segmenter().segment(part)) {
      const takes = displayWidth(segment);
      if (takes > room && room < width) {
        rows.push(row);
        [row, room] = ['', width];
      }
      row += segment;
      room -= takes;
    }
  }
  return [...rows, row];
}

/**
 * A line in rows of at most `width` columns, broken between words, and between two Han characters; a word that is wider
 * is broken where the row ends. All characters are kept, blanks too.
 */
export function brokenAtWords(line: string, width: number): readonly string[] {
  const rows: string[] = [];
  let [row, last, mayBreakAt] = ['', '', 0];
  for (const [at, part] of line.split(SEQUENCE).entries()) {
    if (at % 2 === 1) {
      row += part;
      continue;
    }
    for (const { segment } of new Intl.Segmenter().segment(part)) {
      if (last !== '' && mayBreakBetween(last, segment)) mayBreakAt = row.length;
      if (row !== '' && displayWidth(row) + displayWidth(segment) > width) {
        const end = mayBreakAt > 0 && !/^\s/u.test(segment) ? mayBreakAt : row.length;
        rows.push(row.slice(0, end));
        row = row.slice(end);
        mayBreakAt = 0;
      }
      row += segment;
      last = segment;
    }
  }
  return [...rows, row];
}

/**
 * A text broken into rows. What would be higher than the terminal has each line cut to one row, and if that is not
 * enough, only as many rows as there are, with the cursor's among them.
 *
 * @param width of the terminal, in columns.
 * @param height of the terminal, in rows.
 */
export function layOut(lines: readonly string[], cursor: Place, width: number, height: number): Layout {
  // The row that the cursor is in reaches to it, whether there are blanks or nothing.
  const padded = lines.map((line, at) =>
    at === cursor.line ? line + ' '.repeat(Math.max(0, cursor.column - displayWidth(line))) : line,
  );
  const whole = padded.map((line, at) =>
    at === cursor.line ? brokenForCursor(line, cursor.column, width) : brokenAtWords(line, width),
  );
  const blocks =
    whole.flat().length <= height
      ? whole
      : whole.map((rows, at) => (at === cursor.line ? rows : [cut(padded[at] ?? '', width)]));
  const place = placeIn(blocks, cursor, width);
  const rows = blocks.flat();
  const first = Math.max(0, Math.min(place.row, rows.length - height));
  return { rows: rows.slice(first, first + height), row: place.row - first, column: place.column };
}

/** A cursor behind a full row stands at the beginning of the next one. */
function brokenForCursor(line: string, column: number, width: number): readonly string[] {
  const rows = brokenAtWords(line, width);
  const isFull = displayWidth(rows.at(-1) ?? '') >= width;
  return isFull && column >= displayWidth(line) ? [...rows, ''] : rows;
}

function placeIn(
  blocks: readonly (readonly string[])[],
  cursor: Place,
  width: number,
): { readonly row: number; readonly column: number } {
  const above = blocks.slice(0, cursor.line).flat().length;
  const inLine = placeInRows(blocks[cursor.line] ?? [''], cursor.column);
  return { row: above + inLine.row, column: Math.min(inLine.column, width - 1) };
}

/** Where a column of a line is once the line is broken. */
function placeInRows(
  rows: readonly string[],
  column: number,
): { readonly row: number; readonly column: number } {
  let left = column;
  for (const [row, text] of rows.entries()) {
    const takes = displayWidth(text);
    if (left < takes || row === rows.length - 1) return { row, column: left };
    left -= takes;
  }
  return { row: 0, column: 0 };
}

/** A line in one row: what is too long ends with `…`, and with the looks that it ended with. */
function cut(line: string, width: number): string {
  if (displayWidth(line) <= width) return line;
  const [row = '', ...rest] = brokenAt(line, Math.max(1, width - 1));
  const looks = rest
    .join('')
    .split(SEQUENCE)
    .filter((_, at) => at % 2 === 1);
  return `${row}…${looks.join('')}`;
}

/**
 * How many rows are above the cursor once these, which stood on a wider terminal, stand on a narrower one.
 *
 * @param width of the terminal now, in columns.
 */
export function rowsAbove({ rows, row, column }: Layout, width: number, reflow: Reflow): number {
  const parts = rows.map((text) => brokenAt(text, width));
  switch (reflow) {
    case 'stays':
      return row;
    case 'flows':
      return parts.slice(0, row).flat().length + placeInRows(parts[row] ?? [''], column).row;
    case 'xterm.js':
      // From the last row up; what counts as the cursor's is where the cursor has got to by then.
      return parts.reduceRight((at, { length }, index) => (index === at ? at : at + length - 1), row);
  }
}
