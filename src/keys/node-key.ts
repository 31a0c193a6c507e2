import { Buffer } from 'node:buffer';
import { createPublicKey, type KeyObject } from 'node:crypto';

import { curveByName, type PublicParts } from './public-numbers.ts';
import { KeyFormatError } from './format-error.ts';
import { readPublicDer } from './public-der.ts';

/**
 * Reads a public key in DER as {@link readPublicDer} does, and one whose curve is written out: SSH may have that curve.
 *
 * @throws KeyFormatError as {@link readPublicDer}.
 */
export function readPublicBytes(bytes: Buffer): PublicParts {
  return orByNode(
    () => readPublicDer(bytes),
    () => partsByNode(bytes),
  );
}

/**
 * What this program reads, or what Node reads in its place where that is `unsupported` here.
 *
 * @param byNode returns null for what OpenSSH does not take.
 * @throws KeyFormatError of `read`.
 */
export function orByNode<T>(read: () => T, byNode: () => T | null): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof KeyFormatError) || error.reason !== 'unsupported') throw error;
    const found = byNode();
    if (found === null) throw error;
    return found;
  }
}

function partsByNode(key: Buffer): PublicParts | null {
  try {
    return publicPartsOf(createPublicKey({ key, format: 'der', type: 'spki' }));
  } catch {
    return null;
  }
}

/**
 * The numbers of the public half of a key that Node has read: RSA of any number of primes, ECDSA with its
 * curve by name or written out, DSA.
 *
 * @returns null for what SSH has no algorithm for, and for Ed25519, which OpenSSH reads from no PEM before 9.6.
 * @throws KeyFormatError `unsupported` for sizes that SSH does not take; what node:crypto throws.
 */
export function publicPartsOf(key: KeyObject): PublicParts | null {
  const publicHalf = key.type === 'public' ? key : createPublicKey(key);
  switch (key.asymmetricKeyType) {
    case 'rsa':
    case 'dsa':
      return readPublicDer(publicHalf.export({ format: 'der', type: 'spki' }));
    case 'ec': {
      const { crv = '', x = '', y = '' } = publicHalf.export({ format: 'jwk' });
      const curve = curveByName(crv.replace(/^P-/, 'nistp'));
      if (curve === null) return null;
      const coordinates = [x, y].map((number) => Buffer.from(number, 'base64url'));
      return { keyType: 'ecdsa', curve, point: Buffer.concat([Buffer.from([4]), ...coordinates]) };
    }
    default:
      return null;
  }
}
