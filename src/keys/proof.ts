import { createPrivateKey, createPublicKey, type KeyObject, randomBytes, sign, verify } from 'node:crypto';
import { t } from '../i18n/t.ts';

import { KeyFormatError } from './format-error.ts';
import { toBigInt } from './ssh-wire.ts';
import { writePkcs8 } from './private-der.ts';
import type { PrivateParts, RsaParts } from './private-parts.ts';
import { writeSpki } from './public-der.ts';

/** The relations between the eight numbers of RFC 8017 §3.2. */
function rsaHolds(parts: RsaParts): boolean {
  const [n, e, d] = [toBigInt(parts.n), toBigInt(parts.e), toBigInt(parts.d)];
  const [p, q] = [toBigInt(parts.p), toBigInt(parts.q)];
  const [dp, dq, qi] = [toBigInt(parts.dp), toBigInt(parts.dq), toBigInt(parts.qi)];
  return (
    p > 1n &&
    q > 1n &&
    p * q === n &&
    d < n &&
    (d * e) % (p - 1n) === 1n &&
    (d * e) % (q - 1n) === 1n &&
    dp === d % (p - 1n) &&
    dq === d % (q - 1n) &&
    qi < p &&
    (qi * q) % p === 1n
  );
}

/** Whether what the private half signs, the public half accepts. */
function signs(keyType: string, privateKey: KeyObject, publicKey: KeyObject): boolean {
  const data = randomBytes(32);
  const hash = keyType === 'ed25519' ? null : 'sha256';
  return verify(hash, data, publicKey, sign(hash, data, privateKey));
}

/**
 * Checks that a key that only Node has read signs.
 *
 * @throws KeyFormatError `mismatch`.
 */
export function proveKey(key: KeyObject): void {
  try {
    if (signs(key.asymmetricKeyType ?? '', key, createPublicKey(key))) return;
  } catch {
    // Node reads keys that it cannot sign with.
  }
  throw mismatch();
}

function mismatch(): KeyFormatError {
  return new KeyFormatError('mismatch', t`the private half does not fit the public half`);
}

/**
 * Checks that the private half fits the public half.
 *
 * Both ways are needed. OpenSSL does not look at an RSA key's numbers when it reads them, and repairs a signature made
 * with wrong ones by a slower way: a key with a damaged `dp` would seem sound here and fail elsewhere. The arithmetic,
 * in turn, does not see whether the two factors are primes.
 *
 * @throws KeyFormatError `mismatch`.
 */
export function provePair(parts: PrivateParts): void {
  let fits: boolean;
  try {
    const privateKey = createPrivateKey({ key: writePkcs8(parts), format: 'der', type: 'pkcs8' });
    const publicKey = createPublicKey({ key: writeSpki(parts), format: 'der', type: 'spki' });
    fits = (parts.keyType !== 'rsa' || rsaHolds(parts)) && signs(parts.keyType, privateKey, publicKey);
  } catch {
    fits = false;
  }
  if (!fits) throw mismatch();
}
