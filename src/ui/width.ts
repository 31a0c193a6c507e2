import stringWidth from 'fast-string-width';

/**
 * How many columns a terminal gives a text: two for East Asian wide characters and emoji, none for what combines with
 * the character before it (Unicode Standard Annex 11).
 */
export function displayWidth(text: string): number {
  return stringWidth(text);
}

/** A text with blanks up to `width` columns; a wider one as it is. */
export function padTo(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - displayWidth(text)));
}

/** A text of at most `width` columns (1 or more): what is too wide ends with `…`, between two characters as people see them. */
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
