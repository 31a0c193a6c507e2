import { lstatSync, statSync } from 'node:fs';
import path from 'node:path';
import { KeypairError } from '../errors.ts';
import { t, withLabel } from '../i18n/t.ts';
import {
  type FingerprintDialect,
  fingerprintDialects,
  type Fingerprints,
  fingerprintsOf,
} from '../keys/fingerprint.ts';
import { KeyFormatError, type KeyFormatReason } from '../keys/format-error.ts';
import { inspectPrivateKey } from '../keys/ssh-reads.ts';
import { parsePrivateKey } from '../keys/private-key.ts';
import {
  formatPublicKey,
  type ListedKey,
  kindOf,
  listPublicKeys,
  parsePublicKey,
  type PublicKey,
  samePublicKey,
} from '../keys/public-key.ts';
import { Secret } from '../secret.ts';
import { printable, shellWord } from '../sanitize.ts';
import { readSmallFile } from '../storage/key-directory.ts';
import { publicHalfHint } from '../storage/key-file.ts';
import { readPublicKey } from './key-pair-record.ts';

/** A key in a file, with all its fingerprints. */
export interface Key extends ListedKey {
  readonly dialects: readonly FingerprintDialect[];
}

/**
 * The keys in a file: public keys, one per line as ssh-keygen finds them, or one private key.
 *
 * @param file its name, for messages.
 * @throws KeypairError `USAGE` that says what the file is instead, and what to do.
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
    // OpenSSH's own format reveals the public key without the passphrase, for every key type.
    const closed = error.reason === 'encrypted' || error.reason === 'unsupported';
    const publicKey = closed ? (inspectPrivateKey(secret)?.publicKey ?? null) : null;
    if (publicKey !== null)
      return [{ publicKey, kind: kindOf(publicKey), certificate: false, dialects: fingerprintDialects(publicKey) }];
    // If the text is neither, the public key parser's error is more helpful.
    const isPrivate =
      publicProblem.reason === 'private-key' || (error.reason !== 'not-a-private-key' && error.reason !== 'public-key');
    const { reason, message } = isPrivate ? error : publicProblem;
    throw new KeypairError('USAGE', t`${file} holds no key that can be read: ${message}`, {
      hints: keyFileHints(reason, file, platform),
      cause: error,
    });
  }
}

/** A pattern for `grep -oE` that matches a key in a line of authorized_keys. */
const KEY_PATTERN = "'(ssh|ecdsa|sk)-[^ ]+ AAAA[^ ]+'";

/** Hints for a key file refused for this reason, with commands that work as printed. None for stdin. */
export function keyFileHints(reason: KeyFormatReason, file: string, platform: string): readonly string[] {
  if (file === '-') return [];
  const word = shellWord(file);
  const free = (extension: string): string => shellWord(freeName(file + extension));
  const windows = platform === 'win32';
  switch (reason) {
    case 'encrypted':
      return [publicHalfHint(file, windows ? null : (statSync(file, { throwIfNoEntry: false })?.mode ?? null))];
    case 'utf-16':
      return windows
        ? [t`save it again: Get-Content ${word} | Set-Content -Encoding ascii ${free('.txt')}`]
        : [t`save it again: iconv -f UTF-16 -t UTF-8 ${word} > ${free('.utf8')}`];
    case 'binary':
      return [t`a private key in der: openssl pkey -inform DER -in ${word} -out ${free('.pem')}`];
    case 'wrapped':
      return windows ? [] : [t`make it one line: tr -d '\\r\\n' < ${word} > ${free('.line')}`];
    case 'options':
    case 'several':
      return windows
        ? []
        : [t`take the first key alone: grep -oE ${KEY_PATTERN} ${word} | head -n 1 > ${free('.key')}`];
    case 'certificate':
      return [t`give the public key that the certificate is for`];
    case 'putty':
      return [t`convert it: puttygen ${word} -O private-openssh-new -o ${free('.key')}`];
    default:
      return [];
  }
}

/** A name for a new file that a hint's command writes: this one, or with a number if it is taken. */
export function freeName(file: string): string {
  const { length } = path.extname(file);
  const [stem, extension] = [file.slice(0, file.length - length), file.slice(file.length - length)];
  let free = file;
  for (let nth = 2; isThere(free); nth += 1) free = `${stem}-${nth}${extension}`;
  return free;
}

/** Whether there is something of this name, as far as can be seen. */
function isThere(file: string): boolean {
  try {
    return lstatSync(file, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}

/** The key with a comment: its own, that of the `.pub` beside it, or the name of its file. */
export async function withComment(publicKey: PublicKey, file: string, given: string): Promise<PublicKey> {
  if (publicKey.comment !== '' || file === '-') return publicKey;
  const beside = await publicKeyIn(`${file}.pub`);
  if (beside !== null && samePublicKey(beside, publicKey) && beside.comment !== '') return beside;
  const comment = path.basename(given);
  return parsePublicKey(formatPublicKey(publicKey, comment));
}

/** The public key in a file; null if it is not there, cannot be read, or is no public key. */
export async function publicKeyIn(file: string): Promise<PublicKey | null> {
  const reading = await readSmallFile(file);
  return reading === null || reading === 'unreadable' ? null : readPublicKey(reading.text.reveal());
}

/** What a command tells of the key that it wrote. Nothing of it is secret. */
export interface KeyFacts {
  readonly keyType: PublicKey['keyType'];
  readonly bits: number;
  readonly fingerprints: Fingerprints;
  /** The line of a `.pub` file. */
  readonly publicKey: string;
}

/** What a command tells of the key that it wrote. */
export function keyFacts(key: PublicKey): KeyFacts {
  const { keyType, bits } = key;
  return { keyType, bits, fingerprints: fingerprintsOf(key), publicKey: formatPublicKey(key) };
}

/**
 * The error for a key file that cannot be read, or whose key cannot be written as wanted.
 *
 * @param file its path; `-` for stdin.
 */
export function keyFileError(error: KeyFormatError, file: string, platform: string): KeypairError {
  return new KeypairError('USAGE', withLabel(file === '-' ? 'stdin' : printable(file), error.message), {
    hints: keyFileHints(error.reason, file, platform),
    cause: error,
  });
}
