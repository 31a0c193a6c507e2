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
interface PuttyKey {
  readonly version: PuttyVersion;
  readonly encrypted: boolean;
  /** SSH's name of the algorithm. */
  readonly algorithm: string;
  /** The public key blob. It is unencrypted. Its checksum needs the private key and is not verified. */
  readonly blob: Buffer;
  readonly comment: string;
  /** The lines after the public key. */
  readonly rest: readonly string[];
}

/** Whether a text is a PuTTY private key file of any version. */
export function isPutty(text: string): boolean {
  return /^\s*PuTTY-User-Key-File-\d/.test(text);
}

/**
 * Parses the unencrypted part of a PuTTY private key file, version 2 or 3.
 *
 * @throws KeyFormatError `damaged`.
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
  const end = headers.length + Number(count);
  const blob = decodeBase64(lines.slice(headers.length, end).join(''));
  if (blob === null) throw damaged(t`it is not in base64`);
  const version = lines[0]?.startsWith('PuTTY-User-Key-File-2') === true ? 2 : 3;
  return { version, encrypted: encryption !== 'none', algorithm, blob, comment, rest: lines.slice(end) };
}

/**
 * Parses a PuTTY private key file without a passphrase, and verifies its checksum.
 *
 * @throws KeyFormatError `putty` if it has a passphrase, `damaged` or `unsupported`.
 */
export function readPuttyPrivate(text: string): PrivateNumbers & { readonly comment: string } {
  const key = readPutty(text);
  if (key.encrypted) {
    throw new KeyFormatError(
      'putty',
      t`this is a private key in putty's format, with a passphrase: puttygen converts it`,
    );
  }
  const { algorithm, parts } = readBlob(key.blob);
  if (algorithm !== key.algorithm) throw damaged(t`the line names another algorithm than its data`);
  const count = /^Private-Lines: ?(\d{1,4})$/.exec(key.rest[0] ?? '')?.[1];
  const mac = /^Private-MAC: ?([0-9a-f]+)$/i.exec(key.rest.at(-1) ?? '')?.[1];
  if (count === undefined || mac === undefined || key.rest.length !== Number(count) + 2) {
    throw damaged(t`it is not built as a file of putty is`);
  }
  const secret = decodeBase64(key.rest.slice(1, -1).join(''));
  if (secret === null) throw damaged(t`it is not in base64`);
  if (mac.toLowerCase() !== checksum(key.version, algorithm, key.comment, key.blob, secret)) {
    throw damaged(t`its checksum is wrong`);
  }
  return { ...readSecret(parts, secret), comment: key.comment };
}

function readSecret(parts: ReturnType<typeof readBlob>['parts'], section: Buffer): PrivateNumbers {
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
  reader.end();
  return numbers;
}

/** Version 2 hashes this, and the passphrase if there is one, to the key of the checksum. */
const V2_MAC_KEY = 'putty-private-key-file-mac-key';

/** The checksum of a file without a passphrase, in hexadecimal. */
function checksum(version: PuttyVersion, algorithm: string, comment: string, blob: Buffer, secret: Buffer): string {
  const fields = [algorithm, 'none', comment, blob, secret].map(sshString);
  const key = version === 3 ? '' : createHash('sha1').update(V2_MAC_KEY).digest();
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
 * The text of a PuTTY private key file without a passphrase.
 *
 * @param comment one line without control characters.
 */
export function writePutty(numbers: PrivateNumbers, comment: string, version: PuttyVersion): string {
  const algorithm = algorithmOf(numbers.parts);
  const [blob, secret] = [writeBlob(numbers.parts), secretSection(numbers)];
  const counted = (name: string, bytes: Buffer): readonly string[] => {
    const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
    return [`${name}: ${lines.length}`, ...lines];
  };
  return [
    `PuTTY-User-Key-File-${version}: ${algorithm}`,
    'Encryption: none',
    `Comment: ${comment}`,
    ...counted('Public-Lines', blob),
    ...counted('Private-Lines', secret),
    `Private-MAC: ${checksum(version, algorithm, comment, blob, secret)}\n`,
  ].join('\n');
}
