import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { askNewPassphrase, checkNewPassphrase, readPassphrases, unlockKey } from '../cli/passphrase.ts';
import { askFile, readKeyFile } from '../cli/read-input.ts';
import { confirm, type Session } from '../cli/session.ts';
import { KeypairError } from '../errors.ts';
import { joinList, t } from '../i18n/t.ts';
import { exportedKey } from '../keys/export-key.ts';
import { KeyFormatError } from '../keys/format-error.ts';
import { isAlone } from '../keys/pem.ts';
import { parsePrivateKey, type PrivateKey } from '../keys/private-key.ts';
import { type PublicKey, samePublicKey } from '../keys/public-key.ts';
import { isPutty } from '../keys/putty-format.ts';
import { inspectPrivateKey } from '../keys/ssh-reads.ts';
import { stateDirectory } from '../paths.ts';
import { printable, shellWord } from '../sanitize.ts';
import { Secret } from '../secret.ts';
import { temporaryNameOf } from '../storage/fs.ts';
import { checkRewritable, rewriteKeyFile } from '../storage/rewrite-key.ts';
import { readEntries } from '../storage/journal.ts';
import { rescueFile } from '../storage/key-file.ts';
import { keyFileOf } from './key-file-of.ts';
import { keyFacts, type KeyFacts, keyFileError, withComment } from './read-keys.ts';
import { doctorCommand } from './recovery/command-line.ts';
import { readKept } from './recovery/evidence.ts';

type Nullable<T> = { readonly [K in keyof T]: T[K] | null };

/** The flags of `passphrase`. */
interface PassphraseFlags {
  readonly remove?: boolean;
  readonly passphraseStdin?: boolean;
  readonly keyDir?: string;
  readonly dryRun?: boolean;
}

/**
 * What was done. It has no secret. The facts of the key are null in a dry run for a file that does not tell its public key
 * without the passphrase.
 */
interface PassphraseChange extends Nullable<KeyFacts> {
  readonly file: string;
  /** Whether it has a passphrase now. */
  readonly encrypted: boolean;
  /** Whether it had one before. */
  readonly wasEncrypted: boolean;
  readonly dryRun: boolean;
}

/**
 * Sets, changes or removes the passphrase of a private key file of this machine. Calls nothing. A wrong passphrase
 * changes nothing.
 *
 * @param name a name of a key pair, or a file; null: ask.
 * @throws KeypairError `AUTH` for a wrong passphrase, `CONFLICT` for the key of a create that has not ended or a file that
 * changes meanwhile, `NOT_FOUND`, `USAGE`, `CANCELLED`.
 */
export async function changePassphrase(
  session: Session,
  name: string | null,
  flags: PassphraseFlags,
): Promise<PassphraseChange> {
  const { context, interactive } = session;
  const { remove = false, passphraseStdin: fromStdin = false, dryRun = false } = flags;
  const missing = interactive || fromStdin || dryRun ? [] : ['--passphrase-stdin'];
  if (name === null && !interactive) throw missingError(['NAME', ...missing]);
  const given = name ?? (await askFile(session, t`Key file:`));
  if (given === '-') throw new KeypairError('USAGE', t`a passphrase is changed in a file: give a NAME or a FILE`);
  const file = await keyFileOf(session, given, flags.keyDir);
  const place = await checkRewritable(file, context);
  const text = new Secret(await readKeyFile(session, place.file));
  const key = readKey(text, file, context.platform);
  await checkFinished(session, [file, place.file]);
  const wasEncrypted = key === null;
  if (dryRun || (remove && key !== null)) {
    const publicKey = key?.publicKey ?? inspectPrivateKey(text)?.publicKey ?? null;
    return { file, encrypted: !remove, wasEncrypted, ...(publicKey === null ? NO_FACTS : keyFacts(publicKey)), dryRun };
  }
  if (missing.length > 0) throw missingError(missing);
  const answers = fromStdin ? await answersOnStdin(session, wasEncrypted, remove) : null;
  const shown = printable(file);
  const unlock = async (): Promise<PrivateKey> => (await unlockKey(session, text, file, answers?.present ?? null)).key;
  const open =
    key ??
    (await unlock().catch((error: unknown) => {
      throw refusal(error, file, context.platform);
    }));
  const next = remove ? null : (answers?.next ?? (await newPassphrase(session, shown, wasEncrypted)));
  // PEM has no comment.
  const hasComment = text.reveal().includes('BEGIN OPENSSH PRIVATE KEY');
  const publicKey = hasComment ? open.publicKey : await withComment(open.publicKey, file, given);
  const made = await newText({ ...open, publicKey }, next).catch((error: unknown) => {
    throw refusal(error, file, context.platform);
  });
  if (context.interrupts.requested) throw new KeypairError('CANCELLED', t`cancelled: nothing was changed`);
  await rewriteKeyFile(place, text, made.text, made.check, context);
  if (next !== null) await warnOfCopies(session, place.file, open.publicKey);
  return { file, encrypted: next !== null, wasEncrypted, ...keyFacts(publicKey), dryRun };
}

/** Warns of files of killed runs beside a key file that hold its key without a passphrase. */
async function warnOfCopies(session: Session, file: string, publicKey: PublicKey): Promise<void> {
  const directory = path.dirname(file);
  for (const name of await readdir(directory).catch((): string[] => [])) {
    if (temporaryNameOf(name) !== path.basename(file)) continue;
    const copy = path.join(directory, name);
    const kept = await readKept(copy);
    if (kept === null || kept === 'empty' || 'reason' in kept || !samePublicKey(kept.publicKey, publicKey)) continue;
    session.warn(t`${printable(copy)} holds the same key, without a passphrase: remove it`);
  }
}

/**
 * Refuses the file of a create that has not ended: what finishes it compares the file with the key that came.
 *
 * @throws KeypairError `CONFLICT`.
 */
async function checkFinished(session: Session, files: readonly string[]): Promise<void> {
  const { context } = session;
  const state = stateDirectory(context);
  for (const { intent } of await readEntries(state, context.platform)) {
    if (intent === null) continue;
    const { temporaryFile, privateKeyFile } = intent;
    const itsFiles = [temporaryFile, rescueFile(state, temporaryFile), privateKeyFile];
    if (!itsFiles.some((file) => file !== null && files.includes(file))) continue;
    throw new KeypairError('CONFLICT', t`the create of ${printable(intent.name, 100)} has not ended`, {
      hints: [t`finish it first: ${doctorCommand(session, intent)}`],
    });
  }
}

function missingError(missing: readonly string[]): KeypairError {
  const hints = missing.includes('--passphrase-stdin')
    ? [t`--passphrase-stdin reads it from stdin: no flag takes a secret`]
    : [];
  return new KeypairError('USAGE', t`missing: ${joinList(missing)}`, { hints });
}

const NO_FACTS = { keyType: null, bits: null, fingerprints: null, publicKey: null };

/** The error for a key that cannot be read or written. */
function refusal(error: unknown, file: string, platform: string): unknown {
  return error instanceof KeyFormatError ? keyFileError(error, file, platform) : error;
}

/**
 * The key in a file, or null if it has a passphrase.
 *
 * @throws KeypairError `USAGE` if it is no key, or the file holds more.
 */
function readKey(text: Secret, file: string, platform: string): PrivateKey | null {
  const shown = printable(file);
  if (isPutty(text.reveal())) {
    throw new KeypairError('USAGE', t`${shown} is in putty's format: a passphrase is set in openssh's`, {
      hints: [t`convert it: keypair export ${shellWord(file)} --format openssh`],
    });
  }
  let key: PrivateKey | null = null;
  try {
    key = parsePrivateKey(text);
  } catch (error) {
    if (!(error instanceof KeyFormatError) || error.reason !== 'encrypted') throw refusal(error, file, platform);
  }
  if (!isAlone(text.reveal()))
    throw new KeypairError('USAGE', t`${shown} holds more than a private key: writing it anew would lose the rest`);
  return key;
}

/** The passphrases on stdin: the present one if there is one, then the new one unless it is removed. */
async function answersOnStdin(
  { context }: Session,
  wasEncrypted: boolean,
  remove: boolean,
): Promise<{ readonly present: Secret | null; readonly next: Secret | null }> {
  const wanted = [...(wasEncrypted ? [t`the present passphrase`] : []), ...(remove ? [] : [t`the new passphrase`])];
  const lines = await readPassphrases(context, wanted);
  const next = remove ? null : (lines.at(-1) ?? null);
  if (next !== null) checkNewPassphrase(next, t`the new passphrase`);
  return { present: wasEncrypted ? (lines[0] ?? null) : null, next };
}

/** A new passphrase from a question; null: none. */
async function newPassphrase(session: Session, shown: string, wasEncrypted: boolean): Promise<Secret | null> {
  const question = wasEncrypted ? t`New passphrase (empty: none):` : t`New passphrase of ${shown}:`;
  const answer = await askNewPassphrase(session, question, wasEncrypted);
  if (answer.reveal() !== '') return answer;
  await confirm(session, t`Remove the passphrase of ${shown}? Whoever reads the file then has the key.`);
  return null;
}

/**
 * The key in OpenSSH's format.
 *
 * @param next its passphrase; null: none.
 * @returns its text, and a check that a text is that: ssh reads it, and its key, decrypted, is the same and works.
 */
async function newText(
  key: PrivateKey,
  next: Secret | null,
): Promise<{ readonly text: Secret; readonly check: (written: Secret) => void }> {
  const { decryptedKey, encryptedKey } = await import('../keys/passphrase.ts');
  const text = next === null ? exportedKey(key, 'openssh', 3) : encryptedKey(key, next).text;
  const check = (written: Secret): void => {
    const read = next === null ? parsePrivateKey(written) : decryptedKey(written, next);
    const seen = inspectPrivateKey(written);
    const isRight = seen?.refused === null && seen.encrypted === (next !== null);
    if (!isRight || !samePublicKey(read.publicKey, key.publicKey)) throw new Error('another key was written');
  };
  return { text, check };
}
