import type { IncomingMessage } from 'node:http';

/** The largest answer that is read, before and after decoding, in bytes (1 MiB): a page of key pairs has some 100 KB. */
export const BODY_LIMIT = 1024 * 1024;

/** Why an answer that came is of no use; the message completes "the answer of <host> …". */
export class UnusableBody extends Error {}

/**
 * Reads a whole answer and undoes its content encoding.
 *
 * @param received gets the bytes as they come, so that they are not lost when the rest does not follow.
 * @throws UnusableBody when it is too large or cannot be decoded; Node's own error when the connection ends early.
 */
export async function readBody(response: IncomingMessage, received: Buffer[]): Promise<Buffer> {
  if (Number(response.headers['content-length']) > BODY_LIMIT) throw tooLarge();
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    received.push(chunk);
    size += chunk.length;
    if (size > BODY_LIMIT) throw tooLarge();
  }
  return decode(Buffer.concat(received), response.headers['content-encoding'] ?? 'identity');
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
    throw new UnusableBody(`is not the ${name} that it claims to be`);
  }
  throw new UnusableBody('has an unknown content-encoding');
}

function tooLarge(): UnusableBody {
  return new UnusableBody('is larger than 1 MiB');
}
