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

/** More than any key file; what is longer is not read to its end. */
const LIMIT = 64 * 1024;

/**
 * The text of a key file, or of stdin for `-`. It may be a private key.
 *
 * @param limit in bytes.
 * @throws KeypairError `NOT_FOUND` where there is no such file, `USAGE` where it cannot be read or is longer than any
 * key, `CANCELLED` on Ctrl-C.
 */
export async function readKeyFile({ context }: Session, file: string, limit = LIMIT): Promise<string> {
  if (file === '-') return readStdin(context, limit);
  try {
    const place = expandPath(file, context);
    const handle = await open(place, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      // A pipe of the shell's (`<(…)`) has its writer from the beginning.
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
 * All of stdin. Only for a command line that says `-`.
 *
 * @param limit in bytes.
 * @throws KeypairError `USAGE` beyond the limit, `CANCELLED` on Ctrl-C.
 */
export async function readStdin({ stdin, interrupts }: Context, limit: number): Promise<string> {
  try {
    return await readAll(addAbortSignal(interrupts.signal, stdin), limit);
  } catch (cause) {
    if (!interrupts.signal.aborted) throw cause;
    throw new KeypairError('CANCELLED', t`cancelled: nothing was called`, { cause });
  }
}

/** How often a FIFO or a device that has nothing to give is asked again, in milliseconds. */
const ASK_AGAIN_MS = 20;

/**
 * All of a file that was opened without blocking. Ctrl-C ends the wait.
 *
 * @param named whether it is a FIFO that a writer may open later: its end counts only after its first byte.
 * @param shown what the file is called.
 */
async function readOpened(
  handle: FileHandle,
  named: boolean,
  limit: number,
  shown: string,
  { interrupts }: Pick<Context, 'interrupts'>,
): Promise<string> {
  const bytes = Buffer.alloc(limit + 1);
  let size = 0;
  while (size <= limit) {
    const count = await readSome(handle, bytes.subarray(size));
    if (count === 0 && (size > 0 || !named)) return bytes.toString('utf8', 0, size);
    size += count ?? 0;
    if (count === null || count === 0) await wait(ASK_AGAIN_MS);
    if (interrupts.requested) throw new KeypairError('CANCELLED', t`cancelled: nothing was called`);
  }
  throw new KeypairError('USAGE', t`${shown} is longer than ${limit / 1024} KiB: it is no key file`);
}

/** How many bytes came; null where there is nothing yet. */
async function readSome(handle: FileHandle, bytes: Uint8Array): Promise<number | null> {
  try {
    return (await handle.read(bytes, 0, bytes.length, null)).bytesRead;
  } catch (error) {
    if (errorCode(error) === 'EAGAIN') return null;
    throw error;
  }
}

async function readAll(stream: AsyncIterable<string | Buffer>, limit: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    chunks.push(Buffer.from(chunk));
    size += chunk.length;
    if (size > limit) throw new KeypairError('USAGE', t`this is too long: more than ${limit / 1024} KiB`);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/**
 * Asks for the path of a key file that is there.
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
