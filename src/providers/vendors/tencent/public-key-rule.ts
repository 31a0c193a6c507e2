import type { PublicKeyRule } from '../../types.ts';

/** Tencent Cloud imports `OpenSSH RSA` (ImportKeyPair of CVM and Lighthouse); no document gives a size. */
export const publicKeyRule: PublicKeyRule = {
  sentence: 'RSA keys only',
  accepts: (keyType) => keyType === 'rsa',
};
