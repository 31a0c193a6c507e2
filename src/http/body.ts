import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { t } from '../i18n/t.ts';

/** The largest answer that is read, before and after decoding, in bytes (1 MiB): a page of key pairs has some 100 KB. */
export const BODY_LIMIT = 1024 * 1024;

/** Why an answer that came is of no use; the message completes "the answer of <host> …". */
export class UnusableBody extends Error {}

/**
 * Reads a whole answer and undoes its content encoding.
 *
 * @param received gets the bytes at the moment they come, so that they are not lost when the rest does not follow, or
 * is followed by what is not HTTP.
 * @throws UnusableBody when it is too large or cannot be decoded; Node's own error when the connection ends early.
 */
export async function readBody(response: IncomingMessage, received: Buffer[]): Promise<Buffer> {
  if (Number(response.headers['content-length']) > BODY_LIMIT) throw tooLarge();
  await new Promise<void>((resolve, reject) => {
    let size = 0;
    response.on('data', (chunk: Buffer) => {
      received.push(chunk);
      size += chunk.length;
      if (size > BODY_LIMIT) reject(tooLarge());
    });
    response.once('end', resolve);
    response.on('error', reject);
  });
  return decode(Buffer.concat(received), response.headers['content-encoding'] ?? 'identity');
}

/** The most bytes of a character of UTF-8 that a cut leaves. */
const CUT_CHARACTER = 3;

/** What came, as a text that loses nothing: as it is, though it may end within a character, or base64 where it is no UTF-8. */
export function textOfBytes(bytes: Buffer): string {
  for (let cut = 0; cut <= CUT_CHARACTER; cut += 1) {
    if (isUtf8(bytes.subarray(0, Math.max(0, bytes.length - cut)))) return bytes.toString('utf8');
  }
  return bytes.toString('base64');
}

/** We ask for `identity`; some gateways compress all the same. */
async function decode(body: Buffer, encoding: string): Promise<Buffer> {
  const name = encoding.trim().toLowerCase();
  if (name === 'identity' || name === '' || body.length === 0) return body;
  const { gunzipSync, inflateSync, inflateRawSync, brotliDecompressSync } = await import('node:zlib');
  const limit = { maxOutputLength: BODY_LIMIT };
  try {
    switch (name) {
      case 'gzip':
      case 'x-gzip':
        return gunzipSync(body, limit);
      case 'deflate':
        // RFC 9110, 8.4.1.2: zlib format is meant, raw deflate is what some servers send. 0x78: zlib's first byte.
        return body[0] === 0x78 ? inflateSync(body, limit) : inflateRawSync(body, limit);
      case 'br':
        return brotliDecompressSync(body, limit);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge();
    throw new UnusableBody(t`is not the ${name} that it claims to be`);
  }
  throw new UnusableBody('has an unknown content-encoding');
}

function tooLarge(): UnusableBody {
  return new UnusableBody('is larger than 1 MiB');
}
