import { KeypairError } from '../errors.ts';
import { t } from '../i18n/t.ts';

/** Time and chance, from outside. */
export interface Clock {
  /** Milliseconds of a clock that never goes back (`performance.now`). */
  readonly now: () => number;
  /** Resolves after this many milliseconds; rejects as soon as the signal is aborted (`node:timers/promises`). */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  /** At least 0, less than 1 (`Math.random`). */
  readonly random: () => number;
}

/** A second as we count it: requests do not arrive as evenly as they leave. */
const WINDOW_MS = 1050;

/** How late a start may be and still not delay those after it: timers are late by some. */
const LATENESS_MS = 15;

/** How long after a refusal we take it that somebody else draws on the same limit. */
const CROWDED_MS = 10_000;

/** In a crowd: the time between two tries for one more share. */
const PROBE_MS = WINDOW_MS / 4;

/** In a crowd: the time without such tries after a refusal, on average. It doubles with every six in a row, thrice. */
const RETREAT_MS = WINDOW_MS / 2;

/**
 * When requests of one action may start.
 *
 * Alone, they start evenly and a little below the service's limit. A refusal shows that other processes draw on the
 * limit too. From then on a request that was taken is a share of the limit that is ours: a window later, when it no
 * longer counts at the service, we use it again, and nobody is refused for it. A refused one is a share lost. Now and
 * then we try for one more: into a gap, or at the cost of whoever comes next, most likely the one with most shares. So
 * processes that know nothing of each other come to like shares, and together use nearly all of the limit.
 */
export class TokenBucket {
  readonly #clock: Clock;
  readonly #limit: number;
  readonly #queue = new Queue();
  #tickets = 0;
  /** When the requests started that count at the service now, or did a moment ago: the oldest first. */
  #shares: number[] = [];
  /** The next start, if all are even. */
  #evenly = -Infinity;
  #probeAt = -Infinity;
  #pausedUntil = -Infinity;
  #latestRefusal = -Infinity;
  #refusalsInRow = 0;
  #refusedSince = Infinity;

  /** @param limit requests in a second. */
  constructor(clock: Clock, limit: number) {
    this.#clock = clock;
    this.#limit = limit;
  }

  /** A place in the queue for a call and all its attempts: who came first goes first, also when he comes back. */
  ticket(): number {
    this.#tickets += 1;
    return this.#tickets;
  }

  /**
   * Waits until the next request may start, and says when that is: now.
   *
   * @throws KeypairError `CANCELLED` when the signal is aborted, or that of {@link TokenBucket.giveUp}.
   */
  async turn(ticket: number, signal: AbortSignal): Promise<number> {
    await this.#queue.enter(ticket, signal);
    try {
      // Looked at again after each wait: a refusal may have put it off.
      for (;;) {
        const now = this.#clock.now();
        const opensAt = this.#opensAt(now);
        if (now >= opensAt) {
          this.#start(now);
          return now;
        }
        await this.rest(opensAt - now, signal);
      }
    } finally {
      this.#queue.leave();
    }
  }

  /**
   * Waits.
   *
   * @throws KeypairError `CANCELLED` when the signal is aborted.
   */
  async rest(ms: number, signal: AbortSignal): Promise<void> {
    try {
      await this.#clock.wait(ms, signal);
    } catch (error) {
      throw signal.aborted ? cancelled() : error;
    }
  }

  /** The service took a request that had its turn, whatever it made of it. */
  taken(): void {
    this.#refusalsInRow = 0;
  }

  /**
   * The service refused a request because there were too many.
   *
   * @param startedAt what {@link TokenBucket.turn} said.
   * @param pauseMs how long the service wants to be left alone.
   * @returns since when it has refused everything.
   */
  refused(startedAt: number, pauseMs: number): number {
    const now = this.#clock.now();
    if (this.#refusalsInRow === 0 || !this.#crowded(now)) {
      this.#refusalsInRow = 0;
      this.#refusedSince = startedAt;
    }
    this.#refusalsInRow += 1;
    this.#pausedUntil = Math.max(this.#pausedUntil, now + pauseMs);
    this.#latestRefusal = Math.max(now, this.#pausedUntil);
    this.#shares = this.#shares.filter((start) => start !== startedAt);
    // Of random length: two processes would else stay in step.
    const factor = (0.5 + this.#clock.random()) * 2 ** Math.min(Math.floor(this.#refusalsInRow / 6), 3);
    this.#probeAt = Math.max(this.#probeAt, now + RETREAT_MS * factor);
    return this.#refusedSince;
  }

  /** Sends away all calls that wait for a turn: the service takes none. */
  giveUp(error: KeypairError): void {
    this.#queue.dismiss(error);
  }

  #crowded(now: number): boolean {
    return now - this.#latestRefusal <= CROWDED_MS;
  }

  #opensAt(now: number): number {
    const earliest = Math.max(this.#evenly, this.#pausedUntil);
    if (!this.#crowded(now)) return earliest;
    const [oldest = Infinity] = this.#shares;
    const probeAt = this.#shares.length < this.#limit ? this.#probeAt : Infinity;
    return Math.max(earliest, Math.min(oldest + WINDOW_MS, probeAt));
  }

  #start(now: number): void {
    this.#evenly = Math.max(this.#evenly, now - LATENESS_MS) + WINDOW_MS / this.#limit;
    // A share that we have left alone for long is somebody else's by now.
    this.#shares = this.#shares.filter((start) => start > now - 2 * WINDOW_MS);
    const [oldest = Infinity] = this.#shares;
    if (this.#shares.length >= this.#limit || oldest + WINDOW_MS <= now) this.#shares.shift();
    else this.#probeAt = Math.max(this.#probeAt, now + PROBE_MS);
    this.#shares.push(now);
  }
}

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
  return new KeypairError('CANCELLED', t`cancelled before the request was made`);
}
