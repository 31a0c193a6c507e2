import { constants } from 'node:fs';
import { lstat, open } from 'node:fs/promises';
import type { InputType, ZlibOptions } from 'node:zlib';
import type { Session } from '../../cli/session.ts';
import { t } from '../../i18n/t.ts';
import { KeyFormatError } from '../../keys/format-error.ts';
import { parsePrivateKey, type PrivateKey } from '../../keys/private-key.ts';
import type { PublicKey } from '../../keys/public-key.ts';
import { inspectPrivateKey } from '../../keys/ssh-reads.ts';
import { stateDirectory } from '../../paths.ts';
import { Secret } from '../../secret.ts';
import { companionName, isTaken } from '../../storage/fs.ts';
import type { Intent } from '../../storage/intent.ts';
import type { LocalKeys } from '../../storage/key-directory.ts';
import { isPreallocated } from '../../storage/durable-write.ts';
import { rescueFile } from '../../storage/key-file.ts';

/** A private key found where a create may have left it. */
export interface FoundKey {
  readonly file: string;
  /** Its text is as it is in the file. */
  readonly privateKey: PrivateKey;
  /** Whether it has a passphrase. Then the public key that the file shows is trusted. */
  readonly encrypted: boolean;
  /** Whether it is in its final file, not in a temporary one. */
  readonly settled: boolean;
}

/** What a create left on this machine. */
export interface Evidence {
  /**
   * The keys in the final file (which may contain another key by now), in the temporary file, and rescued from a
   * failing disk.
   */
  readonly keys: readonly FoundKey[];
  /** Files that a create wrote that are not empty but contain no usable key. */
  readonly unusable: readonly (NoKey & { readonly file: string })[];
  /** Whether the temporary file exists and was never written: no response was received. */
  readonly untouched: boolean;
}

/**
 * Reads what an entry's create may have left. Never throws.
 *
 * @param destination the intended private key file, or null.
 */
export async function evidenceOf({ context }: Session, intent: Intent, destination: string | null): Promise<Evidence> {
  const keys: FoundKey[] = [];
  const unusable: (NoKey & { readonly file: string })[] = [];
  let untouched = false;
  // A file rescued from a failing disk has the same name in the state directory.
  for (const file of [intent.temporaryFile, rescueFile(stateDirectory(context), intent.temporaryFile)]) {
    const found = await readKept(file);
    // The user may have given a kept key a passphrase meanwhile.
    const key = found === null || found === 'empty' ? null : keyFrom(found, true);
    if (found === 'empty') untouched ||= file === intent.temporaryFile;
    else if (key !== null) keys.push({ file, ...key, settled: false });
    else if (found !== null && 'reason' in found) unusable.push({ file, ...found });
  }
  const published = destination === null ? null : await readKept(destination);
  const final = published === null || published === 'empty' ? null : keyFrom(published, intent.passphrase);
  // Anything but a key in that file is not from our create.
  if (destination !== null && final !== null) keys.unshift({ file: destination, ...final, settled: true });
  return { keys, unusable, untouched };
}

/** The file with this public key's private key, whatever its name: the user may have moved it. */
export function fileOf(local: LocalKeys, publicKey: PublicKey): string | null {
  const key = local.find(publicKey);
  // A key that ssh cannot read is still the key.
  return key?.privateKeyFile ?? key?.refused?.file ?? null;
}

/** This public key's private key on this machine; null also if it is under a passphrase. */
export async function keyIn(local: LocalKeys, publicKey: PublicKey): Promise<FoundKey | null> {
  const file = fileOf(local, publicKey);
  const found = file === null ? null : await readKept(file);
  if (file === null || found === null || found === 'empty' || 'reason' in found) return null;
  return { file, privateKey: found, encrypted: false, settled: true };
}

/**
 * The key of a file, with or without a passphrase.
 *
 * @param mayBeEncrypted whether a key with a passphrase counts.
 */
function keyFrom(
  found: PrivateKey | NoKey,
  mayBeEncrypted: boolean,
): Pick<FoundKey, 'privateKey' | 'encrypted'> | null {
  if (!('reason' in found)) return { privateKey: found, encrypted: false };
  return mayBeEncrypted && found.encryptedKey !== null ? { privateKey: found.encryptedKey, encrypted: true } : null;
}

/** The existing file that blocks the key or its public key file, or null. A file that cannot be checked counts. */
export async function isInTheWay(privateKeyFile: string, intent: Intent): Promise<string | null> {
  for (const file of [privateKeyFile, `${privateKeyFile}.pub`]) {
    if (!(await isClaim(file, intent)) && (await isTaken(file).catch(() => true))) return file;
  }
  return null;
}

/**
 * Whether a file is the claim of an entry's create. On a file system without hard links, create claims a name with an
 * empty 0600 file just before it moves the complete file there. Any other empty file belongs to the user.
 */
export async function isClaim(file: string, { temporaryFile, privateKeyFile, latestMs }: Intent): Promise<boolean> {
  // A key for stdout claims no name.
  if (privateKeyFile === null) return false;
  try {
    const found = await lstat(file);
    if (!found.isFile() || found.size > 0 || (found.mode & 0o777) !== 0o600) return false;
    const isPublic = file === `${privateKeyFile}.pub`;
    if (!isPublic && file !== privateKeyFile) return false;
    const whole = await lstat(isPublic ? companionName(temporaryFile, 'pub') : temporaryFile);
    const age = found.mtimeMs - whole.mtimeMs;
    // File systems without links store times in steps of two seconds.
    return found.uid === whole.uid && age >= -2000 && age <= latestMs;
  } catch {
    return false;
  }
}

/** More than a create keeps of a response (8 MiB), even in base64. */
const LONGEST = 12 * 1024 * 1024;

/** The maximum size of a decompressed response. */
const DECOMPRESSED = 8 * 1024 * 1024;

/** Why a file contains no usable key. */
interface NoKey {
  readonly reason: string;
  /** Whether it may still be a key: it is unreadable or has a passphrase. */
  readonly mayBeKey: boolean;
  /** A key with a passphrase whose file shows its public key, and that ssh reads; else null. */
  readonly encryptedKey: PrivateKey | null;
}

/**
 * Reads what a create saved: a raw private key, or a response that could not be parsed, possibly with its HTTP head, in
 * UTF-16, compressed or in base64. Never throws; changes nothing.
 *
 * @returns `empty` for a reserved file that was never written; null if there is no regular file.
 */
export async function readKept(file: string): Promise<PrivateKey | NoKey | 'empty' | null> {
  try {
    const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
    try {
      const found = await handle.stat();
      if (!found.isFile()) return null;
      if (found.size > LONGEST) return { reason: t`it is longer than any key`, mayBeKey: false, encryptedKey: null };
      const bytes = await handle.readFile();
      return isPreallocated(bytes) ? 'empty' : await keyInBytes(bytes);
    } finally {
      await handle.close();
    }
  } catch (error) {
    const gone = ['ENOENT', 'ENOTDIR', 'ELOOP'].includes((error as NodeJS.ErrnoException).code ?? '');
    return gone ? null : { reason: t`it cannot be read`, mayBeKey: true, encryptedKey: null };
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

/** Keys are ASCII, so dropping the zero bytes of UTF-16 and UTF-32 keeps them complete. */
function textOf(bytes: Buffer): string {
  return bytes.toString('latin1').replaceAll('\0', '');
}

/** The possible texts of these bytes, the most likely first. */
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
    // Decompress truncated data as far as possible.
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
    // Another compression, or none.
  }
}

/** Removes the chunk sizes of the chunked coding (RFC 9112, 7.1), and garbage there. */
function unchunked(text: string): string {
  return `\r\n${text}`.replace(/\r\n[^\r\n]{0,20}(?=\r\n)/g, '').replaceAll('\r\n', '');
}

/** The parts of a text that may be a private key: armoured, or a JSON value with a known name. */
function* candidatesIn(text: string): Generator<string> {
  const unescaped = text
    .replace(/\\u00([0-7][0-9a-f])/gi, (_escape, code: string) => String.fromCharCode(parseInt(code, 16)))
    .replace(/\\[nr]/g, '\n')
    .replaceAll('\\', '');
  const blocks = unescaped.match(
    /-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----[^-]{0,32768}-----END [A-Z ]{0,20}PRIVATE KEY-----/g,
  );
  // If there are several, it is unknown which one is meant.
  if (new Set(blocks).size === 1) yield blocks?.[0] ?? '';
  const values = unescaped.matchAll(/"private_?key(?:body)?"\s*:\s*"([^"]{100,32768})"/gi);
  for (const [, value = ''] of values) yield value;
}

function parsed(text: string): PrivateKey | NoKey {
  const secret = new Secret(text);
  try {
    return parsePrivateKey(secret);
  } catch (error) {
    if (!(error instanceof KeyFormatError)) throw error;
    const untold = error.reason === 'encrypted' || error.reason === 'unsupported';
    const seen = error.reason === 'encrypted' ? inspectPrivateKey(secret) : null;
    const publicKey = seen?.refused === null ? seen.publicKey : null;
    return { reason: error.message, mayBeKey: untold, encryptedKey: publicKey && { publicKey, text: secret } };
  }
}
