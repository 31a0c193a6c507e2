import type { Socket } from 'node:net';

/** The most that is kept of one answer, in bytes. */
const LONGEST = 8 * 1024 * 1024;

/** How long a connection may say nothing after its answer was refused, in milliseconds, before that counts as its end. */
const SILENCE_MS = 5000;

/**
 * All that comes on a connection, kept beside Node's parser of HTTP: that one destroys the connection at the first byte
 * which it dislikes, and what follows may be the only copy of a private key.
 */
export class Tape {
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
      if (this.#size >= LONGEST) return;
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
    while (socket !== null && !this.#ended && !socket.readableEnded && this.#size < LONGEST) {
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
