import type { Buffer } from 'node:buffer';

import { armouredBlocks, checkedText, compact, decodeBase64 } from './armour.ts';
import { damaged, KeyFormatError, onlyFormatErrors } from './format-error.ts';
import { readPublicDer } from './public-der.ts';
import { algorithmOf, bitsOf, readBlob, writeBlob, type PublicParts } from './public-parts.ts';

/** A public key of SSH. */
export interface PublicKey {
  readonly keyType: 'rsa' | 'ed25519' | 'ecdsa' | 'dsa';
  /** SSH's name: `ssh-rsa`, `ecdsa-sha2-nistp256`, `sk-ssh-ed25519@openssh.com`. */
  readonly algorithm: string;
  /** The size as `ssh-keygen -l` prints it. */
  readonly bits: number;
  /** The key as SSH sends it (RFC 4253 §6.6): the base64 of the line, and what fingerprints are made of. */
  readonly blob: Buffer;
  /** Free text without control characters; empty where there is none. */
  readonly comment: string;
}

/** A comment that can be printed: without control and format characters, line ends and lone surrogates. */
function printable(comment: string): string {
  return comment.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '').trim();
}

/** The public key of these numbers. */
export function publicKeyOf(parts: PublicParts, comment: string): PublicKey {
  return {
    keyType: parts.keyType,
    algorithm: algorithmOf(parts),
    bits: bitsOf(parts),
    blob: writeBlob(parts),
    comment: printable(comment),
  };
}

/** The public key in this blob. */
function publicKeyIn(blob: Buffer, comment: string): PublicKey {
  const { algorithm, parts } = readBlob(blob);
  return { keyType: parts.keyType, algorithm, bits: bitsOf(parts), blob, comment: printable(comment) };
}

/** One line: algorithm, base64 of the blob, comment (sshd(8), AUTHORIZED_KEYS FILE FORMAT, without options). */
function parseLine(line: string): PublicKey {
  const match = /^([a-z][a-z0-9@.-]{2,63})[ \t]+([A-Za-z0-9+/=]+)(?:[ \t]+(.*))?$/.exec(line);
  const [, algorithm, base64 = '', comment = ''] = match ?? [];
  if (algorithm === undefined || !/^(ssh|ecdsa|sk|rsa)-/.test(algorithm)) {
    throw new KeyFormatError(
      'not-a-public-key',
      'this is no public key: a line such as ssh-rsa AAAA… was expected',
    );
  }
  const blob = decodeBase64(base64);
  if (blob === null) throw damaged('it is not in base64');
  const key = publicKeyIn(blob, comment);
  if (key.algorithm !== algorithm) throw damaged('the line names another algorithm than its data');
  return key;
}

const SSH2_FIRST = '---- BEGIN SSH2 PUBLIC KEY ----';
const SSH2_LAST = '---- END SSH2 PUBLIC KEY ----';

/** RFC 4716 §3: headers, which may go on after a backslash at the end of a line, then base64. */
function parseSsh2(lines: readonly string[]): PublicKey {
  if (lines.at(-1) !== SSH2_LAST) throw damaged('its last line is missing');
  const body = lines.slice(1, -1);
  let comment = '';
  for (let header = body[0]; header?.includes(':') === true; header = body[0]) {
    body.shift();
    while (header.endsWith('\\') && body.length > 0) header = header.slice(0, -1) + (body.shift() ?? '');
    const [, name, value = ''] = /^([^:]+):(.*)$/.exec(header) ?? [];
    if (name?.toLowerCase() === 'comment') comment = value.trim().replace(/^"(.*)"$/, '$1');
  }
  const blob = decodeBase64(body.join(''));
  if (blob === null) throw damaged('it is not in base64');
  return publicKeyIn(blob, comment);
}

function parsePem(text: string): PublicKey {
  const blocks = armouredBlocks(text);
  const keys = blocks.filter((block) => block.label.endsWith('PUBLIC KEY'));
  const [key] = keys;
  if (key === undefined) throw new KeyFormatError('not-a-public-key', 'this is no public key');
  if (keys.length > 1) throw new KeyFormatError('several', 'there are several keys in one text');
  const bytes = decodeBase64(compact(key.body));
  if (bytes === null) throw damaged('it is not in base64');
  return publicKeyOf(readPublicDer(bytes), '');
}

/**
 * Reads a public key: one line of OpenSSH, RFC 4716, or PEM (`PUBLIC KEY`, `RSA PUBLIC KEY`). Blank lines, lines that
 * begin with `#`, and any line ends are passed over.
 *
 * @throws KeyFormatError with any reason but `encrypted`, `mismatch`, `not-a-private-key` and `public-key`.
 */
export function parsePublicKey(text: string): PublicKey {
  return onlyFormatErrors(() => {
    const trimmed = checkedText(text);
    if (/BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY|PuTTY-User-Key-File/.test(trimmed)) {
      throw new KeyFormatError('private-key', 'this is a private key: the public half was expected');
    }
    const lines = trimmed
      .split(/\r\n|\r|\n/)
      .map((line) => line.trim())
      .filter((line) => line !== '' && !line.startsWith('#'));
    const [first, ...more] = lines;
    if (first === undefined) throw new KeyFormatError('empty', 'there is no key: the text is empty');
    if (first === SSH2_FIRST) return parseSsh2(lines);
    if (trimmed.includes('-----BEGIN ')) return parsePem(trimmed);
    if (more.length > 0 && more.every((line) => /^(ssh|ecdsa|sk)-/.test(line))) {
      throw new KeyFormatError('several', 'there are several keys in one text');
    }
    if (more.length > 0)
      throw new KeyFormatError('not-a-public-key', 'this is no public key: it has several lines');
    return parseLine(first);
  });
}

/** One line of OpenSSH, `ssh-rsa AAAA… comment`, without a line end; characters that cannot be printed are dropped. */
export function formatPublicKey(key: PublicKey, comment: string = key.comment): string {
  const line = `${key.algorithm} ${key.blob.toString('base64')}`;
  const shown = printable(comment);
  return shown === '' ? line : `${line} ${shown}`;
}

/** Whether both are the same key; comments do not count. */
export function samePublicKey(a: PublicKey, b: PublicKey): boolean {
  return a.blob.equals(b.blob);
}
