import { createHash, generateKeyPair, randomBytes } from 'node:crypto';

/** A parsed OpenSSH public key line. */
export interface PublicLine {
  readonly type: string;
  readonly blob: Buffer;
}

/** The number of fields after the type in a blob. RFC 4253 section 6.6 (RSA: e, n; DSS: p, q, g, y), RFC 5656 section 3.1. */
const FIELDS: Readonly<Record<string, number>> = {
  'ssh-rsa': 2,
  'ssh-dss': 4,
  'ecdsa-sha2-nistp256': 2,
  'ecdsa-sha2-nistp384': 2,
  'ecdsa-sha2-nistp521': 2,
};

/** The fields of the types that no service documents (RFC 8709 section 4). */
const UNDOCUMENTED: Readonly<Record<string, number>> = { 'ssh-ed25519': 1 };

/**
 * Reads `type base64 [comment]`.
 *
 * @param types whether types count that no service documents, such as Ed25519.
 * @returns null for more than one line, an unsupported type, or a blob that does not match its type.
 */
export function parsePublicLine(text: string, types: 'documented' | 'any'): PublicLine | null {
  const match = /^(\S+) ([A-Za-z0-9+/]+={0,2})(?: [^\r\n]*)?$/.exec(text.trim());
  const type = match?.[1] ?? '';
  const base64 = match?.[2] ?? '';
  const known = types === 'any' ? { ...FIELDS, ...UNDOCUMENTED } : FIELDS;
  const fields = Object.hasOwn(known, type) ? known[type] : undefined;
  const blob = Buffer.from(base64, 'base64');
  if (fields === undefined || blob.toString('base64') !== base64) return null;
  const parts = split(blob);
  if (parts?.length !== fields + 1 || parts.some((part) => part.length === 0)) return null;
  return parts[0]?.toString() === type ? { type, blob } : null;
}

/** Splits bytes into RFC 4251 `string`s; null when they do not fit exactly. */
function split(bytes: Buffer): Buffer[] | null {
  const parts: Buffer[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (at + 4 > bytes.length) return null;
    const end = at + 4 + bytes.readUInt32BE(at);
    if (end > bytes.length) return null;
    parts.push(bytes.subarray(at + 4, end));
    at = end;
  }
  return parts;
}

/** An RSA key in the formats that the services use. */
export interface RsaKey {
  /** DER, RFC 8017 RSAPrivateKey. */
  readonly pkcs1: Buffer;
  /** DER, RFC 5208 PrivateKeyInfo. */
  readonly pkcs8: Buffer;
  /** RFC 4253 section 6.6: the bytes of an `ssh-rsa` line, before base64. */
  readonly blob: Buffer;
}

/** Generates an RSA key off the main thread; e = 65537. */
export function makeRsaKey(bits: number): Promise<RsaKey> {
  return new Promise((resolve, reject) => {
    generateKeyPair('rsa', { modulusLength: bits }, (error, publicKey, privateKey) => {
      if (error !== null) {
        reject(error);
        return;
      }
      const { n = '', e = '' } = publicKey.export({ format: 'jwk' });
      resolve({
        pkcs1: privateKey.export({ format: 'der', type: 'pkcs1' }),
        pkcs8: privateKey.export({ format: 'der', type: 'pkcs8' }),
        blob: blobOf(Buffer.from(e, 'base64url'), Buffer.from(n, 'base64url')),
      });
    });
  });
}

/** A well-formed blob of 2048 random bits. It has no private key. */
export function fakeBlob(): Buffer {
  const modulus = randomBytes(256);
  modulus[0] = (modulus[0] ?? 0) | 0x80;
  modulus[255] = (modulus[255] ?? 0) | 1;
  return blobOf(Buffer.of(1, 0, 1), modulus);
}

function blobOf(exponent: Buffer, modulus: Buffer): Buffer {
  return Buffer.concat([field(Buffer.from('ssh-rsa')), field(mpint(exponent)), field(mpint(modulus))]);
}

/** RFC 4251 section 5 `string`: 4 bytes of length, then the bytes. */
function field(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** RFC 4251 section 5 `mpint` of a positive number: a leading zero byte where the first bit is set. */
function mpint(bytes: Buffer): Buffer {
  return (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes;
}

/**
 * The format of a private key: PKCS#1 or PKCS#8, as `pem` (lines of 64 columns) or `bare` base64 (one line without a
 * line end). `-crlf` ends lines with CR LF and breaks bare base64 at 64 columns. `-no-newline` omits the last line end.
 */
export type KeyShape = `${'pem' | 'bare'}-${'pkcs1' | 'pkcs8'}${'' | '-crlf'}${'' | '-no-newline'}`;

/** Formats a private key. */
export function formatPrivateKey(key: RsaKey, shape: KeyShape): string {
  const pkcs1 = shape.includes('pkcs1');
  const base64 = (pkcs1 ? key.pkcs1 : key.pkcs8).toString('base64');
  const crlf = shape.includes('-crlf');
  const pem = shape.startsWith('pem');
  if (!pem && !crlf) return base64;
  const lines = base64.match(/.{1,64}/g) ?? [];
  const label = pkcs1 ? 'RSA PRIVATE KEY' : 'PRIVATE KEY';
  const all = pem ? [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`] : lines;
  const end = crlf ? '\r\n' : '\n';
  return all.join(end) + (shape.endsWith('-no-newline') ? '' : end);
}

/** The hash of KeyPairFingerPrint and its input: the public key's blob, or the private key as PKCS#8. */
export type FingerprintKind = 'sha1-blob' | 'md5-blob' | 'sha1-pkcs8';

/** KeyPairFingerPrint: hex octets with colons. For an imported pair it hashes the blob, as there is no private key. */
export function ecsFingerprint(key: Pick<RsaKey, 'blob'> & Partial<RsaKey>, how: FingerprintKind): string {
  const bytes = how === 'sha1-pkcs8' ? (key.pkcs8 ?? key.blob) : key.blob;
  const hex = createHash(how === 'md5-blob' ? 'md5' : 'sha1')
    .update(bytes)
    .digest('hex');
  return hex.replace(/..(?!$)/g, '$&:');
}
