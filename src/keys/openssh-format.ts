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

/** OpenSSH's format, before anything is decrypted. */
interface Envelope {
  readonly cipher: string;
  readonly kdf: string;
  readonly kdfOptions: Buffer;
  readonly blob: Buffer;
  /** The private section, encrypted with the cipher. */
  readonly section: Buffer;
  /** What some ciphers put after it: the tag that authenticates it. */
  readonly tag: Buffer;
}

/** The fields before the private section. */
function readHead(reader: SshReader): Omit<Envelope, 'section' | 'tag'> {
  reader.take(MAGIC.length);
  const [cipher, kdf, kdfOptions] = [reader.name(), reader.name(), reader.string()];
  const count = reader.uint32();
  if (count > 1) throw new KeyFormatError('several-private-keys', t`there are several keys in one text`);
  if (count < 1) throw damaged(t`there is no key in it`);
  return { cipher, kdf, kdfOptions, blob: reader.string() };
}

/** The names of OpenSSH's ciphers (OpenSSH, cipher.c; `ssh -Q cipher`). */
const CIPHER =
  /^(none|3des-cbc|aes(128|192|256)-(cbc|ctr)|aes(128|256)-gcm@openssh\.com|chacha20-poly1305@openssh\.com)$/;

/**
 * Parses the unencrypted part of OpenSSH's format with one key: its public key blob. Like ssh, it asks for a passphrase
 * before it looks at the private section (OpenSSH, sshkey.c `private2_decrypt`).
 *
 * @throws KeyFormatError `damaged` or `several`.
 */
export function readOutside(bytes: Buffer): { readonly encrypted: boolean; readonly blob: Buffer } {
  const reader = new SshReader(bytes);
  const { cipher, kdf, blob } = readHead(reader);
  reader.uint32();
  if (!CIPHER.test(cipher) || !/^(none|bcrypt)$/.test(kdf)) throw damaged(t`its cipher is not known to ssh`);
  if (kdf === 'none' && cipher !== 'none') throw damaged(t`it is half encrypted`);
  return { encrypted: kdf !== 'none', blob };
}

/**
 * Splits OpenSSH's format (OpenSSH, PROTOCOL.key) with one key, without looking into its private section.
 *
 * @throws KeyFormatError `damaged` or `several`.
 */
export function readEnvelope(bytes: Buffer): Envelope {
  const reader = new SshReader(bytes);
  const head = readHead(reader);
  return { ...head, section: reader.string(), tag: reader.rest() };
}

/**
 * Parses OpenSSH's format with one unencrypted key, strictly, as {@link readSection} does.
 *
 * @throws KeyFormatError `encrypted`, `several`, `damaged`, `mismatch` or `unsupported`.
 */
export function readOpenSsh(bytes: Buffer): PrivateNumbers & { readonly comment: string } {
  if (readOutside(bytes).encrypted) throw new KeyFormatError('encrypted', t`the private key is encrypted`);
  const { kdfOptions, blob, section, tag } = readEnvelope(bytes);
  if (kdfOptions.length > 0) throw damaged(t`it is half encrypted`);
  if (tag.length > 0) throw damaged(t`there is data after its end`);
  if (section.length === 0 || section.length % BLOCK !== 0) throw damaged(t`its private section is cut off`);
  if (!checkNumbersAgree(section)) throw damaged(t`its check numbers differ`);
  return readSection(blob, section);
}

/** Whether the two check numbers of a decrypted private section are equal: those of a wrong passphrase are not. */
export function checkNumbersAgree(section: Buffer): boolean {
  const reader = new SshReader(section);
  return reader.uint32() === reader.uint32();
}

/**
 * Parses a decrypted private section: verifies the padding, and that the public keys outside and inside are equal.
 *
 * @throws KeyFormatError `damaged`, `mismatch` or `unsupported`.
 */
export function readSection(blob: Buffer, section: Buffer): PrivateNumbers & { readonly comment: string } {
  readBlob(blob);
  const inner = new SshReader(section);
  inner.take(8);
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
 * A private section: the key with its comment, padded.
 *
 * @param check the check number, four bytes.
 * @param blockSize of the cipher, in bytes.
 */
export function writeSection(numbers: PrivateNumbers, comment: string, check: Buffer, blockSize: number): Buffer {
  const fields = Buffer.concat([check, check, ...privateFields(numbers), sshString(comment)]);
  const padding = (blockSize - (fields.length % blockSize)) % blockSize;
  return Buffer.concat([fields, Buffer.from(Array.from({ length: padding }, (_, index) => index + 1))]);
}

/** The text of OpenSSH's format with this private section, for ciphers without a tag. */
export function writeEnvelope({ cipher, kdf, kdfOptions, blob, section }: Omit<Envelope, 'tag'>): string {
  const head = [sshString(cipher), sshString(kdf), sshString(kdfOptions), sshUint32(1)];
  return opensshText(Buffer.concat([MAGIC, ...head, sshString(blob), sshString(section)]));
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
  const section = writeSection(numbers, comment, check, BLOCK);
  return writeEnvelope({ cipher: 'none', kdf: 'none', kdfOptions: Buffer.alloc(0), blob, section });
}
