import { Buffer } from 'node:buffer';
import { ECDH, type JsonWebKey } from 'node:crypto';
import { t } from '../i18n/t.ts';
import { damaged, KeyFormatError } from './format-error.ts';
import { bitLength, fromBigInt, sshMpint, SshReader, sshString, toBigInt } from './ssh-wire.ts';

/** A NIST curve that SSH supports (RFC 5656 §10.1). */
export interface Curve {
  /** SSH's name of the curve. */
  readonly name: string;
  /** OpenSSL's name of the curve. */
  readonly opensslName: string;
  /** The body of the object identifier, in hexadecimal (RFC 5480 §2.1.1.1). */
  readonly oid: string;
  readonly bits: number;
  /** The size of a coordinate and of a private scalar, in bytes. */
  readonly bytes: number;
}

const CURVES: readonly Curve[] = [
  { name: 'nistp256', opensslName: 'prime256v1', oid: '2a8648ce3d030107', bits: 256, bytes: 32 },
  { name: 'nistp384', opensslName: 'secp384r1', oid: '2b81040022', bits: 384, bytes: 48 },
  { name: 'nistp521', opensslName: 'secp521r1', oid: '2b81040023', bits: 521, bytes: 66 },
];

/** The curve with this name or object identifier, or null. */
export function curveBy(key: 'name' | 'oid', value: string): Curve | null {
  return CURVES.find((curve) => curve[key] === value) ?? null;
}

/**
 * Converts a point from any form of SEC 1 §2.3.3 to the uncompressed form, the only one that SSH accepts (RFC 5656
 * §3.1).
 *
 * @throws KeyFormatError `damaged` if the point is not on the curve.
 */
export function uncompressedPoint(curve: Curve, point: Buffer): Buffer {
  let converted: Buffer | string;
  try {
    converted = ECDH.convertKey(point, curve.opensslName, undefined, undefined, 'uncompressed');
  } catch {
    throw damaged(t`its public point does not lie on its curve`);
  }
  if (!Buffer.isBuffer(converted) || converted.length !== 1 + 2 * curve.bytes) {
    throw damaged(t`its public point is the point at infinity`);
  }
  return converted;
}

/** The numbers of a public key, each unsigned, big-endian and without leading zeros. Points are uncompressed. */
export type PublicParts =
  | RsaParts
  | EcdsaParts
  | Ed25519Parts
  | {
      readonly keyType: 'dsa';
      readonly p: Buffer;
      readonly q: Buffer;
      readonly g: Buffer;
      readonly y: Buffer;
    };

interface RsaParts {
  readonly keyType: 'rsa';
  readonly n: Buffer;
  readonly e: Buffer;
}

interface EcdsaParts {
  readonly keyType: 'ecdsa';
  readonly curve: Curve;
  readonly point: Buffer;
}

interface Ed25519Parts {
  readonly keyType: 'ed25519';
  readonly point: Buffer;
}

/** A private key: the public key from its container, and its secret numbers. Exists only during a call. */
export interface PrivateNumbers {
  readonly parts: RsaParts | EcdsaParts | Ed25519Parts;
  /**
   * Named as in JWK (RFC 7518 §6, RFC 8037 §2). RSA numbers as in {@link PublicParts}; `d` of other types in full size.
   */
  readonly secret: { readonly d: Buffer } & Readonly<Record<string, Buffer>>;
}

/**
 * The secret numbers of an RSA key from a format without the CRT exponents: computes them (RFC 8017 §3.2).
 *
 * @throws KeyFormatError `damaged`.
 */
export function rsaSecret(d: Buffer, p: Buffer, q: Buffer, qi: Buffer): PrivateNumbers['secret'] {
  const exponent = (prime: Buffer): Buffer => {
    const order = toBigInt(prime) - 1n;
    if (order < 2n) throw damaged(t`one of its primes is too small`);
    return fromBigInt(toBigInt(d) % order);
  };
  return { d, p, q, dp: exponent(p), dq: exponent(q), qi };
}

/** The JWK that node:crypto creates keys from. DSA has no JWK. */
export function jwkOf(parts: PrivateNumbers['parts'], secret?: PrivateNumbers['secret']): JsonWebKey {
  const encoded = (numbers: Readonly<Record<string, Buffer>>): JsonWebKey =>
    Object.fromEntries(Object.entries(numbers).map(([name, number]) => [name, number.toString('base64url')]));
  switch (parts.keyType) {
    case 'rsa':
      return { kty: 'RSA', ...encoded({ n: parts.n, e: parts.e, ...secret }) };
    case 'ed25519':
      return { kty: 'OKP', crv: 'Ed25519', ...encoded({ x: parts.point, ...secret }) };
    case 'ecdsa': {
      const { name, bytes } = parts.curve;
      const [x, y] = [parts.point.subarray(1, 1 + bytes), parts.point.subarray(1 + bytes)];
      return { kty: 'EC', crv: name.replace('nistp', 'P-'), ...encoded({ x, y, ...secret }) };
    }
  }
}

/** The content of a public key blob. */
interface BlobContent {
  /** The algorithm's name in the blob: `ssh-rsa`, `sk-ssh-ed25519@openssh.com`. */
  readonly algorithm: string;
  readonly parts: PublicParts;
}

/**
 * Checks the numbers of an RSA public key.
 *
 * OpenSSH accepts 1024 to 16384 bits (`SSH_RSA_MINIMUM_MODULUS_SIZE`, `SSHBUF_MAX_BIGNUM`). The limit on the exponent
 * is OpenSSL's for large keys (`OPENSSL_RSA_MAX_PUBEXP_BITS`): without it, a hostile key could keep the CPU busy.
 *
 * @throws KeyFormatError `unsupported`, or `damaged` if these are not the numbers of an RSA key.
 */
export function checkedRsa(n: Buffer, e: Buffer): RsaParts {
  const bits = bitLength(n);
  if (bits < 1024) {
    throw new KeyFormatError('unsupported', t`an rsa key of ${bits} bits is too short: openssh takes 1024 or more`);
  }
  if (bits > 16384) {
    throw new KeyFormatError('unsupported', t`an rsa key of ${bits} bits is too long: openssh takes at most 16384`);
  }
  if (bitLength(e) > 64) throw new KeyFormatError('unsupported', t`the public exponent is longer than 64 bits`);
  const odd = (number: Buffer): boolean => ((number.at(-1) ?? 0) & 1) === 1;
  if (!odd(n) || !odd(e) || bitLength(e) < 2) throw damaged(t`its modulus and exponent are not those of an rsa key`);
  return { keyType: 'rsa', n, e };
}

/** Checks the numbers of a DSA public key. DSA is only read: OpenSSH 10 has dropped the algorithm. */
export function checkedDsa(p: Buffer, q: Buffer, g: Buffer, y: Buffer): PublicParts {
  if (bitLength(p) > 16384) throw new KeyFormatError('unsupported', t`the dsa key is too long`);
  return { keyType: 'dsa', p, q, g, y };
}

/**
 * Checks an Ed25519 public key of 32 bytes (RFC 8709 §4).
 *
 * @throws KeyFormatError `damaged`.
 */
export function checkedEd25519(point: Buffer): Ed25519Parts {
  if (point.length !== 32) throw damaged(t`an ed25519 key has 32 bytes`);
  return { keyType: 'ed25519', point };
}

function readEcdsa(reader: SshReader, name: string): PublicParts {
  const curve = curveBy('name', name);
  if (curve === null || reader.name() !== name) throw damaged(t`its curve is not that of its algorithm`);
  const point = reader.string();
  if (point[0] !== 4) throw damaged(t`its public point is not in the uncompressed form`);
  return { keyType: 'ecdsa', curve, point: uncompressedPoint(curve, point) };
}

function readFields(algorithm: string, reader: SshReader): PublicParts {
  switch (algorithm) {
    case 'ssh-rsa': {
      const e = reader.positive();
      return checkedRsa(reader.positive(), e);
    }
    case 'ssh-ed25519':
      return checkedEd25519(reader.string());
    case 'ecdsa-sha2-nistp256':
    case 'ecdsa-sha2-nistp384':
    case 'ecdsa-sha2-nistp521':
      return readEcdsa(reader, algorithm.slice('ecdsa-sha2-'.length));
    case 'ssh-dss':
      return checkedDsa(reader.positive(), reader.positive(), reader.positive(), reader.positive());
    // Keys on security tokens (OpenSSH, PROTOCOL.u2f): the same numbers, then the application.
    case 'sk-ssh-ed25519@openssh.com': {
      const parts = checkedEd25519(reader.string());
      reader.string();
      return parts;
    }
    case 'sk-ecdsa-sha2-nistp256@openssh.com': {
      const parts = readEcdsa(reader, 'nistp256');
      reader.string();
      return parts;
    }
    default:
      if (algorithm.endsWith('-cert-v01@openssh.com')) {
        throw new KeyFormatError('certificate', t`this is a certificate, not a public key`);
      }
      throw new KeyFormatError('unsupported', t`the algorithm of the public key is not known`);
  }
}

/**
 * Parses a public key blob strictly (RFC 4253 §6.6, RFC 5656 §3.1, RFC 8709 §4): every number must be minimal and
 * positive, every point on its curve, and nothing may follow the end.
 *
 * @throws KeyFormatError `damaged` or `unsupported`.
 */
export function readBlob(blob: Buffer): BlobContent {
  const reader = new SshReader(blob);
  const algorithm = reader.name();
  const parts = readFields(algorithm, reader);
  reader.end();
  return { algorithm, parts };
}

/**
 * The public key blob in a certificate (OpenSSH, PROTOCOL.certkeys), or null if the blob is not a certificate. The
 * signature is not verified.
 *
 * @throws KeyFormatError `damaged` or `unsupported`.
 */
export function certifiedBlob(certificate: Buffer): Buffer | null {
  const reader = new SshReader(certificate);
  const [, kind, owner = ''] = /^(.+)-cert-v01(@openssh\.com)$/.exec(reader.name()) ?? [];
  if (kind === undefined) return null;
  const algorithm = kind.startsWith('sk-') ? `${kind}${owner}` : kind;
  // The nonce.
  reader.string();
  const fields = reader.rest();
  const after = new SshReader(fields);
  readFields(algorithm, after);
  const length = fields.length - after.rest().length;
  return Buffer.concat([sshString(algorithm), fields.subarray(0, length)]);
}

/** SSH's algorithm name for a key of this type. */
export function algorithmOf(parts: PublicParts): string {
  switch (parts.keyType) {
    case 'rsa':
      return 'ssh-rsa';
    case 'ed25519':
      return 'ssh-ed25519';
    case 'ecdsa':
      return `ecdsa-sha2-${parts.curve.name}`;
    case 'dsa':
      return 'ssh-dss';
  }
}

/** The public key blob of these numbers. SSH sends it, and fingerprints hash it. */
export function writeBlob(parts: PublicParts): Buffer {
  const name = sshString(algorithmOf(parts));
  switch (parts.keyType) {
    case 'rsa':
      return Buffer.concat([name, sshMpint(parts.e), sshMpint(parts.n)]);
    case 'ed25519':
      return Buffer.concat([name, sshString(parts.point)]);
    case 'ecdsa':
      return Buffer.concat([name, sshString(parts.curve.name), sshString(parts.point)]);
    case 'dsa':
      return Buffer.concat([name, ...[parts.p, parts.q, parts.g, parts.y].map(sshMpint)]);
  }
}

/** The size of a key as `ssh-keygen -l` prints it: the modulus of RSA and DSA, the curve of the others. */
export function bitsOf(parts: PublicParts): number {
  switch (parts.keyType) {
    case 'rsa':
      return bitLength(parts.n);
    case 'ed25519':
      return 256;
    case 'ecdsa':
      return parts.curve.bits;
    case 'dsa':
      return bitLength(parts.p);
  }
}
