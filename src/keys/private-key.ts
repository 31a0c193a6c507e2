import type { Buffer } from 'node:buffer';
import { createPrivateKey, createPublicKey, type KeyObject, randomBytes, sign, verify } from 'node:crypto';
import { t } from '../i18n/t.ts';
import { Secret } from '../secret.ts';
import { type DerPrivateKey, readPrivateDer } from './der.ts';
import { damaged, KeyFormatError, onlyFormatErrors } from './format-error.ts';
import { isOpenSsh, opensshText, readOpenSsh, writeOpenSsh } from './openssh-format.ts';
import { armouredBlocks, checkedText, checkEncoding, compact, decodeBase64, narrowed } from './pem.ts';
import { publicKeyOf, type PublicKey } from './public-key.ts';
import { isPutty, readPuttyPrivate } from './putty-format.ts';
import { jwkOf, type PrivateNumbers, type PublicParts, readBlob } from './public-numbers.ts';
import { toBigInt } from './ssh-wire.ts';

/** A private key that matches its public key, as a text that OpenSSH reads. */
export interface PrivateKey {
  readonly publicKey: PublicKey;
  /** The armoured text with LF line endings, also after the last line. The complete content of a key file. */
  readonly text: Secret;
}

/** The format of a private key and its content. `bytes` is the content of OpenSSH's format. */
export type Content =
  | DerPrivateKey
  | (PrivateNumbers & {
      readonly container: 'openssh';
      readonly comment: string;
      readonly bytes: Buffer;
    })
  | (PrivateNumbers & { readonly container: 'putty'; readonly comment: string });

/** The error for a text that contains neither an armoured private key nor base64. */
function otherText(text: string): KeyFormatError {
  if (/^(ssh|ecdsa|sk)-|^---- BEGIN SSH2 PUBLIC KEY/m.test(text)) {
    return new KeyFormatError('public-key', t`this is a public key: a private key was expected`);
  }
  if (text.includes('BEGIN SSH2 ENCRYPTED PRIVATE KEY')) {
    return new KeyFormatError('unsupported', t`private keys in the format of ssh.com are not supported`);
  }
  if (text.includes('PRIVATE KEY')) return damaged(t`its first or last line is`);
  // The beginning of private keys in base64, in DER and in OpenSSH's format.
  if (/^(M[CHI]|b3BlbnNzaC1rZXk)[A-Za-z0-9+/]{16}/.test(compact(text))) return damaged(t`it is not in base64`);
  return new KeyFormatError('not-a-private-key', t`this is no private key`);
}

/** The bytes of the only private key in a text, armoured or bare. */
function keyBytes(text: string): { readonly bytes: Buffer; readonly armoured: boolean } {
  // Some consoles show the line endings of JSON as `\n`. Base64 contains no backslash, so nothing is lost.
  const unescaped = text.replace(/\\[nrt]/g, '\n').replaceAll('\\', '');
  const blocks = armouredBlocks(unescaped);
  const keys = blocks.filter((block) => block.label.endsWith('PRIVATE KEY'));
  const [key, second] = keys;
  if (second !== undefined) throw new KeyFormatError('several-private-keys', t`there are several keys in one text`);
  if (key === undefined) {
    if (blocks.some((block) => block.label.endsWith('PUBLIC KEY'))) {
      throw new KeyFormatError('public-key', t`this is a public key: a private key was expected`);
    }
    const bytes = blocks.length > 0 ? null : decodeBase64(compact(unescaped));
    if (bytes === null) checkEncoding(text);
    if (bytes === null) throw otherText(text);
    return { bytes, armoured: false };
  }
  const body = compact(key.body);
  // RFC 1421 §4.6 for the traditional containers, RFC 5958 §3 for PKCS#8.
  if (body.startsWith('Proc-Type:4,ENCRYPTED') || key.label === 'ENCRYPTED PRIVATE KEY') {
    throw new KeyFormatError('encrypted', t`the private key is encrypted`);
  }
  const bytes = decodeBase64(body);
  if (bytes === null) throw damaged(t`it is not in base64`);
  return { bytes, armoured: true };
}

/**
 * Parses a private key text without verifying the key.
 *
 * @throws KeyFormatError, and errors of node:crypto.
 */
export function readContent(text: string): Content {
  const checked = checkedText(narrowed(text));
  if (isPutty(checked)) return { container: 'putty', ...readPuttyPrivate(checked) };
  const { bytes, armoured } = keyBytes(checked);
  if (isOpenSsh(bytes)) return { container: 'openssh', ...readOpenSsh(bytes), bytes };
  const content = readPrivateDer(bytes);
  if (content !== null) return content;
  if (armoured) throw damaged(t`it is not built as such a key is`);
  if (isBlob(bytes)) throw new KeyFormatError('public-key', t`this is a public key: a private key was expected`);
  throw new KeyFormatError('not-a-private-key', t`this is no private key`);
}

/** Whether these bytes are a public key blob: the second field of an OpenSSH line, given alone. */
function isBlob(bytes: Buffer): boolean {
  try {
    readBlob(bytes);
    return true;
  } catch {
    return false;
  }
}

/** The private key as node:crypto has it. */
export function keyOf(content: Content): KeyObject {
  if (content.container === 'node') return content.key;
  return createPrivateKey({ key: jwkOf(content.parts, content.secret), format: 'jwk' });
}

/** The structure of DER that the key is kept in. */
function derOf({ container, parts }: Exclude<Content, { container: 'openssh' }>): 'pkcs1' | 'pkcs8' | 'sec1' {
  if (container === 'node') return 'pkcs8';
  if (container === 'putty') return parts.keyType === 'rsa' ? 'pkcs1' : 'sec1';
  return container;
}

function normalised(content: Content): string {
  if (content.container === 'openssh') return opensshText(content.bytes);
  // OpenSSH before 9.6 cannot read Ed25519 from PKCS#8 ("invalid format"), which Node and OpenSSL export. Every release
  // with the algorithm (6.5) can read OpenSSH's own format.
  if ((content.container === 'pkcs8' || content.container === 'putty') && content.parts.keyType === 'ed25519') {
    return writeOpenSsh({ ...content, parts: content.parts }, '');
  }
  return keyOf(content)
    .export({ format: 'pem', type: derOf(content) })
    .toString();
}

/** Checks the relations between the eight numbers of RFC 8017 §3.2. Other key types have none. */
function numbersFit({ parts, secret }: PrivateNumbers): boolean {
  if (parts.keyType !== 'rsa') return true;
  const number = (name: string): bigint => toBigInt(secret[name] ?? parts.n);
  const [n, e, d, p, q] = [toBigInt(parts.n), toBigInt(parts.e), toBigInt(secret.d), number('p'), number('q')];
  const [dp, dq, qi] = [number('dp'), number('dq'), number('qi')];
  return (
    p > 1n &&
    q > 1n &&
    p * q === n &&
    d < n &&
    (d * e) % (p - 1n) === 1n &&
    (d * e) % (q - 1n) === 1n &&
    dp === d % (p - 1n) &&
    dq === d % (q - 1n) &&
    qi < p &&
    (qi * q) % p === 1n
  );
}

/**
 * Verifies that the private key matches the public key: one signs, the other verifies the signature.
 *
 * For RSA, also checks the numbers. OpenSSL does not check them on reading, and falls back to a slower method if a
 * signature is wrong. So a key with a damaged `dp` would pass here and fail elsewhere. The arithmetic alone cannot tell
 * whether the two factors are primes.
 *
 * @throws KeyFormatError `mismatch`.
 */
function provePair(content: Content): void {
  try {
    const key = keyOf(content);
    const isNode = content.container === 'node';
    const publicHalf = isNode ? key : { key: jwkOf(content.parts), format: 'jwk' as const };
    const hash = content.parts.keyType === 'ed25519' ? null : 'sha256';
    const data = randomBytes(32);
    const signs = (): boolean => verify(hash, data, createPublicKey(publicHalf), sign(hash, data, key));
    if ((isNode || numbersFit(content)) && signs()) return;
  } catch {
    // Node reads keys that it cannot sign with. Node 24 refuses some mismatched keys.
  }
  throw new KeyFormatError('mismatch', t`the private key does not match the public key`);
}

/**
 * Parses a private key and verifies that it matches its public key.
 *
 * Accepts PKCS#1, PKCS#8, SEC1, OpenSSH's own format and PuTTY's, armoured or as bare base64, with any line endings or none,
 * spaces, quotes, a byte order mark, or `\n` written as two characters. The resulting text keeps the format (but see
 * {@link normalised} for Ed25519) and does not depend on the wrapping.
 *
 * @throws KeyFormatError with any reason except `private-key` and `not-a-public-key`. Never throws any other error.
 */
export function parsePrivateKey(text: Secret): PrivateKey {
  return onlyFormatErrors(() => {
    const content = readContent(text.reveal());
    provePair(content);
    const comment = 'comment' in content ? content.comment : '';
    return { publicKey: publicKeyOf(content.parts, comment), text: new Secret(normalised(content)) };
  });
}

/**
 * The public numbers of an RSA key, if the text is byte for byte what this program would write; else null. libcrypto
 * can read such a text, so we skip its slow check.
 */
export function plainRsa(text: string): PublicParts | null {
  if (!/^-----BEGIN (RSA )?PRIVATE KEY-----\n/.test(text)) return null;
  try {
    const content = readContent(text);
    if (content.container === 'node' || content.parts.keyType !== 'rsa') return null;
    return normalised(content) === text ? content.parts : null;
  } catch {
    return null;
  }
}

/**
 * Rewrites the text of a private key file so that ssh can read it; null if its key cannot be read. Keeps the
 * passphrase: in OpenSSH's format, rewrites only the lines. A PuTTY file stays as it is: its user has it for PuTTY.
 */
export function rewritten(text: Secret): Secret | null {
  if (isPutty(text.reveal())) return null;
  try {
    return parsePrivateKey(text).text;
  } catch (error) {
    if (!(error instanceof KeyFormatError)) throw error;
    if (error.reason !== 'encrypted') return null;
  }
  const [block] = armouredBlocks(narrowed(text.reveal()));
  const bytes = decodeBase64(compact(block?.body ?? ''));
  return bytes !== null && isOpenSsh(bytes) ? new Secret(opensshText(bytes)) : null;
}

/**
 * The PKCS#8 DER of a private key, which some clouds use for fingerprints. It is secret and only for hashing.
 *
 * @throws KeyFormatError if the text is not a private key.
 */
export function pkcs8Of(key: PrivateKey): Buffer {
  return onlyFormatErrors(() => {
    return keyOf(readContent(key.text.reveal())).export({ format: 'der', type: 'pkcs8' });
  });
}
