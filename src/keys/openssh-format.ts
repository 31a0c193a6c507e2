import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { t } from '../i18n/t.ts';
import { damaged, KeyFormatError } from './format-error.ts';
import { algorithmOf, curveBy, type PrivateNumbers, readBlob, rsaSecret, writeBlob } from './public-numbers.ts';
import { padded, sshMpint, SshReader, sshString, sshUint32, withoutZeros } from './ssh-wire.ts';

const MAGIC = Buffer.from('openssh-key-v1\0', 'latin1');
/** The block size of the cipher `none`. The private section is padded to it. */
const BLOCK = 8;

/** Whether these bytes begin like OpenSSH's private key format. */
export function isOpenSsh(bytes: Buffer): boolean {
  return bytes.subarray(0, MAGIC.length).equals(MAGIC);
}

function readKey(reader: SshReader): PrivateNumbers {
  const algorithm = reader.name();
  switch (algorithm) {
    case 'ssh-rsa': {
      const [n, e, d] = [reader.positive(), reader.positive(), reader.positive()];
      const [qi, p, q] = [reader.positive(), reader.positive(), reader.positive()];
      return { parts: { keyType: 'rsa', n, e }, secret: rsaSecret(d, p, q, qi) };
    }
    case 'ssh-ed25519': {
      const point = reader.string();
      const both = reader.string();
      if (point.length !== 32 || both.length !== 64) throw damaged(t`an ed25519 key has 32 bytes`);
      // The format contains the public key three times: twice here, once outside.
      if (!both.subarray(32).equals(point)) throw mismatch();
      return { parts: { keyType: 'ed25519', point }, secret: { d: both.subarray(0, 32) } };
    }
    case 'ecdsa-sha2-nistp256':
    case 'ecdsa-sha2-nistp384':
    case 'ecdsa-sha2-nistp521': {
      const curve = curveBy('name', reader.name());
      if (curve === null) throw damaged(t`its curve is not that of its algorithm`);
      const point = reader.string();
      const scalar = reader.positive();
      if (scalar.length > curve.bytes) throw damaged(t`its private number is too long`);
      return { parts: { keyType: 'ecdsa', curve, point }, secret: { d: padded(scalar, curve.bytes) } };
    }
    case 'ssh-dss':
      throw new KeyFormatError('unsupported', t`dsa keys are not supported: openssh has dropped them`);
    case 'sk-ssh-ed25519@openssh.com':
    case 'sk-ecdsa-sha2-nistp256@openssh.com':
      throw new KeyFormatError('unsupported', t`the private key is inside a security token: there is only its handle`);
    default:
      throw new KeyFormatError('unsupported', t`the algorithm of the private key is not known`);
  }
}

/**
 * Parses the unencrypted part of OpenSSH's format with one key: its public key blob.
 *
 * @throws KeyFormatError `damaged` or `several`.
 */
export function readOutside(bytes: Buffer): { readonly encrypted: boolean; readonly blob: Buffer } {
  const reader = new SshReader(bytes);
  reader.take(MAGIC.length);
  const encrypted = reader.name() !== 'none';
  reader.name();
  reader.string();
  if (reader.uint32() !== 1) throw new KeyFormatError('several', t`there are several keys in one text`);
  const blob = reader.string();
  // Skip the private section. Some ciphers put a tag after it.
  reader.string();
  return { encrypted, blob };
}

/**
 * Parses OpenSSH's format (OpenSSH, PROTOCOL.key) with one unencrypted key, strictly: verifies the check numbers, the
 * padding, and that the public keys outside and inside are equal.
 *
 * @throws KeyFormatError `encrypted`, `several`, `damaged`, `mismatch` or `unsupported`.
 */
export function readOpenSsh(bytes: Buffer): PrivateNumbers & { readonly comment: string } {
  const outer = new SshReader(bytes);
  outer.take(MAGIC.length);
  const cipher = outer.name();
  const kdf = outer.name();
  const kdfOptions = outer.string();
  if (cipher !== 'none' || kdf !== 'none') {
    throw new KeyFormatError('encrypted', t`the private key is encrypted`);
  }
  if (kdfOptions.length > 0) throw damaged(t`it is half encrypted`);
  const count = outer.uint32();
  if (count > 1) throw new KeyFormatError('several', t`there are several keys in one text`);
  if (count < 1) throw damaged(t`there is no key in it`);
  const blob = outer.string();
  const section = outer.string();
  outer.end();
  readBlob(blob);

  if (section.length === 0 || section.length % BLOCK !== 0) throw damaged(t`its private section is cut off`);
  const inner = new SshReader(section);
  if (inner.uint32() !== inner.uint32()) throw damaged(t`its check numbers differ`);
  const key = readKey(inner);
  const comment = inner.string().toString('utf8');
  if (!inner.rest().every((byte, index) => byte === ((index + 1) & 0xff))) throw damaged(t`its padding is wrong`);
  if (!blob.equals(writeBlob(key.parts))) throw mismatch();
  return { ...key, comment };
}

function mismatch(): KeyFormatError {
  return new KeyFormatError('mismatch', t`the private key does not match the public key`);
}

/** The armoured text of these bytes, in ssh-keygen's form. */
export function opensshText(bytes: Buffer): string {
  const lines = bytes.toString('base64').replaceAll(/.{1,70}/g, '$&\n');
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines}-----END OPENSSH PRIVATE KEY-----\n`;
}

/** The fields of a private key in the private section: its algorithm and all its numbers. */
function privateFields({ parts, secret }: PrivateNumbers): readonly Buffer[] {
  switch (parts.keyType) {
    case 'rsa': {
      const { d, qi = d, p = d, q = d } = secret;
      return [sshString(algorithmOf(parts)), ...[parts.n, parts.e, d, qi, p, q].map(sshMpint)];
    }
    case 'ed25519':
      return [writeBlob(parts), sshString(Buffer.concat([secret.d, parts.point]))];
    case 'ecdsa':
      return [writeBlob(parts), sshMpint(withoutZeros(secret.d))];
  }
}

/**
 * The text of a key in OpenSSH's format, without a passphrase.
 *
 * The check numbers normally verify the passphrase. Without a passphrase they can be public, so we take them from the
 * public key and always get the same file.
 */
export function writeOpenSsh(numbers: PrivateNumbers, comment: string): string {
  const blob = writeBlob(numbers.parts);
  const check = createHash('sha256').update(blob).digest().subarray(0, 4);
  const fields = [check, check, ...privateFields(numbers), sshString(comment)];
  const length = fields.reduce((sum, field) => sum + field.length, 0);
  const padding = Buffer.from([1, 2, 3, 4, 5, 6, 7].slice(0, (BLOCK - (length % BLOCK)) % BLOCK));
  const section = Buffer.concat([...fields, padding]);
  const head = [sshString('none'), sshString('none'), sshString(''), sshUint32(1)];
  return opensshText(Buffer.concat([MAGIC, ...head, sshString(blob), sshString(section)]));
}
