/** The two-column characters in this program's texts: Han characters and their punctuation. */
const WIDE = String.raw`\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303f\uff01-\uff60`;
/** Punctuation that stays with the next character, or with the previous one (GB/T 15834, 5.1). */
const OPENING = '（《「“';
const CLOSING = '，。：；、！？）》」”';

/** Texts that need none of the Unicode classes: they take longer to make than help takes to print. */
const ASCII = /^[\0-\x7f]*$/;

/** The units of a text that are never broken: a word or a Han character, with its punctuation and the spaces before it. */
function piecesOf(text: string): readonly string[] {
  if (ASCII.test(text)) return text.match(/\s*\S+/g) ?? [];
  const piece = new RegExp(
    String.raw`\s*(?:[${OPENING}]*(?:(?![${OPENING}${CLOSING}])[${WIDE}]|[^\s${WIDE}${OPENING}${CLOSING}]+)[${CLOSING}]*|\S)`,
    'gu',
  );
  return text.match(piece) ?? [];
}

/**
 * Wraps a message between words, since a terminal would break it anywhere. A command line at its end stays whole on its
 * own line, for people to copy.
 *
 * @param columns of the terminal; null or 0 for unknown: the message is unchanged.
 */
export function wrapMessage(text: string, columns: number | null | undefined): string {
  if (!columns) return text;
  const broken = (line: string): string => {
    if (plainWidth(line) <= columns) return line;
    const at = COMMAND.exec(line)?.index;
    const [words, command] = at === undefined ? [line, ''] : [line.slice(0, at), line.slice(at).trimStart()];
    const rest = command === '' ? [] : [`  ${command}`];
    return [...wrap(words, columns - 2), ...rest].map((row, n) => (n === 0 ? row : `  ${row.trim()}`)).join('\n');
  };
  return text.split('\n').map(broken).join('\n');
}

/** The command line at the end of a message. */
const COMMAND = /(?<=[:：]\s?)\s?(?:keypair|ssh|ssh-keygen|ssh-add|chmod|ls|icacls) \S.*$/u;

/**
 * The width of one of this program's own texts. They have no emoji or combining characters, so help need not load the
 * tables for them. Other texts need {@link displayWidth}.
 */
export function plainWidth(text: string): number {
  if (ASCII.test(text)) return text.length;
  return text.length + (text.match(new RegExp(`[${WIDE}]`, 'gu'))?.length ?? 0);
}

/**
 * Wraps a text to lines of at most `width` columns; a longer word is not broken. Chinese has no spaces: it is broken
 * between any two characters, but no line begins with a comma or ends with an opening bracket.
 *
 * @param measure the width of a text; default: for this program's own texts.
 */
export function wrap(text: string, width: number, measure: (text: string) => number = plainWidth): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const piece of piecesOf(text)) {
    if (line !== '' && measure(line + piece) > width) {
      lines.push(line);
      line = '';
    }
    line += line === '' ? piece.trimStart() : piece;
  }
  return [...lines, line];
}
