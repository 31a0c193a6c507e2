import { KeypairError, type Outcome, withOutcome } from '../errors.ts';
import { t } from '../i18n/t.ts';

/** The options of a rate limiter. */
interface RateLimiterOptions extends Clock {
  /** The service's limit for an action in one region, in requests per second; null if undocumented. */
  readonly limitOf: (action: string) => number | null;
  /** How long a call may be repeated after its first start, in milliseconds: four times the timeout of a request. */
  readonly retryForMs: number;
}

/** The limit if none is documented. It is low enough for all services with a documented limit. */
const ASSUMED_LIMIT = 20;

/** How often to repeat a read that failed for another reason. Few, so that a missing network is reported soon. */
const REPEATS = 3;

/** The maximum first pause after such a failure, in milliseconds. It doubles each time. */
const FIRST_PAUSE_MS = 500;

/**
 * Creates a rate limiter for one region of one account. Services count requests per region, so all calls that share a
 * limit must share the limiter.
 *
 * - Each action has its own bucket. A call waits for its first turn until the signal aborts: 300 requests at once need
 * 300 turns.
 * - After a refusal because of too many requests (`throttled`), every action is repeated, since nothing happened, for
 * `retryForMs` from the call's first start. If the service has refused every request of the action for that long, all
 * waiting calls fail with the same error.
 * - A call that changes the cloud is repeated in no other case, unless it is idempotent. Such a call, and a read, is
 * repeated up to three times if it was `UNAVAILABLE` and not `final`, with exponential backoff and full jitter. If an
 * attempt to change the cloud may have succeeded, so may the call, however the last attempt fails.
 * - The service's `retryAfterMs` is respected. If it is longer than `retryForMs`, the error is thrown at once.
 */
export function createRateLimiter(options: RateLimiterOptions): RateLimiter {
  const { limitOf, now, retryForMs, random } = options;
  const buckets = new Map<string, TokenBucket>();
  const bucketOf = (action: string): TokenBucket => {
    const bucket = buckets.get(action) ?? new TokenBucket(options, limitOf(action) ?? ASSUMED_LIMIT);
    buckets.set(action, bucket);
    return bucket;
  };

  const repeating: RateLimiter = async ({ action, changes, idempotent = false, signal: given }, attempt) => {
    const bucket = bucketOf(action);
    const ticket = bucket.ticket();
    // One signal per call: Node warns about many listeners on one signal.
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
          if (changes && !idempotent && error.outcome === 'unknown') throw error;
          const earliest = now() + asked;
          if (earliest - refusedSince > retryForMs) bucket.giveUp(error);
          if (earliest - Math.min(firstStart, refusedSince) > retryForMs) throw error;
        } else {
          bucket.taken();
          const pause = asked + random() * FIRST_PAUSE_MS * 2 ** failures;
          const worthWhile = failures < REPEATS && now() + pause - firstStart <= retryForMs;
          if ((changes && !idempotent) || error.final || error.code !== 'UNAVAILABLE' || !worthWhile) throw error;
          failures += 1;
          await bucket.rest(pause, signal);
        }
      }
    }
  };

  return async (call, attempt) => {
    const outcomes = new Set<Outcome>();
    const watched = async (): ReturnType<typeof attempt> => {
      try {
        return await attempt();
      } catch (error) {
        if (error instanceof KeypairError) outcomes.add(error.outcome);
        throw error;
      }
    };
    try {
      return await repeating(call, watched);
    } catch (error) {
      const mayHaveActed = call.changes && outcomes.has('unknown');
      throw mayHaveActed && error instanceof KeypairError ? withOutcome(error, 'unknown') : error;
    }
  };
}

/** One request to a service, as the rate limiter sees it. */
export interface Call {
  /** The API's action (`CreateKeyPair`). Services count requests per action. */
  readonly action: string;
  /** Whether the action changes the cloud. Then it is repeated only if the service throttled it. */
  readonly changes: boolean;
  /** Whether the service recognises a repetition of this change, by a token in it. Default false. */
  readonly idempotent?: boolean;
  readonly signal: AbortSignal;
}

/**
 * Waits for its turn, makes one request, and repeats it if that is safe.
 *
 * @param attempt makes the request once: signs it (signatures expire, and a nonce is valid once), sends it and parses
 * the response. It throws a refusal as a KeypairError.
 * @throws the error of the last attempt; KeypairError `CANCELLED` (outcome `none`) if the signal aborts a wait.
 */
export type RateLimiter = <T>(call: Call, attempt: () => Promise<T>) => Promise<T>;

/** No limit: makes the request immediately and once. */
export const atOnce: RateLimiter = (_call, attempt) => attempt();

/** The clock and the random source. */
interface Clock {
  /** Milliseconds of a monotonic clock (`performance.now`). */
  readonly now: () => number;
  /** Resolves after this many milliseconds; rejects as soon as the signal is aborted (`node:timers/promises`). */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  /** At least 0, less than 1 (`Math.random`). */
  readonly random: () => number;
}

/** The window of one second, with a margin: requests do not arrive as evenly as we send them. */
const WINDOW_MS = 1035;

/** How late a start may be without delaying the next ones. */
const LATENESS_MS = 15;

/** The same for a start that was waited for: timers are late on a busy machine, and then we catch up. */
const CATCH_UP_MS = 250;

/** The shortest window with as many starts as the limit allows, while we catch up. */
const SHORTEST_WINDOW_MS = 1020;

/** How long after a refusal we assume that other processes use the same limit. */
const CROWDED_MS = 10_000;

/** With other processes: the time between two attempts to get one more share. */
const PROBE_MS = WINDOW_MS / 4;

/**
 * With other processes: the average time without such attempts after a refusal. It doubles after every six refusals in
 * a row, at most three times.
 */
const RETREAT_MS = WINDOW_MS / 2;

/**
 * Decides when requests of one action may start.
 *
 * Without other processes, requests start evenly, slightly below the service's limit. A refusal shows that other
 * processes use the limit too. From then on, each accepted request is our share of the limit. One window later the
 * service no longer counts it, so we can use the share again without any refusal. A refused request is a lost share.
 * Now and then we try to get one more share: in a gap, or from the process that sends next, most likely the one with
 * the most shares. So independent processes reach equal shares and together use nearly the whole limit.
 */
class TokenBucket {
  readonly #clock: Clock;
  readonly #limit: number;
  readonly #queue = new Queue();
  #tickets = 0;
  /** The start times of the requests that the service counts now, or counted recently: the oldest first. */
  #shares: number[] = [];
  /** The latest starts, as many as the limit allows in one window: the oldest first. */
  readonly #latest: number[] = [];
  /** The next start at an even pace. */
  #evenly = -Infinity;
  #probeAt = -Infinity;
  #pausedUntil = -Infinity;
  #latestRefusal = -Infinity;
  #refusalsInRow = 0;
  #refusedSince = Infinity;

  /** @param limit requests per second. */
  constructor(clock: Clock, limit: number) {
    this.#clock = clock;
    this.#limit = limit;
  }

  /** A place in the queue for a call and all its attempts. An earlier call goes first, even when it is repeated. */
  ticket(): number {
    this.#tickets += 1;
    return this.#tickets;
  }

  /**
   * Waits until the next request may start, and returns that time.
   *
   * @throws KeypairError `CANCELLED` if the signal aborts, or the error of {@link TokenBucket.giveUp}.
   */
  async turn(ticket: number, signal: AbortSignal): Promise<number> {
    await this.#queue.enter(ticket, signal);
    try {
      // Check again after each wait: a refusal may have postponed the start.
      for (let lateness = LATENESS_MS; ; lateness = CATCH_UP_MS) {
        const now = this.#clock.now();
        const opensAt = this.#opensAt(now);
        if (now >= opensAt) {
          this.#start(now, lateness);
          return now;
        }
        await this.rest(opensAt - now, signal);
      }
    } finally {
      this.#queue.leave();
    }
  }

  /** @throws KeypairError `CANCELLED` if the signal aborts. */
  async rest(ms: number, signal: AbortSignal): Promise<void> {
    try {
      await this.#clock.wait(ms, signal);
    } catch (error) {
      throw signal.aborted ? cancelled() : error;
    }
  }

  /** Records that the service accepted a request, whatever its response. */
  taken(): void {
    this.#refusalsInRow = 0;
  }

  /**
   * Records that the service refused a request because there were too many.
   *
   * @param startedAt the result of {@link TokenBucket.turn}.
   * @param pauseMs how long the service asks us to wait.
   * @returns since when the service has refused every request.
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
    // The length is random. Otherwise two processes would stay in step.
    const factor = (0.5 + this.#clock.random()) * 2 ** Math.min(Math.floor(this.#refusalsInRow / 6), 3);
    this.#probeAt = Math.max(this.#probeAt, now + RETREAT_MS * factor);
    return this.#refusedSince;
  }

  /** Rejects all waiting calls: the service accepts none. */
  giveUp(error: KeypairError): void {
    this.#queue.dismiss(error);
  }

  #crowded(now: number): boolean {
    return now - this.#latestRefusal <= CROWDED_MS;
  }

  #opensAt(now: number): number {
    const [first = -Infinity] = this.#latest.length < this.#limit ? [] : this.#latest;
    const earliest = Math.max(this.#evenly, first + SHORTEST_WINDOW_MS, this.#pausedUntil);
    if (!this.#crowded(now)) return earliest;
    const [oldest = Infinity] = this.#shares;
    const probeAt = this.#shares.length < this.#limit ? this.#probeAt : Infinity;
    return Math.max(earliest, Math.min(oldest + WINDOW_MS, probeAt));
  }

  /** @param lateness how late the start may be without delaying the next ones. */
  #start(now: number, lateness: number): void {
    this.#evenly = Math.max(this.#evenly, now - lateness) + WINDOW_MS / this.#limit;
    this.#latest.push(now);
    if (this.#latest.length > this.#limit) this.#latest.shift();
    // Another process has taken a share that we have not used for long.
    this.#shares = this.#shares.filter((start) => start > now - 2 * WINDOW_MS);
    const [oldest = Infinity] = this.#shares;
    if (this.#shares.length >= this.#limit || oldest + WINDOW_MS <= now) this.#shares.shift();
    else this.#probeAt = Math.max(this.#probeAt, now + PROBE_MS);
    this.#shares.push(now);
  }
}

/** A waiting call. */
interface Waiting {
  readonly ticket: number;
  readonly step: () => void;
  readonly dismiss: (error: KeypairError) => void;
}

/** A queue: one caller is in front, the others wait, the lowest ticket first. */
class Queue {
  readonly #waiting: Waiting[] = [];
  #occupied = false;

  /**
   * Resolves once the caller is in front. It stays there until it calls {@link Queue.leave}.
   *
   * @throws KeypairError `CANCELLED` if the signal aborts, or the error of {@link Queue.dismiss}. Then do not call
   * `leave`.
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

  /** Lets the next caller go in front. */
  leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#occupied = false;
    else next.step();
  }

  /** Rejects all waiting callers, but not the one in front. */
  dismiss(error: KeypairError): void {
    for (const waiting of this.#waiting.splice(0)) waiting.dismiss(error);
  }
}

/** The error for an aborted wait. */
function cancelled(): KeypairError {
  return new KeypairError('CANCELLED', t`cancelled before the request was made`);
}
