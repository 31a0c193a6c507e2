import { constants, existsSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { addAbortSignal } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import type { Session } from './session.ts';
import type { Context } from '../context.ts';
import { KeypairError } from '../errors.ts';
import { t } from '../i18n/t.ts';
import { expandPath } from '../paths.ts';
import { errorCode } from '../storage/fs.ts';

/** The maximum size of a key file in bytes. Larger files are not read to the end. */
const LIMIT = 64 * 1024;

/**
 * Reads a key file, or stdin for `-`. The text may be a private key. A public key in DER comes as PEM.
 *
 * @param limit in bytes.
 * @throws KeypairError `NOT_FOUND` if the file does not exist, `USAGE` if it cannot be read or is longer than the
 * limit, `CANCELLED` on Ctrl-C.
 */
export async function readKeyFile({ context }: Session, file: string, limit = LIMIT): Promise<string> {
  const bytes = await readKeyBytes(context, file, limit);
  // The tag of a SEQUENCE, and the digit 0. DER is not UTF-8: decoding would destroy it.
  const pem = bytes[0] === 0x30 ? (await import('../keys/der.ts')).publicDerAsPem(bytes) : null;
  return pem ?? bytes.toString('utf8');
}

async function readKeyBytes(context: Context, file: string, limit: number): Promise<Buffer> {
  if (file === '-') return readStdinBytes(context, limit);
  try {
    const place = expandPath(file, context);
    const handle = await open(place, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      // The shell has already connected a writer to its own pipes (`<(…)`).
      const named = (await handle.stat()).isFIFO() && !/^\/(dev|proc)\//.test(place);
      return await readOpened(handle, named, limit, file, context);
    } finally {
      await handle.close();
    }
  } catch (cause) {
    const code = errorCode(cause);
    if (code === null || cause instanceof KeypairError) throw cause;
    throw new KeypairError(code === 'ENOENT' ? 'NOT_FOUND' : 'USAGE', t`cannot read ${file} (${code})`, {
      cause,
    });
  }
}

/**
 * Reads all of stdin. Only for a command line with `-`.
 *
 * @param limit in bytes.
 * @throws KeypairError `USAGE` beyond the limit, `CANCELLED` on Ctrl-C.
 */
export async function readStdin(context: Context, limit: number): Promise<string> {
  return (await readStdinBytes(context, limit)).toString('utf8');
}

async function readStdinBytes({ stdin, interrupts }: Context, limit: number): Promise<Buffer> {
  try {
    return await readAll(addAbortSignal(interrupts.signal, stdin), limit);
  } catch (cause) {
    if (!interrupts.signal.aborted) throw cause;
    throw new KeypairError('CANCELLED', t`cancelled: nothing was called`, { cause });
  }
}

/** How often to poll a FIFO or device that has no data, in milliseconds. */
const ASK_AGAIN_MS = 20;

/**
 * Reads all of a file that was opened without blocking. Ctrl-C ends the wait.
 *
 * @param named whether it is a FIFO that a writer may open later: the end of file counts only after the first byte.
 * @param shown the name for messages.
 */
async function readOpened(
  handle: FileHandle,
  named: boolean,
  limit: number,
  shown: string,
  { interrupts }: Pick<Context, 'interrupts'>,
): Promise<Buffer> {
  const bytes = Buffer.alloc(limit + 1);
  let size = 0;
  while (size <= limit) {
    const count = await readSome(handle, bytes.subarray(size));
    if (count === 0 && (size > 0 || !named)) return bytes.subarray(0, size);
    size += count ?? 0;
    if (count === null || count === 0) await wait(ASK_AGAIN_MS);
    if (interrupts.requested) throw new KeypairError('CANCELLED', t`cancelled: nothing was called`);
  }
  throw new KeypairError('USAGE', t`${shown} is longer than ${limit / 1024} KiB: it is no key file`);
}

/** The number of bytes read; null if there is no data yet. */
async function readSome(handle: FileHandle, bytes: Uint8Array): Promise<number | null> {
  try {
    return (await handle.read(bytes, 0, bytes.length, null)).bytesRead;
  } catch (error) {
    if (errorCode(error) === 'EAGAIN') return null;
    throw error;
  }
}

async function readAll(stream: AsyncIterable<string | Buffer>, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    chunks.push(Buffer.from(chunk));
    size += chunk.length;
    if (size > limit) throw new KeypairError('USAGE', t`this is too long: more than ${limit / 1024} KiB`);
  }
  return Buffer.concat(chunks);
}

/**
 * Asks for the path of an existing key file.
 *
 * @throws KeypairError `CANCELLED`.
 */
export async function askFile({ context }: Session, question: string): Promise<string> {
  const { askText } = await import('../ui/prompts.ts');
  return askText(context, question, (file) => {
    if (file === '') return t`a file such as ~/.ssh/foo.pub`;
    return existsSync(expandPath(file, context)) ? null : t`${file} is not there`;
  });
}
