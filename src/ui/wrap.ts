/** What stands for two columns in the texts of this program: Han characters, and the punctuation that goes with them. */
const WIDE = String.raw`\p{Script=Han}\u3000-\u303f\uff01-\uff60`;
/** Punctuation that stays with what follows, and that stays with what precedes (GB/T 15834, 5.1). */
const OPENING = '（《「“';
const CLOSING = '，。：；、！？）》」”';

const WIDE_CHARACTER = new RegExp(`[${WIDE}]`, 'gu');

/** What stays on one line: a word, or a single Han character, with the punctuation at it and the blanks before it. */
const PIECE = new RegExp(
  String.raw`\s*(?:[${OPENING}]*(?:(?![${OPENING}${CLOSING}])[${WIDE}]|[^\s${WIDE}${OPENING}${CLOSING}]+)[${CLOSING}]*|\S)`,
  'gu',
);

/**
 * How many columns a text of this program's own takes. It has no emoji and nothing that combines, and help is asked
 * for too often to load their tables: {@link displayWidth} is for texts from elsewhere.
 */
export function plainWidth(text: string): number {
  return text.length + (text.match(WIDE_CHARACTER)?.length ?? 0);
}

/**
 * A text of this program's own in lines of at most `width` columns, unless a single word is wider. Chinese has no
 * blanks: it is broken between any two characters, but no line begins with a comma or ends with an opening bracket.
 *
 * @param measure how wide it is, should there be words of others in it.
 */
export function wrap(
  text: string,
  width: number,
  measure: (text: string) => number = plainWidth,
): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const [piece] of text.matchAll(PIECE)) {
    if (line !== '' && measure(line + piece) > width) {
      lines.push(line);
      line = '';
    }
    line += line === '' ? piece.trimStart() : piece;
  }
  return [...lines, line];
}
