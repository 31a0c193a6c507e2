import { open } from 'node:fs/promises';
import { addAbortSignal } from 'node:stream';
import { expandPath } from '../../config/paths.ts';
import type { Context } from '../../context.ts';
import { KeypairError } from '../../errors.ts';
import { t } from '../../language/t.ts';
import type { Session } from '../../session.ts';
import { errorCode } from '../../store/files.ts';

/** More than any key file; what is longer is not read to its end. */
const LIMIT = 64 * 1024;

/**
 * The text of a key file, or of stdin for `-`. It may be a private key.
 *
 * @throws KeypairError `NOT_FOUND` where there is no such file, `USAGE` where it cannot be read or is longer than any
 * key, `CANCELLED` on Ctrl-C.
 */
export async function readKeyFile({ context }: Session, file: string): Promise<string> {
  if (file === '-') return readStdin(context, LIMIT);
  try {
    const handle = await open(expandPath(file, context.cwd, context.home));
    try {
      return await readAll(handle.createReadStream({ end: LIMIT, autoClose: false }), LIMIT);
    } finally {
      await handle.close();
    }
  } catch (cause) {
    const code = errorCode(cause);
    if (code === null) throw cause;
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
    throw new KeypairError('CANCELLED', 'cancelled: nothing was called', { cause });
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
