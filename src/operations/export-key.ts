import path from 'node:path';
import { askFile, readKeyFile } from '../cli/read-input.ts';
import { askNewPassphrase, checkNewPassphrase, readPassphrases, unlockKey } from '../cli/passphrase.ts';
import { confirm, missingConsent, type Session } from '../cli/session.ts';
import { KeypairError } from '../errors.ts';
import { joinList, t } from '../i18n/t.ts';
import { EXPORT_FORMATS, exportedKey, type ExportFormat } from '../keys/export-key.ts';
import { KeyFormatError } from '../keys/format-error.ts';
import { parsePrivateKey, type PrivateKey, rewritten } from '../keys/private-key.ts';
import { formatPublicKey, parsePublicKey, type PublicKey } from '../keys/public-key.ts';
import { isPutty, readPutty } from '../keys/putty-format.ts';
import { inspectPrivateKey } from '../keys/ssh-reads.ts';
import { expandPath } from '../paths.ts';
import { printable, shellWord } from '../sanitize.ts';
import { Secret } from '../secret.ts';
import { checkFileName } from '../storage/file-name.ts';
import { checkNewFile, writeKeyCopy } from '../storage/key-copy.ts';
import { keyFileOf } from './key-file-of.ts';
import { checkStdout } from './new-pair.ts';
import { freeName, keyFacts, type KeyFacts, keyFileError, keyFileHints, withComment } from './read-keys.ts';

/** The flags of `export`. */
interface ExportFlags {
  readonly format?: ExportFormat;
  readonly output?: string;
  readonly passphrase?: boolean;
  readonly passphraseStdin?: boolean;
  readonly ppkVersion?: '2' | '3';
  readonly keyDir?: string;
  readonly dryRun?: boolean;
}

/** What was written. It has no part of the private key. */
interface Exported extends KeyFacts {
  /** The file that was read; null: stdin. */
  readonly from: string | null;
  /** The new file. */
  readonly file: string;
  readonly format: ExportFormat;
  /** Whether it is a private key with a passphrase. */
  readonly encrypted: boolean;
  readonly dryRun: boolean;
}

/**
 * Writes a key of this machine in another format: to a new file, or to stdout.
 *
 * @param name a name of a key pair, a file, or `-` for stdin; null: ask.
 * @returns null if the key went to stdout.
 * @throws KeypairError `NOT_FOUND`, `USAGE` for a key that does not exist in this format, `CONFLICT` if the file exists,
 * `CANCELLED`.
 */
export async function exportKey(session: Session, name: string | null, flags: ExportFlags): Promise<Exported | null> {
  const { context } = session;
  const { output, dryRun = false } = flags;
  if (flags.format !== undefined) checkFlags(flags.format, flags);
  const { given, format } = await answersFor(session, name, flags);
  checkFlags(format, flags);
  if (given === '-' && flags.passphraseStdin === true)
    throw new KeypairError('USAGE', t`stdin cannot have both the key and the passphrase`);
  if (given === '-' && output === undefined) throw new KeypairError('USAGE', t`a key from stdin needs --output`);
  const isPublic = format === 'public';
  if (output === '-' && !isPublic) checkStdout(session);
  const file = given === '-' ? given : await keyFileOf(session, given, flags.keyDir);
  const text = new Secret(await readKeyFile(session, file));
  const to = output === undefined || output === '-' ? besideOf(file, format) : expandPath(output, context);
  if (output !== '-') {
    checkFileName(isPublic ? path.basename(to).replace(/\.pub$/i, '') : path.basename(to), context.platform);
    await checkNewFile(to);
  }
  const made = await newText(session, { text, file, given, to, format, flags });
  if (output === '-') {
    await consent(session, made, file, format);
    if (!dryRun && made.text !== null) await writeStdout(session, made.text);
    return null;
  }
  if (!dryRun && made.text !== null) {
    await consent(session, made, file, format);
    await writeKeyCopy(to, made.text, isPublic ? 0o644 : 0o600, context);
  }
  const { publicKey, encrypted } = made;
  return {
    from: file === '-' ? null : file,
    file: to,
    format,
    encrypted,
    ...keyFacts(publicKey),
    dryRun,
  };
}

/** @throws KeypairError `USAGE` for flags that this format does not have. */
function checkFlags(format: ExportFormat, flags: ExportFlags): void {
  if (flags.ppkVersion !== undefined && format !== 'ppk')
    throw new KeypairError('USAGE', t`--ppk-version is for --format ppk`);
  if (flags.passphrase === true && isOpenFormat(format, flags)) throw openFormatError(format, '--passphrase');
}

function openFormatError(format: ExportFormat, flag: string): KeypairError {
  return new KeypairError('USAGE', t`a ${format} file is written without a passphrase: leave out ${flag}`, {
    hints: [t`--format openssh has one, and so has ppk of version 3`],
  });
}

/** The key and the format: from the command line, or from questions. */
async function answersFor(
  session: Session,
  name: string | null,
  flags: ExportFlags,
): Promise<{ readonly given: string; readonly format: ExportFormat }> {
  const { context, interactive } = session;
  const { format } = flags;
  const missing = [...(name === null ? ['NAME'] : []), ...(format === undefined ? ['--format'] : [])];
  if (missing.length > 0 && !interactive) {
    const wants = flags.passphrase === true && flags.passphraseStdin !== true && flags.dryRun !== true;
    const isAsked = format !== undefined && format !== 'public' && flags.dryRun !== true;
    const consent = isAsked && isOpenFormat(format, flags) ? missingConsent(session) : [];
    const all = [...missing, ...(wants ? ['--passphrase-stdin'] : []), ...consent];
    throw new KeypairError('USAGE', t`missing: ${joinList(all)}`);
  }
  const given = name ?? (await askFile(session, t`Key file:`));
  if (format !== undefined) return { given, format };
  const { askChoice } = await import('../ui/prompts.ts');
  const possible = EXPORT_FORMATS.filter((value) => flags.passphrase !== true || !isOpenFormat(value, flags));
  const choices = possible.map((value) => ({ value, title: value, note: '' }));
  const chosen = await askChoice(context, t`Which format?`, choices);
  return { given, format: EXPORT_FORMATS.find((one) => one === chosen) ?? 'openssh' };
}

/** The default name of the new file: beside the key, with the extension of the format. */
function besideOf(file: string, format: ExportFormat): string {
  const stem = file.replace(/\.(ppk|pem|p8|key|openssh|pub)$/i, '');
  switch (format) {
    case 'openssh':
      return stem === file ? `${file}.openssh` : stem;
    case 'pkcs8':
      return `${stem}.p8`;
    case 'public':
      return `${stem}.pub`;
    case 'pem':
    case 'ppk':
      return `${stem}.${format}`;
  }
}

/** What is exported, and how. */
interface Request {
  readonly text: Secret;
  /** The file, or `-` for stdin. */
  readonly file: string;
  readonly given: string;
  /** The new file; with `--output -`, where it would be without it. */
  readonly to: string;
  readonly format: ExportFormat;
  readonly flags: ExportFlags;
}

/** The key in its new format. */
interface NewText {
  /** Null in a dry run. */
  readonly text: Secret | null;
  readonly publicKey: PublicKey;
  /** Whether it is a private key with a passphrase. */
  readonly encrypted: boolean;
  /** Whether the key that was read is a private key with a passphrase. */
  readonly wasEncrypted: boolean;
}

async function newText(session: Session, request: Request): Promise<NewText> {
  const { text, file, given, format, flags } = request;
  try {
    if (format === 'public' && flags.passphraseStdin !== true) {
      const publicKey = await withComment(publicKeyOf(text), file, given);
      return { text: publicText(publicKey), publicKey, encrypted: false, wasEncrypted: false };
    }
    const open = openKey(text);
    const wasEncrypted = open === null;
    if (!wasEncrypted && flags.passphraseStdin === true && isOpenFormat(format, flags))
      throw openFormatError(format, '--passphrase-stdin');
    const told = open === null ? (inspectPrivateKey(text)?.publicKey ?? null) : open.publicKey;
    const kept = wasEncrypted && format === 'openssh' ? rewritten(text) : null;
    const staysLocked = flags.dryRun === true || (kept !== null && flags.passphraseStdin !== true);
    if (told !== null && staysLocked) {
      const encrypted = !isOpenFormat(format, flags) && (wasEncrypted || wantsPassphrase(flags));
      return { text: kept, publicKey: await withComment(told, file, given), encrypted, wasEncrypted };
    }
    const { key, passphrase } = await unlocked(session, request, open);
    const publicKey = await withComment(key.publicKey, file, given);
    const encrypted = passphrase !== null;
    if (format === 'public') return { text: publicText(publicKey), publicKey, encrypted, wasEncrypted };
    const made = kept ?? (await formatted({ ...key, publicKey }, request, passphrase));
    return { text: made, publicKey, encrypted, wasEncrypted };
  } catch (error) {
    if (!(error instanceof KeyFormatError)) throw error;
    throw keyFileError(error, file, session.context.platform);
  }
}

function publicText(publicKey: PublicKey): Secret {
  return new Secret(`${formatPublicKey(publicKey)}\n`);
}

function shownName(file: string): string {
  return file === '-' ? 'stdin' : printable(file);
}

function wantsPassphrase({ passphrase = false, passphraseStdin = false }: ExportFlags): boolean {
  return passphrase || passphraseStdin;
}

/** Whether the new file has no passphrase, whatever the key has. */
function isOpenFormat(format: ExportFormat, { ppkVersion }: ExportFlags): boolean {
  return format !== 'openssh' && (format !== 'ppk' || ppkVersion === '2');
}

/** The key of a text, or null if it has a passphrase. */
function openKey(text: Secret): PrivateKey | null {
  try {
    return parsePrivateKey(text);
  } catch (error) {
    if (error instanceof KeyFormatError && (error.reason === 'encrypted' || error.reason === 'putty')) return null;
    throw error;
  }
}

/**
 * The key, and the passphrase of the new file: that of the key, or a new one; null: none.
 *
 * @param open the key if it has no passphrase.
 * @throws KeypairError `USAGE`, `AUTH`, `CANCELLED`; KeyFormatError.
 */
async function unlocked(
  session: Session,
  request: Request,
  open: PrivateKey | null,
): Promise<{ readonly key: PrivateKey; readonly passphrase: Secret | null }> {
  const { context, interactive } = session;
  const { text, file, flags } = request;
  if (open !== null && !wantsPassphrase(flags)) return { key: open, passphrase: null };
  const isOpen = isOpenFormat(request.format, flags);
  if (file === '-')
    throw new KeypairError('USAGE', t`a key with a passphrase is exported from a file only, not from stdin`);
  await checkArgon2(request, open === null, context.platform);
  const fromStdin = flags.passphraseStdin === true;
  if (!fromStdin && !interactive) {
    const missing = ['--passphrase-stdin', ...(isOpen ? missingConsent(session) : [])];
    throw new KeypairError('USAGE', t`missing: ${joinList(missing)}`);
  }
  const shown = shownName(file);
  const what = open === null ? t`the passphrase of ${shown}` : t`the passphrase of the new file`;
  const [given = null] = fromStdin ? await readPassphrases(context, [what]) : [];
  if (open === null) {
    const { key, passphrase } = await unlockKey(session, text, file, given);
    return { key, passphrase: isOpen ? null : passphrase };
  }
  if (given !== null) checkNewPassphrase(given, what);
  return { key: open, passphrase: given ?? (await askNewPassphrase(session, t`Passphrase of the new file:`)) };
}

/**
 * Refuses PuTTY's format of version 3 with a passphrase if this Node cannot read or write it, before a question.
 *
 * @throws KeypairError `USAGE`.
 */
async function checkArgon2(
  { text, file, to, format, flags }: Request,
  isLocked: boolean,
  platform: string,
): Promise<void> {
  const { hasArgon2 } = await import('../keys/putty-encryption.ts');
  if (hasArgon2) return;
  const reads = isPutty(text.reveal()) && readPutty(text.reveal()).version === 3 && isLocked;
  if (!reads && (format !== 'ppk' || flags.ppkVersion === '2')) return;
  const hints = reads
    ? keyFileHints('putty', file, platform)
    : [t`or with puttygen: puttygen ${shellWord(file)} -O private -P -o ${shellWord(freeName(to))}`];
  throw new KeypairError('USAGE', t`a ppk file of version 3 with a passphrase needs node 24.22 or 26.12`, { hints });
}

/** A private key in its new format. */
async function formatted(key: PrivateKey, { format, flags }: Request, passphrase: Secret | null): Promise<Secret> {
  if (passphrase === null) return exportedKey(key, format, flags.ppkVersion === '2' ? 2 : 3);
  const { encryptedKey, encryptedPpk } = await import('../keys/passphrase.ts');
  return format === 'ppk' ? encryptedPpk(key, passphrase) : encryptedKey(key, passphrase).text;
}

/** The public key of a text: a public key, or a private key, with or without a passphrase. */
function publicKeyOf(text: Secret): PublicKey {
  try {
    return parsePublicKey(text.reveal());
  } catch (problem) {
    if (!(problem instanceof KeyFormatError)) throw problem;
    const seen = inspectPrivateKey(text)?.publicKey ?? null;
    if (seen !== null) return seen;
    if (problem.reason === 'private-key' || problem.reason === 'not-a-public-key')
      return parsePrivateKey(text).publicKey;
    throw problem;
  }
}

/** Asks before a private key is written without a passphrase in a format of other programs. */
async function consent(session: Session, made: NewText, file: string, format: ExportFormat): Promise<void> {
  if (made.encrypted || format === 'openssh' || format === 'public') return;
  const shown = shownName(file);
  await confirm(
    session,
    made.wasEncrypted
      ? t`The ${format} file of ${shown} will have no passphrase: whoever reads it has the key. Write it?`
      : t`The ${format} file of ${shown} has no passphrase: whoever reads it has the key. Write it?`,
  );
}

/** @throws KeypairError `FAILURE` if nobody reads it. */
async function writeStdout({ context }: Session, text: Secret): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    context.stdout.write(text.reveal(), (error) => {
      if (error) reject(new KeypairError('FAILURE', t`nobody read the key from stdout`, { cause: error }));
      else resolve();
    });
  });
}
