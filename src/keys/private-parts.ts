import type { Buffer } from 'node:buffer';

import type { Curve } from './public-numbers.ts';

// These objects hold secrets in the clear. They live within this room, for the length of one call.

/** A private RSA key with the names of RFC 8017 §3.2 (`qi` is qInv); each unsigned, big-endian, without leading zeros. */
export interface RsaParts {
  readonly keyType: 'rsa';
  readonly n: Buffer;
  readonly e: Buffer;
  readonly d: Buffer;
  readonly p: Buffer;
  readonly q: Buffer;
  readonly dp: Buffer;
  readonly dq: Buffer;
  readonly qi: Buffer;
}

/** A private ECDSA key: an uncompressed point, and a scalar of the curve's full size. */
export interface EcdsaParts {
  readonly keyType: 'ecdsa';
  readonly curve: Curve;
  readonly point: Buffer;
  readonly scalar: Buffer;
}

/** A private Ed25519 key: 32 bytes each (RFC 8032 §5.1.5). */
export interface Ed25519Parts {
  readonly keyType: 'ed25519';
  readonly point: Buffer;
  readonly seed: Buffer;
}

/** The numbers of a private key, and those of its public half as its container tells them. */
export type PrivateParts = RsaParts | EcdsaParts | Ed25519Parts;
