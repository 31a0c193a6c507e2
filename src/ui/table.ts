import type { OutputStream } from '../context.ts';

/**
 * Rows for people and for programs: aligned columns with a heading on a terminal, and behind a pipe bare rows with a
 * tab between the cells, for `cut` and `awk`.
 */
export function table(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  stream: OutputStream,
): string {
  if (stream.isTTY !== true) return rows.map((row) => `${row.join('\t')}\n`).join('');
  const all = [headings.map((heading) => heading.toUpperCase()), ...rows];
  const widths = headings.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}
