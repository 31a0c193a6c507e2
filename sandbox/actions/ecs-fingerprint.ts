import { createHash } from 'node:crypto';

import type { Behaviour } from '../behaviour.ts';
import type { RsaKey } from '../rsa.ts';

/**
 * KeyPairFingerPrint: hex octets with colons. An imported pair has no private half to hash, so its blob is.
 */
export function ecsFingerprint(
  key: Pick<RsaKey, 'blob'> & Partial<RsaKey>,
  how: Behaviour['fingerprint'],
): string {
  const bytes = how === 'sha1-pkcs8' ? (key.pkcs8 ?? key.blob) : key.blob;
  const hex = createHash(how === 'md5-blob' ? 'md5' : 'sha1')
    .update(bytes)
    .digest('hex');
  return hex.replace(/..(?!$)/g, '$&:');
}
