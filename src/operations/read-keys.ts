import { Secret } from '../secret.ts';
import { KeypairError } from '../errors.ts';
import { type FingerprintDialect, fingerprintDialects } from '../keys/fingerprint.ts';
import { KeyFormatError } from '../keys/format-error.ts';
import { glanceAtPrivateKey } from '../keys/private-glance.ts';
import { parsePrivateKey } from '../keys/private-key.ts';
import { kindOf, type ListedKey, listPublicKeys } from '../keys/public-key.ts';
import { t, translated } from '../i18n/t.ts';
import { keyFileHints } from './key-file-hints.ts';

/** A key of a file, and all its fingerprints. */
export interface Key extends ListedKey {
  readonly dialects: readonly FingerprintDialect[];
}

/**
 * The keys of a file: public ones, one a line as ssh-keygen finds them, or the one private key.
 *
 * @param file what it is called.
 * @throws KeypairError `USAGE` that says what it is instead, and what to do.
 */
export function readKeys(file: string, text: string, platform: string): readonly Key[] {
  let publicProblem: KeyFormatError;
  try {
    return listPublicKeys(text).map((key) => ({ ...key, dialects: fingerprintDialects(key.publicKey) }));
  } catch (error) {
    if (!(error instanceof KeyFormatError)) throw error;
    publicProblem = error;
  }
  const secret = new Secret(text);
  try {
    const privateKey = parsePrivateKey(secret);
    const { publicKey } = privateKey;
    const dialects = fingerprintDialects(publicKey, privateKey);
    return [{ publicKey, kind: kindOf(publicKey), certificate: false, dialects }];
  } catch (error) {
    if (!(error instanceof KeyFormatError)) throw error;
    // OpenSSH's own container tells its public half without the passphrase, and of any kind of key.
    const closed = error.reason === 'encrypted' || error.reason === 'unsupported';
    const publicKey = closed ? (glanceAtPrivateKey(secret)?.publicKey ?? null) : null;
    if (publicKey !== null)
      return [
        { publicKey, kind: kindOf(publicKey), certificate: false, dialects: fingerprintDialects(publicKey) },
      ];
    // Of a text that is neither, what it is as a public key says more.
    const isPrivate =
      publicProblem.reason === 'private-key' ||
      (error.reason !== 'not-a-private-key' && error.reason !== 'public-key');
    const { reason, message } = isPrivate ? error : publicProblem;
    throw new KeypairError('USAGE', t`${file} holds no key that can be read: ${translated(message)}`, {
      hints: keyFileHints(reason, file, platform),
      cause: error,
    });
  }
}
