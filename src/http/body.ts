import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { t } from '../i18n/t.ts';

/** The largest answer that is read, before and after decoding, in bytes (1 MiB): a page of key pairs has some 100 KB. */
const BODY_LIMIT = 1024 * 1024;

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
  throw new UnusableBody(t`has an unknown content-encoding`);
}

function tooLarge(): UnusableBody {
  return new UnusableBody(t`is larger than 1 MiB`);
}

/** The most that is kept of one answer, in bytes. */
const CAPTURE_LIMIT = 8 * 1024 * 1024;

/** How long a connection may say nothing after its answer was refused, in milliseconds, before that counts as its end. */
const SILENCE_MS = 5000;

/**
 * All that comes on a connection, kept beside Node's parser of HTTP: that one destroys the connection at the first byte
 * which it dislikes, and what follows may be the only copy of a private key.
 */
export class Capture {
  readonly chunks: Buffer[] = [];
  #size = 0;
  #socket: Socket | null = null;
  #ended = false;
  #wake = (): void => undefined;

  /** Records a connection, after TLS. Until {@link release}, only its end or an error of its own destroys it. */
  record(socket: Socket): void {
    this.#socket = socket;
    const destroy = socket.destroy.bind(socket);
    socket.destroy = (error) => (this.#ended || error != null ? destroy(error) : socket);
    // It would tell the other side that nobody listens any more; Node asserts that nothing is written after it.
    socket.destroySoon = () => {
      Reflect.set(socket, 'writable', false);
      socket.destroy();
    };
    socket.on('data', (chunk: Buffer) => {
      if (this.#size >= CAPTURE_LIMIT) return;
      this.chunks.push(chunk);
      this.#size += chunk.length;
      this.#wake();
    });
    for (const event of ['end', 'error', 'close'] as const) {
      socket.on(event, () => {
        this.#ended = true;
        this.#wake();
      });
    }
  }

  /** Reads on until the other side ends, falls silent, or has sent too much. */
  async rest(silenceMs = SILENCE_MS): Promise<void> {
    const socket = this.#socket;
    while (socket !== null && !this.#ended && !socket.readableEnded && this.#size < CAPTURE_LIMIT) {
      const size = this.#size;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, silenceMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
        socket.resume();
      });
      if (this.#size === size) return;
    }
  }

  /** Gives the connection back: it can be destroyed, and is. */
  release(): void {
    if (this.#socket === null) return;
    Reflect.deleteProperty(this.#socket, 'destroy');
    Reflect.deleteProperty(this.#socket, 'destroySoon');
    this.#socket.destroy();
  }
}
