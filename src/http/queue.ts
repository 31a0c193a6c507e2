import { KeypairError } from '../errors.ts';

/** One who waits, and the two ways in which it ends. */
interface Waiting {
  readonly ticket: number;
  readonly step: () => void;
  readonly dismiss: (error: KeypairError) => void;
}

/** A queue: one stands in front and the others wait, the lowest ticket first. */
export class Queue {
  readonly #waiting: Waiting[] = [];
  #occupied = false;

  /**
   * Resolves once the caller stands in front, which he leaves by {@link Queue.leave}.
   *
   * @throws KeypairError `CANCELLED` when the signal is aborted, or that of {@link Queue.dismiss}; then there is nothing
   * to leave.
   */
  enter(ticket: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(cancelled());
        return;
      }
      if (!this.#occupied) {
        this.#occupied = true;
        resolve();
        return;
      }
      const onAbort = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(place), 1);
        reject(cancelled());
      };
      const place: Waiting = {
        ticket,
        step: () => {
          signal.removeEventListener('abort', onAbort);
          resolve();
        },
        dismiss: (error) => {
          signal.removeEventListener('abort', onAbort);
          reject(error);
        },
      };
      signal.addEventListener('abort', onAbort, { once: true });
      const later = this.#waiting.findIndex((other) => other.ticket > ticket);
      this.#waiting.splice(later === -1 ? this.#waiting.length : later, 0, place);
    });
  }

  /** Makes room in front for the next one. */
  leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#occupied = false;
    else next.step();
  }

  /** Sends all away who wait, not the one in front. */
  dismiss(error: KeypairError): void {
    for (const waiting of this.#waiting.splice(0)) waiting.dismiss(error);
  }
}

/** The error for a wait that the signal ended. */
export function cancelled(): KeypairError {
  return new KeypairError('CANCELLED', 'cancelled before the request was made');
}
