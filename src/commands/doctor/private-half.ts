import { fingerprintDialects, matchFingerprint } from '../../keys/fingerprint.ts';
import type { LocalKey, LocalKeys } from '../../storage/key-directory.ts';
import type { KeyPair } from '../../providers/types.ts';
import { readPublicKey } from '../../operations/key-pair-record.ts';

/**
 * The key of this machine that a pair's private half is in: by the public key; where the service tells none, by the
 * fingerprint that it tells.
 */
export function privateHalfOf(pair: KeyPair, local: LocalKeys): LocalKey | null {
  const publicKey = readPublicKey(pair.publicKey);
  if (publicKey !== null) {
    const found = local.find(publicKey);
    return found?.privateKeyFile == null ? null : found;
  }
  const { fingerprint } = pair;
  if (fingerprint === null) return null;
  const fits = (key: LocalKey): boolean =>
    key.privateKeyFile !== null &&
    key.publicKey !== null &&
    matchFingerprint(fingerprint, fingerprintDialects(key.publicKey)) !== null;
  return local.keys.find(fits) ?? null;
}
