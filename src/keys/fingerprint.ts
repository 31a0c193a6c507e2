import { Buffer } from 'node:buffer';
import { hash } from 'node:crypto';
import { t } from '../i18n/t.ts';

import { decodeBase64 } from './pem.ts';
import { KeyFormatError } from './format-error.ts';
import { pkcs8Of, type PrivateKey } from './private-key.ts';
import { writeSpki } from './der.ts';
import { samePublicKey, type PublicKey } from './public-key.ts';
import { readBlob } from './public-numbers.ts';

/** Identifies a fingerprint: the hash and its input. */
export type DialectId =
  | 'sha256'
  | 'md5'
  | 'sha1'
  | 'sha512'
  | 'sha256-hex'
  | 'spki-md5'
  | 'spki-sha1'
  | 'spki-sha256'
  | 'pkcs8-sha1'
  | 'pkcs8-md5';

/** One form of a key's fingerprint. */
export interface FingerprintDialect {
  readonly id: DialectId;
  /** Its hash and input and who uses it, for people. */
  readonly title: string;
  readonly value: string;
}

type Hash = 'md5' | 'sha1' | 'sha256' | 'sha512';

function digest(algorithm: Hash, data: Buffer): Buffer {
  return hash(algorithm, data, 'buffer');
}

function colons(bytes: Buffer): string {
  return (bytes.toString('hex').match(/../g) ?? []).join(':');
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}

/** `SHA256:…` as `ssh-keygen -l` prints it: base64 without padding. */
export function sha256Fingerprint(key: PublicKey): string {
  return `SHA256:${unpadded(digest('sha256', key.blob))}`;
}

/** `MD5:2a:9e:…` as `ssh-keygen -l -E md5` prints it (RFC 4716 §4 with a prefix). */
export function md5Fingerprint(key: PublicKey): string {
  return `MD5:${colons(digest('md5', key.blob))}`;
}

/** The fingerprints that OpenSSH prints. */
export interface Fingerprints {
  readonly sha256: string;
  readonly md5: string;
}

/** The SHA256 and the MD5 of a public key. */
export function fingerprintsOf(key: PublicKey): Fingerprints {
  return { sha256: sha256Fingerprint(key), md5: md5Fingerprint(key) };
}

/**
 * Every fingerprint of a key that some cloud or tool shows, the usual ones first. Those of the private key only if it
 * is given.
 *
 * Alibaba's documents say MD5 but show 20 octets, which is SHA-1. They do not name the input. AWS shows the MD5 of the
 * SPKI for imported RSA keys and the SHA-1 of the PKCS#8 for keys that it created.
 *
 * @throws KeyFormatError `mismatch` if the private key belongs to another public key.
 */
export function fingerprintDialects(key: PublicKey, privateKey?: PrivateKey): readonly FingerprintDialect[] {
  const spki = writeSpki(readBlob(key.blob).parts);
  const dialects: FingerprintDialect[] = [
    { id: 'sha256', title: t`SHA256 of the public key (OpenSSH)`, value: sha256Fingerprint(key) },
    { id: 'md5', title: t`MD5 of the public key (OpenSSH before 6.8, RFC 4716)`, value: md5Fingerprint(key) },
    { id: 'sha1', title: t`SHA1 of the public key`, value: colons(digest('sha1', key.blob)) },
    {
      id: 'sha512',
      title: t`SHA512 of the public key (ssh-keygen -E sha512)`,
      value: `SHA512:${unpadded(digest('sha512', key.blob))}`,
    },
    {
      id: 'sha256-hex',
      title: t`SHA256 of the public key, hexadecimal`,
      value: digest('sha256', key.blob).toString('hex'),
    },
    {
      id: 'spki-md5',
      title: t`MD5 of the SPKI DER (AWS, imported keys)`,
      value: colons(digest('md5', spki)),
    },
    { id: 'spki-sha1', title: t`SHA1 of the SPKI DER`, value: colons(digest('sha1', spki)) },
    { id: 'spki-sha256', title: t`SHA256 of the SPKI DER`, value: colons(digest('sha256', spki)) },
  ];
  if (privateKey === undefined) return dialects;
  if (!samePublicKey(key, privateKey.publicKey)) {
    throw new KeyFormatError('mismatch', t`the private key does not match the public key`);
  }
  const pkcs8 = pkcs8Of(privateKey);
  return [
    ...dialects,
    {
      id: 'pkcs8-sha1',
      title: t`SHA1 of the private key in PKCS#8 DER (AWS, keys made there)`,
      value: colons(digest('sha1', pkcs8)),
    },
    { id: 'pkcs8-md5', title: t`MD5 of the private key in PKCS#8 DER`, value: colons(digest('md5', pkcs8)) },
  ];
}

const DIGEST_BYTES: Readonly<Record<Hash, number>> = { md5: 16, sha1: 20, sha256: 32, sha512: 64 };

/** The complete digest in a text, in hexadecimal or base64, or null. */
function read(text: string): { readonly bytes: Buffer; readonly hex: boolean } | null {
  // No fingerprint is longer. The limit keeps the patterns below fast.
  if (text.length > 256) return null;
  const [, prefix, body = ''] = /^(?:(MD5|SHA1|SHA256|SHA512):)?(.*)$/i.exec(text.trim()) ?? [];
  const hex = /^([0-9a-f]{2}(:[0-9a-f]{2})*|([0-9a-f]{2})+)$/i.test(body);
  const bytes = hex ? Buffer.from(body.replaceAll(':', ''), 'hex') : decodeBase64(body);
  if (bytes === null) return null;
  const hash = Object.entries(DIGEST_BYTES).find(([, length]) => length === bytes.length)?.[0];
  return hash !== undefined && (prefix === undefined || prefix.toLowerCase() === hash) ? { bytes, hex } : null;
}

/**
 * The fingerprint in a text, for {@link matchFingerprint}: the text itself, or from a complete line of `ssh-keygen -l`;
 * null if there is none.
 */
export function fingerprintIn(text: string): string | null {
  const [, inLine = text] = /^\s*\d{1,5} (\S+) .*\([A-Z0-9-]+\)\s*$/s.exec(text) ?? [];
  return read(inLine) === null ? null : inLine.trim();
}

/**
 * The dialect in which this text is the key's fingerprint, or null. Hexadecimal may be in upper or lower case, with or
 * without colons. Base64 may be padded. A prefix such as `MD5:` is optional but must be correct. Only a complete digest
 * matches. If two dialects have the same digest, returns the one with the text's notation.
 */
export function matchFingerprint(text: string, dialects: readonly FingerprintDialect[]): FingerprintDialect | null {
  const wanted = read(text);
  if (wanted === null) return null;
  const matches = dialects.filter((dialect) => read(dialect.value)?.bytes.equals(wanted.bytes) === true);
  return matches.find((dialect) => read(dialect.value)?.hex === wanted.hex) ?? matches[0] ?? null;
}
