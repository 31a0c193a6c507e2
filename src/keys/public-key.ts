import type { Buffer } from 'node:buffer';
import { t } from '../i18n/t.ts';
import { damaged, KeyFormatError, onlyFormatErrors } from './format-error.ts';
import { readPublicDer } from './der.ts';
import { armouredBlocks, checkedText, checkEncoding, compact, decodeBase64, LONGEST_TEXT } from './pem.ts';
import { isPutty, readPutty } from './putty-format.ts';
import { algorithmOf, bitsOf, certifiedBlob, type PublicParts, readBlob, writeBlob } from './public-numbers.ts';

/** An SSH public key. */
export interface PublicKey {
  readonly keyType: 'rsa' | 'ed25519' | 'ecdsa' | 'dsa';
  /** SSH's name: `ssh-rsa`, `ecdsa-sha2-nistp256`, `sk-ssh-ed25519@openssh.com`. */
  readonly algorithm: string;
  /** The size as `ssh-keygen -l` prints it. */
  readonly bits: number;
  /** The key in SSH's wire format (RFC 4253 §6.6). The line contains it in base64, and fingerprints hash it. */
  readonly blob: Buffer;
  /** Free text without control characters; empty if there is none. */
  readonly comment: string;
}

/** A printable comment: without control and format characters, line endings and lone surrogates. */
function printable(comment: string): string {
  return comment.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '').trim();
}

/** The public key with these numbers. */
export function publicKeyOf(parts: PublicParts, comment: string): PublicKey {
  return {
    keyType: parts.keyType,
    algorithm: algorithmOf(parts),
    bits: bitsOf(parts),
    blob: writeBlob(parts),
    comment: printable(comment),
  };
}

/**
 * Parses a public key blob.
 *
 * @throws KeyFormatError `damaged`, `unsupported` or `certificate`.
 */
export function publicKeyIn(blob: Buffer, comment: string): PublicKey {
  const { algorithm, parts } = readBlob(blob);
  return { keyType: parts.keyType, algorithm, bits: bitsOf(parts), blob, comment: printable(comment) };
}

/** The algorithm, the base64 blob and the comment of a line, or null if the line has another form. */
function fieldsOf(
  line: string,
): { readonly algorithm: string; readonly base64: string; readonly comment: string } | null {
  const match = /^([a-z][a-z0-9@.-]{2,63})[ \t]+([A-Za-z0-9+/=]+)(?:[ \t]+(.*))?$/.exec(line);
  const [, algorithm, base64 = '', comment = ''] = match ?? [];
  const isKnown = algorithm !== undefined && /^(ssh|ecdsa|sk|rsa)-/.test(algorithm);
  return isKnown ? { algorithm, base64, comment } : null;
}

/**
 * The first word of a line and the rest. Quotes may protect spaces in the word (sshd(8), AUTHORIZED_KEYS FILE FORMAT).
 */
function afterFirstWord(line: string): { readonly word: string; readonly rest: string } | null {
  const match = /^((?:\\"|"(?:\\"|[^"])*"|[^ \t"])+)[ \t]+(.*)$/.exec(line);
  return match === null ? null : { word: match[1] ?? '', rest: match[2] ?? '' };
}

/** Whether a line begins with a key: an algorithm followed by a blob, which begins with the length of a name. */
function hasKey(line: string): boolean {
  return fieldsOf(line)?.base64.startsWith('AAAA') === true;
}

/** One line: algorithm, base64 of the blob, comment (sshd(8), AUTHORIZED_KEYS FILE FORMAT, without options). */
function parseLine(line: string): PublicKey {
  const fields = fieldsOf(line);
  if (fields === null) {
    throw hasKey(afterFirstWord(line)?.rest ?? '')
      ? new KeyFormatError('options', t`there are options before the key, as in authorized_keys`)
      : new KeyFormatError('not-a-public-key', t`this is no public key: a line such as ssh-rsa AAAA… was expected`);
  }
  const { algorithm, base64, comment } = fields;
  const blob = decodeBase64(base64);
  if (blob === null) throw damaged(t`it is not in base64`);
  const key = publicKeyIn(blob, comment);
  if (key.algorithm !== algorithm) throw damaged(t`the line names another algorithm than its data`);
  return key;
}

/** A public key in a file that may contain several, with what `ssh-keygen -l` prints about it. */
export interface ListedKey {
  readonly publicKey: PublicKey;
  /** The key type in capitals: `RSA`, `ED25519-SK`, `RSA-CERT`. */
  readonly kind: string;
  readonly certificate: boolean;
}

/** Parses one line as `ssh-keygen -l` does: a key or certificate, optionally after options or host names. */
function listedLine(line: string): ListedKey {
  const bare = fieldsOf(line);
  const behind = bare === null ? afterFirstWord(line) : null;
  const fields = bare ?? fieldsOf(behind?.rest ?? '');
  const blob = fields === null ? null : decodeBase64(fields.base64);
  const certified = blob === null ? null : certifiedBlob(blob);
  const certificate = certified !== null;
  // Without a comment, options or host names identify the line.
  const own = fields?.comment ?? '';
  const comment = own === '' ? (behind?.word ?? '') : own;
  const publicKey = certified === null ? parseLine(behind?.rest ?? line) : publicKeyIn(certified, comment);
  const kind = `${kindOf(publicKey)}${certificate ? '-CERT' : ''}`;
  return { publicKey: { ...publicKey, comment: printable(comment) }, kind, certificate };
}

/** The key type in capitals, as OpenSSH names it. Keys on security tokens are separate types. */
export function kindOf(key: PublicKey): string {
  return `${key.keyType.toUpperCase()}${key.algorithm.startsWith('sk-') ? '-SK' : ''}`;
}

/**
 * The public keys in a file, as `ssh-keygen -l` finds them: one key in any format of {@link parsePublicKey}, or lines
 * of authorized_keys, known_hosts and certificates. Lines without a key are skipped if another line has one.
 *
 * @throws KeyFormatError as {@link parsePublicKey}, if there is no key.
 */
export function listPublicKeys(text: string): readonly ListedKey[] {
  const found: ListedKey[] = [];
  if (!/^---|PRIVATE KEY|^\s*PuTTY/m.test(text)) {
    for (const line of text.split(/\r?\n/).map((one) => one.trim())) {
      if (line === '' || line.startsWith('#') || line.length > LONGEST_TEXT) continue;
      try {
        found.push(onlyFormatErrors(() => listedLine(line)));
      } catch (error) {
        if (!(error instanceof KeyFormatError)) throw error;
      }
    }
  }
  if (found.length > 0) return found;
  const publicKey = parsePublicKey(text);
  return [{ publicKey, kind: kindOf(publicKey), certificate: false }];
}

const SSH2_FIRST = '---- BEGIN SSH2 PUBLIC KEY ----';
const SSH2_LAST = '---- END SSH2 PUBLIC KEY ----';

/** RFC 4716 §3: headers, which continue after a backslash at the end of a line, then base64. */
function parseSsh2(lines: readonly string[]): PublicKey {
  if (lines.at(-1) !== SSH2_LAST) throw damaged(t`its last line is missing`);
  const body = lines.slice(1, -1);
  let comment = '';
  for (let header = body[0]; header?.includes(':') === true; header = body[0]) {
    body.shift();
    while (header.endsWith('\\') && body.length > 0) header = header.slice(0, -1) + (body.shift() ?? '');
    const [, name, value = ''] = /^([^:]+):(.*)$/.exec(header) ?? [];
    if (name?.toLowerCase() === 'comment') comment = value.trim().replace(/^"(.*)"$/, '$1');
  }
  const blob = decodeBase64(body.join(''));
  if (blob === null) throw damaged(t`it is not in base64`);
  return publicKeyIn(blob, comment);
}

function parsePem(text: string): PublicKey {
  const blocks = armouredBlocks(text);
  const keys = blocks.filter((block) => block.label.endsWith('PUBLIC KEY'));
  const [key] = keys;
  if (key === undefined) throw new KeyFormatError('not-a-public-key', t`this is no public key`);
  if (keys.length > 1) throw new KeyFormatError('several', t`there are several keys in one text`);
  const bytes = decodeBase64(compact(key.body));
  if (bytes === null) throw damaged(t`it is not in base64`);
  return publicKeyOf(readPublicDer(bytes), '');
}

/** Whether these lines are one wrapped public key line: the base64 continues. */
function isWrapped(first: string, more: readonly string[]): boolean {
  return fieldsOf(first) !== null && more.every((line) => /^[A-Za-z0-9+/]+={0,2}(?:[ \t].*)?$/.test(line));
}

/**
 * Parses a public key: one OpenSSH line, RFC 4716, PEM (`PUBLIC KEY`, `RSA PUBLIC KEY`), or the unencrypted part of a
 * PuTTY private key file. Ignores blank lines and lines that begin with `#`; accepts any line endings.
 *
 * @throws KeyFormatError with any reason except `encrypted`, `mismatch`, `not-a-private-key`, `putty` and `public-key`.
 */
export function parsePublicKey(text: string): PublicKey {
  return onlyFormatErrors(() => {
    checkEncoding(text);
    const trimmed = checkedText(text);
    if (isPutty(trimmed)) {
      const { blob, algorithm, comment } = readPutty(trimmed);
      return parseLine(`${algorithm} ${blob.toString('base64')} ${printable(comment)}`);
    }
    if (/BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY/.test(trimmed)) {
      throw new KeyFormatError('private-key', t`this is a private key: a public key was expected`);
    }
    const lines = trimmed
      .split(/\r\n|\r|\n/)
      .map((line) => line.trim())
      .filter((line) => line !== '' && !line.startsWith('#'));
    const [first, ...more] = lines;
    if (first === undefined) throw new KeyFormatError('empty', t`there is no key: the text is empty`);
    if (first === SSH2_FIRST) return parseSsh2(lines);
    if (trimmed.includes('-----BEGIN ')) return parsePem(trimmed);
    if (more.length === 0) return parseLine(first);
    if (isWrapped(first, more)) {
      throw new KeyFormatError('wrapped', t`the key is wrapped: its line was broken into several`);
    }
    if (lines.some((line) => hasKey(line) || hasKey(afterFirstWord(line)?.rest ?? ''))) {
      throw new KeyFormatError('several', t`there are several lines with keys, and one is wanted`);
    }
    throw new KeyFormatError('not-a-public-key', t`this is no public key: it has several lines`);
  });
}

/** One OpenSSH line, `ssh-rsa AAAA… comment`, without a line ending. Unprintable characters are dropped. */
export function formatPublicKey(key: PublicKey, comment: string = key.comment): string {
  const line = `${key.algorithm} ${key.blob.toString('base64')}`;
  const shown = printable(comment);
  return shown === '' ? line : `${line} ${shown}`;
}

/** Whether both are the same key. Comments are ignored. */
export function samePublicKey(a: PublicKey, b: PublicKey): boolean {
  return a.blob.equals(b.blob);
}
