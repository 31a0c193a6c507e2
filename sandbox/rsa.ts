import { generateKeyPair, randomBytes } from 'node:crypto';

/** A fresh RSA key in the forms that the services use. */
export interface RsaKey {
  /** DER, RFC 8017 RSAPrivateKey. */
  readonly pkcs1: Buffer;
  /** DER, RFC 5208 PrivateKeyInfo. */
  readonly pkcs8: Buffer;
  /** RFC 4253 section 6.6: the bytes whose base64 stands in an `ssh-rsa` line. */
  readonly blob: Buffer;
}

/** Makes an RSA key off the main thread; e = 65537. */
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

/** The blob of a key of 2048 bits that is well formed and was made of nothing: nobody has its private half. */
export function fakeBlob(): Buffer {
  const modulus = randomBytes(256);
  modulus[0] = (modulus[0] ?? 0) | 0x80;
  modulus[255] = (modulus[255] ?? 0) | 1;
  return blobOf(Buffer.of(1, 0, 1), modulus);
}

function blobOf(exponent: Buffer, modulus: Buffer): Buffer {
  return Buffer.concat([field(Buffer.from('ssh-rsa')), field(mpint(exponent)), field(mpint(modulus))]);
}

/** RFC 4251 section 5 `string`: a length of 4 bytes, then the bytes. */
function field(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** RFC 4251 section 5 `mpint` of a positive number: a zero byte keeps the first bit clear. */
function mpint(bytes: Buffer): Buffer {
  return (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes;
}
