import type { InputType, ZlibOptions } from 'node:zlib';
import { Secret } from '../../secret.ts';
import { KeyFormatError } from '../../keys/format-error.ts';
import { parsePrivateKey, type PrivateKey } from '../../keys/private-key.ts';
import { t } from '../../i18n/t.ts';
import { isPreallocated } from '../../storage/durable-write.ts';
import { readGuarded } from '../../storage/read-guarded.ts';

/** Longer than all that a create keeps of an answer (8 MiB), also in base64. */
const LONGEST = 12 * 1024 * 1024;

/** Decompressed answers are looked at up to this size. */
const DECOMPRESSED = 8 * 1024 * 1024;

/** A file without a key that can be used, and why. */
export interface NoKey {
  readonly reason: string;
  /** Whether it may be a key all the same: it could not be read, or only a passphrase opens it. */
  readonly untold: boolean;
}

/**
 * Reads what a create has kept: a private key as it came, or a whole answer that could not be read, with its head, in
 * UTF-16, compressed, or as base64 of its bytes. Never throws; changes nothing.
 *
 * @returns `empty` for a place that was taken and never written; null where no regular file is.
 */
export async function readKept(file: string): Promise<PrivateKey | NoKey | 'empty' | null> {
  try {
    const read = await readGuarded(file, LONGEST, 'refuse');
    if (read === 'too long') return { reason: t`it is longer than any key`, untold: false };
    if (typeof read === 'string') return null;
    return isPreallocated(read.bytes) ? 'empty' : await keyIn(read.bytes);
  } catch (error) {
    const gone = ['ENOENT', 'ENOTDIR', 'ELOOP'].includes((error as NodeJS.ErrnoException).code ?? '');
    return gone ? null : { reason: t`it cannot be read`, untold: true };
  }
}

async function keyIn(bytes: Buffer): Promise<PrivateKey | NoKey> {
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
  const {
    gunzipSync,
    inflateSync,
    inflateRawSync,
    brotliDecompressSync,
    constants: zlib,
  } = await import('node:zlib');
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
    return { reason: error.message, untold };
  }
}
