import { Buffer } from 'node:buffer';
import { t } from '../i18n/t.ts';
import { damaged, KeyFormatError } from './format-error.ts';

/** The maximum length of a text, in UTF-16 units: four times a private RSA key of 16384 bits. */
export const LONGEST_TEXT = 64 * 1024;

/** One armoured block of a text (RFC 7468). */
interface Block {
  /** The text between `BEGIN` and the dashes: `RSA PRIVATE KEY`. */
  readonly label: string;
  /** The text between the two lines, unchanged. */
  readonly body: string;
}

/**
 * Checks the length of a text.
 *
 * @throws KeyFormatError `empty`, or `damaged` if it is far longer than any key.
 */
export function checkedText(text: string): string {
  if (text.length > LONGEST_TEXT) throw damaged(t`the text is far longer than any key`);
  const trimmed = text.trim();
  if (trimmed === '') throw new KeyFormatError('empty', t`there is no key: the text is empty`);
  return trimmed;
}

/** Whether this is UTF-16 read as UTF-8: a NUL next to every letter. */
export function isUtf16(text: string): boolean {
  return /^\uFFFD{2}[^]?\0|^(?:\0[^\0]){8}|^(?:[^\0]\0){8}/.test(text);
}

/** Converts UTF-16 that was read as UTF-8 to ASCII. Other texts stay unchanged. */
export function narrowed(text: string): string {
  return isUtf16(text) ? text.replace(/[\0\uFFFD]/g, '') : text;
}

/**
 * Refuses bytes that are not the text of a key file.
 *
 * @throws KeyFormatError `utf-16` or `binary`.
 */
export function checkEncoding(text: string): void {
  if (isUtf16(text)) {
    throw new KeyFormatError('utf-16', t`it is in utf-16, as powershell writes with >: save it again as utf-8`);
  }
  if (!/[\0\uFFFD]/.test(text)) return;
  // A DER SEQUENCE without armour (X.690 §8.1).
  throw text.startsWith('0') && !text.includes('-----BEGIN ')
    ? new KeyFormatError('binary', t`it is binary, as keys in der are: convert it to pem`)
    : new KeyFormatError('binary', t`it is binary: key files are text`);
}

/**
 * The armoured blocks of a text, in order. The text around them is ignored (RFC 7468 §2).
 *
 * @throws KeyFormatError `damaged` if a first and a last line do not match.
 */
export function armouredBlocks(text: string): readonly Block[] {
  const blocks: Block[] = [];
  let open: { readonly label: string; readonly from: number } | null = null;
  for (const marker of text.matchAll(/-----(BEGIN|END) ([A-Z0-9][A-Z0-9 ]{0,40})-----/g)) {
    const [line, kind, label = ''] = marker;
    if (kind === 'BEGIN') {
      if (open !== null) throw damaged(t`its last line is missing`);
      open = { label, from: marker.index + line.length };
    } else {
      if (open?.label !== label) throw damaged(t`its first and last line do not match`);
      blocks.push({ label, body: text.slice(open.from, marker.index) });
      open = null;
    }
  }
  if (open !== null) throw damaged(t`its last line is missing`);
  return blocks;
}

/** A text without whitespace and quotes. */
export function compact(text: string): string {
  return text.replace(/[\s"'`]/g, '');
}

/** Decodes base64 without whitespace (RFC 4648 §4, padding optional), or returns null if it is invalid. */
export function decodeBase64(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64');
  // Node skips invalid characters, so encode again and compare.
  const canonical = bytes.toString('base64');
  return text !== '' && (text === canonical || text === canonical.replace(/=+$/, '')) ? bytes : null;
}

/** Whether the text of a file holds only one armoured key. Quotes and joined lines do not matter. */
export function isAlone(text: string): boolean {
  const plain = narrowed(text);
  const [, more] = plain.split('-----BEGIN ').slice(1);
  return more === undefined && /^[\s"'\uFEFF]*-----BEGIN [^]*-----END [A-Z ]+-----(?:[\s"']|\\[nr])*$/.test(plain);
}
