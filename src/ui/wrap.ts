/** What stands for two columns in the texts of this program: Han characters, and the punctuation that goes with them. */
const WIDE = String.raw`\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303f\uff01-\uff60`;
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
 * What is said on a terminal, in lines that end between words: a terminal would break it anywhere. A command line at its
 * end stays whole, on a line of its own, for people to copy.
 *
 * @param columns of the terminal; null or 0: nobody knows, and it stays as it is.
 */
export function wrapMessage(text: string, columns: number | null | undefined): string {
  if (!columns) return text;
  const broken = (line: string): string => {
    if (plainWidth(line) <= columns) return line;
    const at = COMMAND.exec(line)?.index;
    const [words, command] = at === undefined ? [line, ''] : [line.slice(0, at), line.slice(at).trimStart()];
    const rest = command === '' ? [] : [`  ${command}`];
    return [...wrap(words, columns - 2), ...rest]
      .map((row, n) => (n === 0 ? row : `  ${row.trim()}`))
      .join('\n');
  };
  return text.split('\n').map(broken).join('\n');
}

/** Where a command line begins that a text ends with. */
const COMMAND = /(?<=[:：]\s?)\s?(?:keypair|ssh|ssh-keygen|ssh-add|chmod|ls|icacls) \S.*$/u;

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
