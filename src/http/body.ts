import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { t } from '../i18n/t.ts';

/**
 * The maximum size of a response, before and after decoding, in bytes (1 MiB). A page of key pairs has about 100 KB.
 */
const BODY_LIMIT = 1024 * 1024;

/** Why a response is unusable. The message completes "the answer of <host> …". */
export class UnusableBody extends Error {}

/**
 * Reads a complete response and decodes its content encoding.
 *
 * @param received gets the bytes as they arrive, so that they are kept even if the rest is missing or is not HTTP.
 * @throws UnusableBody if it is too large or cannot be decoded; Node's own error if the connection ends early.
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

/** The maximum number of bytes of a truncated UTF-8 character. */
const CUT_CHARACTER = 3;

/** Bytes as a text, without loss: UTF-8, possibly with a truncated last character, else base64. */
export function textOfBytes(bytes: Buffer): string {
  for (let cut = 0; cut <= CUT_CHARACTER; cut += 1) {
    if (isUtf8(bytes.subarray(0, Math.max(0, bytes.length - cut)))) return bytes.toString('utf8');
  }
  return bytes.toString('base64');
}

/** Decompresses a body. We request `identity`, but some gateways compress anyway. */
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
        // RFC 9110, 8.4.1.2 means zlib format, but some servers send raw deflate. 0x78 is zlib's first byte.
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

/** The maximum size of a captured response, in bytes. */
const CAPTURE_LIMIT = 8 * 1024 * 1024;

/** How long a connection may be silent after its response was rejected, in milliseconds. Then it counts as ended. */
const SILENCE_MS = 5000;

/**
 * Captures all bytes of a connection, independent of Node's HTTP parser. The parser destroys the connection at the
 * first invalid byte, but the rest may contain the only copy of a private key.
 */
export class Capture {
  readonly chunks: Buffer[] = [];
  #size = 0;
  #socket: Socket | null = null;
  #ended = false;
  #wake = (): void => undefined;

  /** Records the decrypted bytes of a connection. Until {@link release}, only its end or its own error destroys it. */
  record(socket: Socket): void {
    this.#socket = socket;
    const destroy = socket.destroy.bind(socket);
    socket.destroy = (error) => (this.#ended || error != null ? destroy(error) : socket);
    // The original would tell the server that we have stopped listening. Node asserts that nothing is written
    // afterwards.
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

  /** Reads on until the server ends the connection, is silent, or has sent too much. */
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

  /** Restores the connection's own methods and destroys it. */
  release(): void {
    if (this.#socket === null) return;
    Reflect.deleteProperty(this.#socket, 'destroy');
    Reflect.deleteProperty(this.#socket, 'destroySoon');
    this.#socket.destroy();
  }
}
