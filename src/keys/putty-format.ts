import { Buffer } from 'node:buffer';
import { createHash, createHmac } from 'node:crypto';
import { t } from '../i18n/t.ts';
import { damaged, KeyFormatError } from './format-error.ts';
import { decodeBase64 } from './pem.ts';
import { algorithmOf, type PrivateNumbers, readBlob, rsaSecret, writeBlob } from './public-numbers.ts';
import { padded, sshMpint, SshReader, sshString, withoutZeros } from './ssh-wire.ts';

// PuTTY's private key files, versions 2 and 3 (PuTTY manual, appendix C, "PPK file format").

/** The versions of the format. PuTTY reads 3 since 0.75 (2021). */
export type PuttyVersion = 2 | 3;

/** What a PuTTY private key file reveals without its passphrase. */
export interface PuttyKey {
  readonly version: PuttyVersion;
  /** Whether it has a passphrase. */
  readonly encrypted: boolean;
  /** SSH's name of the algorithm. */
  readonly algorithm: string;
  /** The public key blob. It is unencrypted. Its checksum needs the private key and is not verified. */
  readonly blob: Buffer;
  readonly comment: string;
  /** The lines after the public key. */
  readonly rest: readonly string[];
}

/** The only cipher. */
const CIPHER = 'aes256-cbc';

/** Whether a text is a PuTTY private key file of any version. */
export function isPutty(text: string): boolean {
  return /^\s*PuTTY-User-Key-File-\d/.test(text);
}

/**
 * Parses the unencrypted part of a PuTTY private key file, version 2 or 3.
 *
 * @throws KeyFormatError `damaged` or `unsupported`.
 */
export function readPutty(text: string): PuttyKey {
  const lines = text.trim().split(/\r\n|\r|\n/);
  const headers = ['PuTTY-User-Key-File-[23]', 'Encryption', 'Comment', 'Public-Lines'];
  const [algorithm, encryption, comment, count] = headers.map(
    (name, index) => new RegExp(`^${name}: ?(.*)$`).exec(lines[index] ?? '')?.[1],
  );
  if (algorithm === undefined || encryption === undefined || comment === undefined || count === undefined) {
    throw damaged(t`it is not built as a file of putty is`);
  }
  if (encryption !== 'none' && encryption !== CIPHER)
    throw new KeyFormatError('unsupported', t`its cipher is not known to putty`);
  const end = headers.length + Number(count);
  const blob = decodeBase64(lines.slice(headers.length, end).join(''));
  if (blob === null) throw damaged(t`it is not in base64`);
  const version = lines[0]?.startsWith('PuTTY-User-Key-File-2') === true ? 2 : 3;
  return { version, encrypted: encryption !== 'none', algorithm, blob, comment, rest: lines.slice(end) };
}

/** What the passphrase of a file unlocks. */
export interface PuttyKeys {
  /** The key of the checksum. */
  readonly mac: Buffer;
  /** Decrypts or encrypts the private section, whose length is a multiple of 16. */
  readonly cipher: (section: Buffer) => Buffer;
}

/**
 * Parses a PuTTY private key file, and verifies its checksum.
 *
 * @param unlock the keys of a file with a passphrase; null: it must have none.
 * @throws KeyFormatError `putty` if it has a passphrase, `wrong-passphrase`, `damaged` or `unsupported`.
 */
export function readPuttyPrivate(
  text: string,
  unlock: ((file: PuttyKey) => PuttyKeys) | null = null,
): PrivateNumbers & { readonly comment: string } {
  const key = readPutty(text);
  if (key.encrypted && unlock === null)
    throw new KeyFormatError(
      'putty',
      t`this is a private key in putty's format, with a passphrase: puttygen converts it`,
    );
  const { algorithm, parts } = readBlob(key.blob);
  if (algorithm !== key.algorithm) throw damaged(t`the line names another algorithm than its data`);
  const from = key.rest.findIndex((line) => line.startsWith('Private-Lines:'));
  const count = /^Private-Lines: ?(\d{1,4})$/.exec(key.rest[from] ?? '')?.[1];
  const mac = /^Private-MAC: ?([0-9a-f]+)$/i.exec(key.rest.at(-1) ?? '')?.[1];
  const isWhole = count !== undefined && mac !== undefined && key.rest.length === from + Number(count) + 2;
  if (!isWhole || (!key.encrypted && from > 0)) throw damaged(t`it is not built as a file of putty is`);
  const section = decodeBase64(key.rest.slice(from + 1, -1).join(''));
  if (section === null) throw damaged(t`it is not in base64`);
  if (key.encrypted && section.length % BLOCK !== 0) throw damaged(t`its private section is cut off`);
  const keys = key.encrypted ? (unlock?.(key) ?? null) : null;
  const secret = keys === null ? section : keys.cipher(section);
  if (mac.toLowerCase() !== checksum(key, secret, keys)) {
    if (keys !== null) throw new KeyFormatError('wrong-passphrase', t`the passphrase is wrong`);
    throw damaged(t`its checksum is wrong`);
  }
  return { ...readSecret(parts, secret, key.encrypted), comment: key.comment };
}

/** The block size of the only cipher, aes256-cbc. */
const BLOCK = 16;

function readSecret(parts: ReturnType<typeof readBlob>['parts'], section: Buffer, isPadded: boolean): PrivateNumbers {
  const reader = new SshReader(section);
  const read = (): PrivateNumbers => {
    switch (parts.keyType) {
      case 'rsa': {
        const [d, p, q, qi] = [reader.positive(), reader.positive(), reader.positive(), reader.positive()];
        return { parts, secret: rsaSecret(d, p, q, qi) };
      }
      case 'ecdsa': {
        const scalar = reader.positive();
        if (scalar.length > parts.curve.bytes) throw damaged(t`its private number is too long`);
        return { parts, secret: { d: padded(scalar, parts.curve.bytes) } };
      }
      case 'ed25519': {
        // A little-endian number: zeros at its end may be missing.
        const seed = reader.string();
        if (seed.length > 32) throw damaged(t`an ed25519 key has 32 bytes`);
        return { parts, secret: { d: Buffer.concat([seed, Buffer.alloc(32 - seed.length)]) } };
      }
      case 'dsa':
        throw new KeyFormatError('unsupported', t`dsa keys are not supported: openssh has dropped them`);
    }
  };
  const numbers = read();
  if (!isPadded || reader.rest().length >= BLOCK) reader.end();
  return numbers;
}

/** Version 2 hashes this, and the passphrase if there is one, to the key of the checksum. */
const V2_MAC_KEY = 'putty-private-key-file-mac-key';

/** The key of the checksum in version 2. */
export function v2MacKey(passphrase: string): Buffer {
  return createHash('sha1').update(V2_MAC_KEY).update(passphrase).digest();
}

/** The checksum of a file, in hexadecimal. */
function checksum(
  { version, algorithm, comment, blob }: Pick<PuttyKey, 'version' | 'algorithm' | 'comment' | 'blob'>,
  secret: Buffer,
  keys: PuttyKeys | null,
): string {
  const fields = [algorithm, keys === null ? 'none' : CIPHER, comment, blob, secret].map(sshString);
  const key = keys?.mac ?? (version === 3 ? '' : v2MacKey(''));
  return createHmac(version === 3 ? 'sha256' : 'sha1', key)
    .update(Buffer.concat(fields))
    .digest('hex');
}

function secretSection({ parts, secret }: PrivateNumbers): Buffer {
  switch (parts.keyType) {
    case 'rsa': {
      const { d, p = d, q = d, qi = d } = secret;
      return Buffer.concat([d, p, q, qi].map(sshMpint));
    }
    case 'ecdsa':
      return sshMpint(withoutZeros(secret.d));
    case 'ed25519':
      return sshString(secret.d);
  }
}

/**
 * The text of a PuTTY private key file.
 *
 * @param comment one line without control characters.
 * @param lock the keys of a passphrase and the lines that tell how they were derived, for version 3; null: none.
 */
export function writePutty(
  numbers: PrivateNumbers,
  comment: string,
  version: PuttyVersion,
  lock: (PuttyKeys & { readonly lines: readonly string[] }) | null = null,
): string {
  const algorithm = algorithmOf(numbers.parts);
  const [blob, secret] = [writeBlob(numbers.parts), secretSection(numbers)];
  // PuTTY pads with bytes that a reader cannot foresee and that need no random numbers.
  const padding = createHash('sha1')
    .update(secret)
    .digest()
    .subarray(0, lock === null ? 0 : -secret.length & (BLOCK - 1));
  const section = Buffer.concat([secret, padding]);
  const counted = (name: string, bytes: Buffer): readonly string[] => {
    const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
    return [`${name}: ${lines.length}`, ...lines];
  };
  return [
    `PuTTY-User-Key-File-${version}: ${algorithm}`,
    `Encryption: ${lock === null ? 'none' : CIPHER}`,
    `Comment: ${comment}`,
    ...counted('Public-Lines', blob),
    ...(lock?.lines ?? []),
    ...counted('Private-Lines', lock?.cipher(section) ?? section),
    `Private-MAC: ${checksum({ version, algorithm, comment, blob }, section, lock)}\n`,
  ].join('\n');
}
