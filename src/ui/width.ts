import stringWidth from 'fast-string-width';

/**
 * The width of a text in columns of a terminal: two for East Asian wide characters and emoji, zero for combining
 * characters (Unicode Standard Annex 11).
 */
export function displayWidth(text: string): number {
  return stringWidth(text);
}

/** A text padded with spaces to `width` columns; a wider one is unchanged. */
export function padTo(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - displayWidth(text)));
}

/** A text cut to `width` columns (1 or more) with a final `…`, between two graphemes. */
export function cutTo(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  let kept = '';
  let room = width - 1;
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    room -= displayWidth(segment);
    if (room < 0) break;
    kept += segment;
  }
  return `${kept.trimEnd()}…`;
}
