import type { PublicKey } from '../keys/public-key.ts';
import { t } from '../i18n/t.ts';
import type { Session } from '../cli/session.ts';

/** Whether a key can be broken: RSA of less than 2048 bits (NIST SP 800-131A), and DSA, which OpenSSH 10 no longer has. */
export function isWeak({ keyType, bits }: Pick<PublicKey, 'keyType' | 'bits'>): boolean {
  return keyType === 'dsa' || (keyType === 'rsa' && bits < 2048);
}

/** Says on stderr that a key is weak, where it is. */
export function warnIfWeak(session: Session, key: Pick<PublicKey, 'keyType' | 'bits'>): void {
  if (!isWeak(key)) return;
  session.warn(
    key.keyType === 'dsa'
      ? t`this is a DSA key, which is weak: OpenSSH no longer takes it`
      : t`this RSA key has only ${key.bits} bits, which is weak`,
  );
}
