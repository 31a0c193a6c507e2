import type { OutputStream } from '../context.ts';
import type { Style } from './color.ts';
import { cutTo, displayWidth, padTo } from './width.ts';

/** A column: its heading, or its heading and how it shrinks. */
export type Column =
  | string
  | {
      readonly heading: string;
      /** Cut first if the terminal is too narrow: for sentences and comments, not for values to copy. */
      readonly shrinkable?: boolean;
      /** Left out before other columns are cut; the column with the lowest number first. */
      readonly dropOrder?: number;
    };

const GAP = '  ';
/** The minimum width of a shrinkable column while other columns can be cut. */
const SHRINKABLE_MINIMUM = 12;
/** The width if the terminal does not report one: that of the VT100. */
const USUAL_WIDTH = 80;

/**
 * A table. On a terminal it has headings and aligned columns, cut to the terminal's width. In a pipe it has no
 * headings, and whole cells separated by tabs, for `cut` and `awk`. Cells are sanitized: they cannot break a line or
 * control the terminal.
 */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[], stream: OutputStream): string {
  const cells = rows.map((row) => row.map((cell) => sanitizeCell(cell)));
  if (stream.isTTY !== true) return cells.map((row) => `${row.join('\t')}\n`).join('');
  const all = [columns.map((column) => headingOf(column).toUpperCase()), ...cells];
  const told = stream.columns ?? 0;
  const terminal = told > 0 ? told : USUAL_WIDTH;
  const kept = columnsThatFit(columns, all, terminal);
  const chosen = all.map((row) => kept.map((column) => row[column] ?? ''));
  const widths = fit(
    kept.flatMap((column) => columns[column] ?? []),
    chosen,
    terminal,
  );
  return chosen.map((row) => `${line(row, widths)}\n`).join('');
}

/** The indexes of the visible columns: if not all fit, without those that can be dropped. */
function columnsThatFit(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  terminal: number,
): readonly number[] {
  const least = columns.map((column, index) => {
    const widest = rows.reduce((width, row) => Math.max(width, displayWidth(row[index] ?? '')), 0);
    return GAP.length + (isShrinkable(column) ? Math.min(widest, SHRINKABLE_MINIMUM) : widest);
  });
  const droppable = [...columns.keys()]
    .filter((index) => dropOrderOf(columns[index]) !== null)
    .sort((one, other) => (dropOrderOf(columns[one]) ?? 0) - (dropOrderOf(columns[other]) ?? 0));
  const kept = new Set(columns.keys());
  for (const column of droppable) {
    const needed = [...kept].reduce((sum, index) => sum + (least[index] ?? 0), -GAP.length);
    if (needed <= terminal) break;
    kept.delete(column);
  }
  return [...kept];
}

function isShrinkable(column: Column | undefined): boolean {
  return typeof column === 'object' && column.shrinkable === true;
}

function dropOrderOf(column: Column | undefined): number | null {
  return typeof column === 'object' ? (column.dropOrder ?? null) : null;
}

function headingOf(column: Column): string {
  return typeof column === 'string' ? column : column.heading;
}

/**
 * Replaces control characters and line breaks with spaces, and removes bidirectional marks, which would reorder the
 * cells after them (CVE-2021-42574).
 */
function sanitizeCell(cell: string): string {
  return cell
    .replace(/\r\n|[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ')
    .replace(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '');
}

function line(row: readonly string[], widths: readonly number[]): string {
  return widths
    .map((width, column) => padTo(cutTo(row[column] ?? '', width), width))
    .join(GAP)
    .trimEnd();
}

/** The widths of the columns, each that of its widest cell, reduced to fit the terminal if possible. */
function fit(columns: readonly Column[], rows: readonly (readonly string[])[], terminal: number): readonly number[] {
  const room = terminal - GAP.length * (columns.length - 1);
  const widths = columns.map((_, column) =>
    rows.reduce((widest, row) => Math.max(widest, Math.min(displayWidth(row[column] ?? ''), room)), 0),
  );
  const all = [...columns.keys()];
  const shrinkable = all.filter((index) => isShrinkable(columns[index]));
  shrink(widths, shrinkable, SHRINKABLE_MINIMUM, room);
  shrink(widths, all, 1, room);
  return widths;
}

/** Shrinks the widest of these columns repeatedly until all columns fit. */
function shrink(widths: number[], these: readonly number[], minimum: number, room: number): void {
  let excess = widths.reduce((sum, width) => sum + width, 0) - room;
  for (; excess > 0; excess -= 1) {
    const widest = Math.max(0, ...these.map((column) => widths[column] ?? 0));
    if (widest <= minimum) return;
    widths[widths.findIndex((width, column) => width === widest && these.includes(column))] = widest - 1;
  }
}

/** A label in the user's language, and its value; a row with null is left out. */
export type Row = readonly [label: string, value: string | null];

const LABEL_WIDTH = 14;

/**
 * Rows for people, one per line, with aligned values.
 *
 * @param width of the label column, in columns of a terminal.
 */
export function rowLines(rows: readonly Row[], style: Style, width = LABEL_WIDTH): string {
  return rows
    .map(([label, value]) => (value === null ? '' : `  ${style.faint(padTo(label, width))}${value}\n`))
    .join('');
}
