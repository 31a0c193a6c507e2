/** Controls, format characters (bidi overrides, zero widths, tags), separators, lone surrogates, private use. */
function isUnprintable(character: string): boolean {
  // Made here: most texts never need it, and it takes a millisecond.
  return /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u.test(character);
}

function shown(character: string): string {
  if (character === '\n' || character === '\r' || character === '\t') return ' ';
  if (!isUnprintable(character)) return character;
  const hex = (character.codePointAt(0) ?? 0).toString(16);
  if (hex.length <= 2) return `\\x${hex.padStart(2, '0')}`;
  return hex.length <= 4 ? `\\u${hex.padStart(4, '0')}` : `\\u{${hex}}`;
}

/**
 * Makes text from outside (a server, a file) safe to print on one line of a terminal: line breaks and tabs become
 * spaces; other controls, bidi overrides and isolates, zero-width and separator characters become visible escapes such
 * as `\x1b` or `\u202e` (Unicode Technical Report 36, 2.10; CVE-2021-42574).
 *
 * @param max the longest result, in UTF-16 units; a longer text is cut and ends with `…`.
 */
export function printable(text: string, max = 300): string {
  if (text.length <= max && /^[ -~]*$/.test(text)) return text;
  let result = '';
  // No character becomes shorter, so later units cannot matter: a huge text costs no more than a short one.
  for (const character of text.slice(0, max + 1)) {
    const piece = shown(character);
    if (result.length + piece.length > max) return cut(result, max);
    result += piece;
  }
  return result;
}

function cut(text: string, max: number): string {
  const kept = text.slice(0, Math.max(0, max - 1));
  // A lone surrogate would print as garbage.
  return `${kept.replace(/[\uD800-\uDBFF]$/, '')}…`;
}

/**
 * A path as a word of a command that people copy: quoted if a shell needs it, and safe to print. A leading `~/` stays
 * outside the quotes, so that the shell expands it.
 */
export function shellWord(file: string): string {
  if (/^[\w~./:@%+-]+$/.test(file)) return file;
  const shown = file.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\ufffd');
  const home = shown.startsWith('~/') ? '~/' : '';
  return `${home}'${shown.slice(home.length).replaceAll("'", String.raw`'\''`)}'`;
}

/** Whether an id from a server is a plain word, which needs no quotes in a command line and is no flag. */
export function isPlainId(id: string): boolean {
  return /^\w[\w-]*$/.test(id);
}
