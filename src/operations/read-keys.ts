import { statSync } from 'node:fs';
import { KeypairError } from '../errors.ts';
import { t } from '../i18n/t.ts';
import { type FingerprintDialect, fingerprintDialects } from '../keys/fingerprint.ts';
import { KeyFormatError, type KeyFormatReason } from '../keys/format-error.ts';
import { inspectPrivateKey } from '../keys/ssh-reads.ts';
import { parsePrivateKey } from '../keys/private-key.ts';
import { type ListedKey, kindOf, listPublicKeys } from '../keys/public-key.ts';
import { Secret } from '../secret.ts';
import { shellWord } from '../sanitize.ts';
import { publicHalfHint } from '../storage/key-file.ts';

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
    const publicKey = closed ? (inspectPrivateKey(secret)?.publicKey ?? null) : null;
    if (publicKey !== null)
      return [{ publicKey, kind: kindOf(publicKey), certificate: false, dialects: fingerprintDialects(publicKey) }];
    // Of a text that is neither, what it is as a public key says more.
    const isPrivate =
      publicProblem.reason === 'private-key' || (error.reason !== 'not-a-private-key' && error.reason !== 'public-key');
    const { reason, message } = isPrivate ? error : publicProblem;
    throw new KeypairError('USAGE', t`${file} holds no key that can be read: ${message}`, {
      hints: keyFileHints(reason, file, platform),
      cause: error,
    });
  }
}

/** A key in a line of authorized_keys, for `grep -oE`. */
const KEY_PATTERN = "'(ssh|ecdsa|sk)-[^ ]+ AAAA[^ ]+'";

/** What to do about a key file that was refused for this reason, as commands that work as printed; none for stdin. */
export function keyFileHints(reason: KeyFormatReason, file: string, platform: string): readonly string[] {
  if (file === '-') return [];
  const word = shellWord(file);
  const windows = platform === 'win32';
  switch (reason) {
    case 'encrypted':
      return [publicHalfHint(file, windows ? null : (statSync(file, { throwIfNoEntry: false })?.mode ?? null))];
    case 'utf-16':
      return windows
        ? [t`save it again: Get-Content ${word} | Set-Content -Encoding ascii ${word}.txt`]
        : [t`save it again: iconv -f UTF-16 -t UTF-8 ${word} > ${word}.utf8`];
    case 'binary':
      return [
        t`a private key in der: openssl pkey -inform DER -in ${word} -out ${word}.pem`,
        t`a public key in der: openssl pkey -pubin -inform DER -in ${word} -out ${word}.pem`,
      ];
    case 'wrapped':
      return windows ? [] : [t`make it one line: tr -d '\\r\\n' < ${word} > ${word}.line`];
    case 'options':
    case 'several':
      return windows ? [] : [t`take the first key alone: grep -oE ${KEY_PATTERN} ${word} | head -n 1 > ${word}.key`];
    case 'certificate':
      return [t`give the public key that the certificate is for`];
    case 'putty':
      return [t`convert it: puttygen ${word} -O private-openssh -o ${word}.key`];
    default:
      return [];
  }
}
