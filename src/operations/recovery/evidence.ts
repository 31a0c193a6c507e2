import { constants } from 'node:fs';
import { lstat, open } from 'node:fs/promises';
import type { InputType, ZlibOptions } from 'node:zlib';
import type { Session } from '../../cli/session.ts';
import { t } from '../../i18n/t.ts';
import { KeyFormatError } from '../../keys/format-error.ts';
import { parsePrivateKey, type PrivateKey } from '../../keys/private-key.ts';
import type { PublicKey } from '../../keys/public-key.ts';
import { stateDirectory } from '../../paths.ts';
import { Secret } from '../../secret.ts';
import { companionName, isTaken } from '../../storage/fs.ts';
import type { Intent } from '../../storage/intent.ts';
import type { LocalKeys } from '../../storage/key-directory.ts';
import { isPreallocated } from '../../storage/durable-write.ts';
import { rescueFile } from '../../storage/key-file.ts';

/** A private key that was found where a create can have left it. */
export interface FoundKey {
  readonly file: string;
  readonly privateKey: PrivateKey;
  /** Whether it stands under a name to stay; else in a temporary file. */
  readonly settled: boolean;
}

/** What a create has left on this machine. */
export interface Evidence {
  /** Of the key's own file (which may be another's by now), the temporary file, and what was rescued from a failing disk. */
  readonly keys: readonly FoundKey[];
  /** Files that a create has written and that hold something, but no key that could be used. */
  readonly unusable: readonly (NoKey & { readonly file: string })[];
  /** Whether the temporary file is there and was never written: no answer came. */
  readonly untouched: boolean;
}

/**
 * Reads what an entry's create can have left. Never throws.
 *
 * @param destination where the private key should stand, or null.
 */
export async function evidenceOf({ context }: Session, intent: Intent, destination: string | null): Promise<Evidence> {
  const keys: FoundKey[] = [];
  const unusable: (NoKey & { readonly file: string })[] = [];
  let untouched = false;
  // What was saved elsewhere when the disk failed in its own place has the same name there.
  for (const file of [intent.temporaryFile, rescueFile(stateDirectory(context), intent.temporaryFile)]) {
    const found = await readKept(file);
    if (found === 'empty') untouched ||= file === intent.temporaryFile;
    else if (found !== null && 'reason' in found) unusable.push({ file, ...found });
    else if (found !== null) keys.push({ file, privateKey: found, settled: false });
  }
  const published = destination === null ? null : await readKept(destination);
  // Anything but a key under that name is none of the create's.
  if (destination !== null && published !== null && published !== 'empty' && !('reason' in published)) {
    keys.unshift({ file: destination, privateKey: published, settled: true });
  }
  return { keys, unusable, untouched };
}

/** The file of the private key of this public one, under whatever name: a person may have moved it. */
export function fileOf(local: LocalKeys, publicKey: PublicKey): string | null {
  const key = local.find(publicKey);
  // One that ssh does not read is the key all the same: nothing is lost.
  return key?.privateKeyFile ?? key?.refused?.file ?? null;
}

/** The private key of this public one among the keys of this machine; null also where only a passphrase opens it. */
export async function keyIn(local: LocalKeys, publicKey: PublicKey): Promise<FoundKey | null> {
  const file = fileOf(local, publicKey);
  const found = file === null ? null : await readKept(file);
  if (file === null || found === null || found === 'empty' || 'reason' in found) return null;
  return { file, privateKey: found, settled: true };
}

/** Whether something stands where the key or its public half should go; what cannot be looked at counts as taken. */
export async function isInTheWay(privateKeyFile: string, intent: Intent): Promise<string | null> {
  for (const file of [privateKeyFile, `${privateKeyFile}.pub`]) {
    if (!(await isClaim(file, intent)) && (await isTaken(file).catch(() => true))) return file;
  }
  return null;
}

/**
 * Whether a file is the claim of an entry's create: on a file system without hard links a name is claimed with an empty
 * 0600 file, just before the whole file, which stands beside it till then, takes its place. What else is empty is
 * somebody's.
 */
export async function isClaim(file: string, { temporaryFile, privateKeyFile, latestMs }: Intent): Promise<boolean> {
  // What was meant for stdout claims no name.
  if (privateKeyFile === null) return false;
  try {
    const found = await lstat(file);
    if (!found.isFile() || found.size > 0 || (found.mode & 0o777) !== 0o600) return false;
    const isPublic = file === `${privateKeyFile}.pub`;
    if (!isPublic && file !== privateKeyFile) return false;
    const whole = await lstat(isPublic ? companionName(temporaryFile, 'pub') : temporaryFile);
    const age = found.mtimeMs - whole.mtimeMs;
    // File systems without links tell times in steps of two seconds.
    return found.uid === whole.uid && age >= -2000 && age <= latestMs;
  } catch {
    return false;
  }
}

/** Longer than all that a create keeps of an answer (8 MiB), also in base64. */
const LONGEST = 12 * 1024 * 1024;

/** Decompressed answers are looked at up to this size. */
const DECOMPRESSED = 8 * 1024 * 1024;

/** A file without a key that can be used, and why. */
interface NoKey {
  readonly reason: string;
  /** Whether it may be a key all the same: it could not be read, or only a passphrase opens it. */
  readonly mayBeKey: boolean;
}

/**
 * Reads what a create has kept: a private key as it came, or a whole answer that could not be read, with its head, in
 * UTF-16, compressed, or as base64 of its bytes. Never throws; changes nothing.
 *
 * @returns `empty` for a place that was taken and never written; null where no regular file is.
 */
export async function readKept(file: string): Promise<PrivateKey | NoKey | 'empty' | null> {
  try {
    const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
    try {
      const found = await handle.stat();
      if (!found.isFile()) return null;
      if (found.size > LONGEST) return { reason: t`it is longer than any key`, mayBeKey: false };
      const bytes = await handle.readFile();
      return isPreallocated(bytes) ? 'empty' : await keyInBytes(bytes);
    } finally {
      await handle.close();
    }
  } catch (error) {
    const gone = ['ENOENT', 'ENOTDIR', 'ELOOP'].includes((error as NodeJS.ErrnoException).code ?? '');
    return gone ? null : { reason: t`it cannot be read`, mayBeKey: true };
  }
}

async function keyInBytes(bytes: Buffer): Promise<PrivateKey | NoKey> {
  const asItIs = parsed(textOf(bytes));
  if (!('reason' in asItIs)) return asItIs;
  for await (const text of readings(bytes)) {
    for (const candidate of candidatesIn(text)) {
      const key = parsed(candidate);
      if (!('reason' in key)) return key;
    }
  }
  return asItIs;
}

/** Keys are ASCII: whatever the encoding, they are whole without the zeros between and behind their letters. */
function textOf(bytes: Buffer): string {
  return bytes.toString('latin1').replaceAll('\0', '');
}

/** The texts that the bytes may stand for, the likeliest first. */
async function* readings(bytes: Buffer): AsyncGenerator<string> {
  const text = textOf(bytes);
  yield text;
  yield unchunked(text);
  if (/^[A-Za-z0-9+/\s]{100,}={0,2}\s*$/.test(text)) yield* readings(Buffer.from(text, 'base64'));
  const head = bytes.indexOf('\r\n\r\n');
  if (!/^content-encoding:/im.test(text.slice(0, Math.max(0, head)))) return;
  const { gunzipSync, inflateSync, inflateRawSync, brotliDecompressSync, constants: zlib } = await import('node:zlib');
  const body = bytes.subarray(head + 4);
  for (const content of [body, Buffer.from(unchunked(body.toString('latin1')), 'latin1')]) {
    // What was cut short is read as far as it goes.
    const whole = { maxOutputLength: DECOMPRESSED, finishFlush: zlib.Z_SYNC_FLUSH };
    for (const undo of [gunzipSync, inflateSync, inflateRawSync]) yield* decompressed(undo, content, whole);
    yield* decompressed(brotliDecompressSync, content, {
      maxOutputLength: DECOMPRESSED,
      finishFlush: zlib.BROTLI_OPERATION_FLUSH,
    });
  }
}

function* decompressed(
  undo: (bytes: InputType, options: ZlibOptions) => Buffer,
  bytes: Buffer,
  options: ZlibOptions,
): Generator<string> {
  try {
    yield textOf(undo(bytes, options));
  } catch {
    // It is not compressed so.
  }
}

/** Without the short lines that stand between the pieces of the chunked coding (RFC 9112, 7.1), and garbage there. */
function unchunked(text: string): string {
  return `\r\n${text}`.replace(/\r\n[^\r\n]{0,20}(?=\r\n)/g, '').replaceAll('\r\n', '');
}

/** The pieces of a text that may be one private key: armoured, or a value of JSON by its name. */
function* candidatesIn(text: string): Generator<string> {
  const unescaped = text
    .replace(/\\u00([0-7][0-9a-f])/gi, (_escape, code: string) => String.fromCharCode(parseInt(code, 16)))
    .replace(/\\[nr]/g, '\n')
    .replaceAll('\\', '');
  const blocks = unescaped.match(
    /-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----[^-]{0,32768}-----END [A-Z ]{0,20}PRIVATE KEY-----/g,
  );
  // Of several nobody knows which is meant.
  if (new Set(blocks).size === 1) yield blocks?.[0] ?? '';
  const values = unescaped.matchAll(/"private_?key(?:body)?"\s*:\s*"([^"]{100,32768})"/gi);
  for (const [, value = ''] of values) yield value;
}

function parsed(text: string): PrivateKey | NoKey {
  try {
    return parsePrivateKey(new Secret(text));
  } catch (error) {
    if (!(error instanceof KeyFormatError)) throw error;
    const untold = error.reason === 'encrypted' || error.reason === 'unsupported';
    return { reason: error.message, mayBeKey: untold };
  }
}
