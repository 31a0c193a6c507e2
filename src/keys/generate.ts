import { Buffer } from 'node:buffer';
import { generateKeyPair as generate, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';

import { Secret } from '../secret.ts';
import { writeOpenSsh } from './openssh-format.ts';
import { parsePrivateKey, type PrivateKey } from './private-key.ts';
import { formatPublicKey, parsePublicKey, publicKeyOf } from './public-key.ts';

/** The key types that this program can generate, as `create --type` names them. */
export const KEY_TYPES = [
  'rsa-4096',
  'rsa-3072',
  'rsa-2048',
  'ed25519',
  'ecdsa-256',
  'ecdsa-384',
  'ecdsa-521',
] as const;

/** One of {@link KEY_TYPES}. */
export type KeyType = (typeof KEY_TYPES)[number];

const generateAsync = promisify(generate);

/** Generates a private key. A long RSA key takes seconds, on another thread. */
async function freshKey(type: KeyType): Promise<KeyObject> {
  switch (type) {
    case 'rsa-4096':
    case 'rsa-3072':
    case 'rsa-2048': {
      const modulusLength = Number(type.slice('rsa-'.length));
      return (await generateAsync('rsa', { modulusLength, publicExponent: 65537 })).privateKey;
    }
    case 'ed25519':
      return (await generateAsync('ed25519')).privateKey;
    case 'ecdsa-256':
    case 'ecdsa-384':
    case 'ecdsa-521': {
      const namedCurve = `P-${type.slice('ecdsa-'.length)}`;
      return (await generateAsync('ec', { namedCurve })).privateKey;
    }
  }
}

/**
 * The text of a key file, in the format that the oldest OpenSSH can read: PKCS#1 and SEC1, its own formats before 7.8
 * (2018). Ed25519 has only the format of 6.5 (2014).
 */
function fileText(key: KeyObject, comment: string): string {
  switch (key.asymmetricKeyType) {
    case 'rsa':
      return key.export({ type: 'pkcs1', format: 'pem' }).toString();
    case 'ec':
      return key.export({ type: 'sec1', format: 'pem' }).toString();
    default: {
      const { x = '', d = '' } = key.export({ format: 'jwk' });
      const [point, seed] = [x, d].map((number) => Buffer.from(number, 'base64url')) as [Buffer, Buffer];
      // Clean the comment as in a public key: other programs print it.
      const clean = publicKeyOf({ keyType: 'ed25519', point }, comment).comment;
      return writeOpenSsh({ parts: { keyType: 'ed25519', point }, secret: { d: seed } }, clean);
    }
  }
}

/**
 * Generates a key pair from Node's random source. Verifies it like a key from a cloud: the private key signs, and the
 * public key verifies the signature.
 *
 * @param comment for the public key line, and for the key file if its format has a comment (Ed25519). Unprintable
 * characters are dropped.
 */
export async function generateKeyPair(type: KeyType, comment: string): Promise<PrivateKey> {
  const text = new Secret(fileText(await freshKey(type), comment));
  const key = parsePrivateKey(text);
  return { publicKey: parsePublicKey(formatPublicKey(key.publicKey, comment)), text: key.text };
}
