import { Buffer } from 'node:buffer';
import { createPublicKey, type KeyObject } from 'node:crypto';

import { curveByName } from './curves.ts';
import { readPublicDer } from './public-der.ts';
import type { PublicParts } from './public-parts.ts';

/**
 * The numbers of the public half of a private key that Node has read: RSA of any number of primes, ECDSA with its
 * curve by name or written out, DSA.
 *
 * @returns null for what SSH has no algorithm for, and for Ed25519, which OpenSSH reads from no PEM before 9.6.
 * @throws KeyFormatError `unsupported` for sizes that SSH does not take; what node:crypto throws.
 */
export function publicPartsOf(key: KeyObject): PublicParts | null {
  const publicHalf = createPublicKey(key);
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
