import { KeypairError } from '../errors.ts';
import { type Clock, TokenBucket } from './token-bucket.ts';

/** What a rate limiter works with. */
export interface RateLimiterOptions extends Clock {
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
 * A rate limiter for one region of one account: services count requests for each region. What shares the limits should
 * share the limiter.
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
 * Makes one request when its turn has come, and again while it is right and worth while.
 *
 * @param attempt makes the request once: signs it (a signature ages while it waits, and a nonce serves once), sends it
 * and reads the answer, so that a refusal is thrown as a KeypairError.
 * @throws what the last attempt threw; KeypairError `CANCELLED` (outcome `none`) when the signal aborts a wait.
 */
export type RateLimiter = <T>(call: Call, attempt: () => Promise<T>) => Promise<T>;

/** No limit: makes the request at once and once. */
export const atOnce: RateLimiter = (_call, attempt) => attempt();
