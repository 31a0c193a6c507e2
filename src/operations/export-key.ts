import path from 'node:path';
import { askFile, readKeyFile } from '../cli/read-input.ts';
import { confirm, missingConsent, type Session } from '../cli/session.ts';
import { KeypairError } from '../errors.ts';
import { joinList, t, withLabel } from '../i18n/t.ts';
import { EXPORT_FORMATS, exportedKey, type ExportFormat } from '../keys/export-key.ts';
import { md5Fingerprint, sha256Fingerprint } from '../keys/fingerprint.ts';
import { KeyFormatError } from '../keys/format-error.ts';
import { parsePrivateKey, rewritten } from '../keys/private-key.ts';
import { formatPublicKey, parsePublicKey, type PublicKey } from '../keys/public-key.ts';
import { inspectPrivateKey } from '../keys/ssh-reads.ts';
import { expandPath } from '../paths.ts';
import { printable, shellWord } from '../sanitize.ts';
import { Secret } from '../secret.ts';
import { checkFileName } from '../storage/file-name.ts';
import { checkNewFile, writeKeyCopy } from '../storage/key-copy.ts';
import { keyFileOf } from './key-file-of.ts';
import { checkStdout } from './new-pair.ts';
import { keyFileHints, withComment } from './read-keys.ts';

/** The flags of `export`. */
interface ExportFlags {
  readonly format?: ExportFormat;
  readonly output?: string;
  readonly ppkVersion?: '2' | '3';
  readonly keyDir?: string;
  readonly dryRun?: boolean;
}

/** What was written. It has no part of the private key. */
interface Exported {
  /** The file that was read; null: stdin. */
  readonly from: string | null;
  /** The new file. */
  readonly file: string;
  readonly format: ExportFormat;
  readonly keyType: PublicKey['keyType'];
  readonly bits: number;
  readonly fingerprints: { readonly sha256: string; readonly md5: string };
  readonly publicKey: string;
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
  const { given, format } = await answersFor(session, name, flags);
  if (flags.ppkVersion !== undefined && format !== 'ppk')
    throw new KeypairError('USAGE', t`--ppk-version is for --format ppk`);
  if (given === '-' && output === undefined) throw new KeypairError('USAGE', t`a key from stdin needs --output`);
  const isPublic = format === 'public';
  if (output === '-' && !isPublic) checkStdout(session);
  const file = given === '-' ? given : await keyFileOf(session, given, flags.keyDir);
  const text = new Secret(await readKeyFile(session, file));
  const key = await readExported(text, file, given, format, flags.ppkVersion === '2' ? 2 : 3, context.platform);
  if (output === '-') {
    await consent(session, key, file, format);
    if (!dryRun) await writeStdout(session, key.text);
    return null;
  }
  const to = output === undefined ? besideOf(file, format) : expandPath(output, context);
  checkFileName(isPublic ? path.basename(to).replace(/\.pub$/i, '') : path.basename(to), context.platform);
  await checkNewFile(to);
  if (!dryRun) {
    await consent(session, key, file, format);
    await writeKeyCopy(to, key.text, isPublic ? 0o644 : 0o600, context);
  }
  const { publicKey } = key;
  return {
    from: file === '-' ? null : file,
    file: to,
    format,
    keyType: publicKey.keyType,
    bits: publicKey.bits,
    fingerprints: { sha256: sha256Fingerprint(publicKey), md5: md5Fingerprint(publicKey) },
    publicKey: formatPublicKey(publicKey),
    dryRun,
  };
}

/** The key and the format: from the command line, or from questions. */
async function answersFor(
  session: Session,
  name: string | null,
  { format }: ExportFlags,
): Promise<{ readonly given: string; readonly format: ExportFormat }> {
  const { context, interactive } = session;
  const missing = [...(name === null ? ['NAME'] : []), ...(format === undefined ? ['--format'] : [])];
  if (missing.length > 0 && !interactive) {
    const consent = format === 'openssh' || format === 'public' ? [] : missingConsent(session);
    throw new KeypairError('USAGE', t`missing: ${joinList([...missing, ...consent])}`);
  }
  const given = name ?? (await askFile(session, t`Key file:`));
  if (format !== undefined) return { given, format };
  const { askChoice } = await import('../ui/prompts.ts');
  const choices = EXPORT_FORMATS.map((value) => ({ value, title: value, note: '' }));
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

/** The key in its new format. */
interface NewText {
  readonly text: Secret;
  readonly publicKey: PublicKey;
  /** Whether it is a private key without a passphrase. */
  readonly open: boolean;
}

async function readExported(
  text: Secret,
  file: string,
  given: string,
  format: ExportFormat,
  version: 2 | 3,
  platform: string,
): Promise<NewText> {
  const shown = file === '-' ? 'stdin' : printable(file);
  try {
    if (format === 'public') {
      const publicKey = await withComment(publicKeyOf(text), file, given);
      return { text: new Secret(`${formatPublicKey(publicKey)}\n`), publicKey, open: false };
    }
    const key = parsePrivateKey(text);
    const publicKey = await withComment(key.publicKey, file, given);
    return { text: exportedKey({ ...key, publicKey }, format, version), publicKey, open: true };
  } catch (error) {
    if (!(error instanceof KeyFormatError)) throw error;
    const { reason, message } = error;
    if (reason !== 'encrypted')
      throw new KeypairError('USAGE', withLabel(shown, message), {
        hints: keyFileHints(reason, file, platform),
        cause: error,
      });
    const kept = format === 'openssh' ? rewritten(text) : null;
    const publicKey = inspectPrivateKey(text)?.publicKey ?? null;
    if (kept !== null && publicKey !== null)
      return { text: kept, publicKey: await withComment(publicKey, file, given), open: false };
    throw new KeypairError('USAGE', t`${shown} has a passphrase: it cannot be exported as ${format}`, {
      hints: encryptedHints(file, platform),
      cause: error,
    });
  }
}

function encryptedHints(file: string, platform: string): readonly string[] {
  if (file === '-') return [];
  const [word, copy] = [shellWord(file), shellWord(`${file}.open`)];
  return platform === 'win32'
    ? [t`take the passphrase off a copy with ssh-keygen -p, and export that`]
    : [t`take the passphrase off a copy, and export that: cp -p ${word} ${copy} && ssh-keygen -p -N '' -f ${copy}`];
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
async function consent(session: Session, { open }: NewText, file: string, format: ExportFormat): Promise<void> {
  if (!open || format === 'openssh') return;
  const shown = file === '-' ? 'stdin' : printable(file);
  await confirm(session, t`The ${format} file of ${shown} has no passphrase: whoever reads it has the key. Write it?`);
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
