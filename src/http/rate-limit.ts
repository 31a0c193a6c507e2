import { KeypairError } from '../errors.ts';
import { t } from '../i18n/t.ts';

/** What a rate limiter works with. */
interface RateLimiterOptions extends Clock {
  /** The service's limit for an action in one region, in requests a second; null where its documents give none. */
  readonly limitOf: (action: string) => number | null;
  /** How long after its first start a call is still repeated, in milliseconds: four times the timeout of a request. */
  readonly retryForMs: number;
}

/** Where no limit is documented: few enough for every service that has one. */
const ASSUMED_LIMIT = 20;

/** How often a read is repeated that failed for another reason: a machine without a network is to hear of it soon. */
const REPEATS = 3;

/** The first pause after such a failure is at most this long, the next at most twice as long, and so on. */
const FIRST_PAUSE_MS = 500;

/**
 * A rate limiter for one region of one account: services count requests for each region, so all calls that share a
 * limit must share the limiter.
 *
 * - Each action has its own bucket. The wait for a call's first turn has no end but the signal's: who asks for 300
 *   requests at once wants 300 turns.
 * - A refusal because of too many requests (`throttled`) is repeated for every action, since nothing happened, for
 *   `retryForMs` from the call's first start. When the service has refused every request of the action for as long, the
 *   calls that wait for a turn are sent away with the same error.
 * - What changes the cloud is repeated in no other case. A read is repeated up to three times when it was
 *   `UNAVAILABLE` and not `final`, after pauses of random length that grow (exponential backoff with full jitter).
 * - What the service says of when to come back (`retryAfterMs`) is kept to, unless that is longer than `retryForMs`: then the
 *   error is thrown at once.
 */
export function createRateLimiter(options: RateLimiterOptions): RateLimiter {
  const { limitOf, now, retryForMs, random } = options;
  const buckets = new Map<string, TokenBucket>();
  const bucketOf = (action: string): TokenBucket => {
    const bucket = buckets.get(action) ?? new TokenBucket(options, limitOf(action) ?? ASSUMED_LIMIT);
    buckets.set(action, bucket);
    return bucket;
  };

  return async ({ action, changes, signal: given }, attempt) => {
    const bucket = bucketOf(action);
    const ticket = bucket.ticket();
    // A signal for each call: Node warns of many listeners on one.
    const signal = AbortSignal.any([given]);
    let firstStart: number | null = null;
    for (let failures = 0; ;) {
      const startedAt = await bucket.turn(ticket, signal);
      firstStart ??= startedAt;
      try {
        const result = await attempt();
        bucket.taken();
        return result;
      } catch (error) {
        if (!(error instanceof KeypairError)) throw error;
        const { retryAfterMs: asked = 0 } = error;
        if (error.throttled) {
          const refusedSince = bucket.refused(startedAt, asked > retryForMs ? 0 : asked);
          if (changes && error.outcome === 'unknown') throw error;
          const earliest = now() + asked;
          if (earliest - refusedSince > retryForMs) bucket.giveUp(error);
          if (earliest - Math.min(firstStart, refusedSince) > retryForMs) throw error;
        } else {
          bucket.taken();
          const pause = asked + random() * FIRST_PAUSE_MS * 2 ** failures;
          const worthWhile = failures < REPEATS && now() + pause - firstStart <= retryForMs;
          if (changes || error.final || error.code !== 'UNAVAILABLE' || !worthWhile) throw error;
          failures += 1;
          await bucket.rest(pause, signal);
        }
      }
    }
  };
}

/** One request to a service, as the rate limiter sees it. */
export interface Call {
  /** The API's action (`CreateKeyPair`): services count requests for each. */
  readonly action: string;
  /** Whether the action changes the cloud: then it is repeated only when the service has refused to look at it. */
  readonly changes: boolean;
  readonly signal: AbortSignal;
}

/**
 * Makes one request when its turn has come, and repeats it where that is safe.
 *
 * @param attempt makes the request once: signs it (a signature ages while it waits, and a nonce serves once), sends it
 * and reads the answer, so that a refusal is thrown as a KeypairError.
 * @throws what the last attempt threw; KeypairError `CANCELLED` (outcome `none`) when the signal aborts a wait.
 */
export type RateLimiter = <T>(call: Call, attempt: () => Promise<T>) => Promise<T>;

/** No limit: makes the request at once and once. */
export const atOnce: RateLimiter = (_call, attempt) => attempt();

/** Time and chance, from outside. */
interface Clock {
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
class TokenBucket {
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

  /** A place in the queue for a call and all its attempts: the earlier call goes first, also when it is repeated. */
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

  /** Rejects all calls that wait for a turn: the service accepts none. */
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

/** A waiting call, and the two ways in which its wait ends. */
interface Waiting {
  readonly ticket: number;
  readonly step: () => void;
  readonly dismiss: (error: KeypairError) => void;
}

/** A queue: one stands in front and the others wait, the lowest ticket first. */
class Queue {
  readonly #waiting: Waiting[] = [];
  #occupied = false;

  /**
   * Resolves once the caller is in front, until it calls {@link Queue.leave}.
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

  /** Rejects all who wait, not the one in front. */
  dismiss(error: KeypairError): void {
    for (const waiting of this.#waiting.splice(0)) waiting.dismiss(error);
  }
}

/** The error for a wait that the signal ended. */
function cancelled(): KeypairError {
  return new KeypairError('CANCELLED', t`cancelled before the request was made`);
}
