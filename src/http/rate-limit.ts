import { KeypairError } from '../errors.ts';
import { Pace, type Clock } from './token-bucket.ts';
import type { Patience } from './rate-limit-types.ts';

/** What patience goes by. */
export interface PatienceOptions extends Clock {
  /** The service's limit for an action in one region, in requests a second; null where its documents give none. */
  readonly limitOf: (action: string) => number | null;
  /** How long after its first start a call is still repeated, in milliseconds: four times the timeout of a request. */
  readonly patienceMs: number;
}

/** Where no limit is documented: few enough for every service that has one. */
const ASSUMED_LIMIT = 20;

/** How often a read is repeated that failed for another reason: a machine without a network is to hear of it soon. */
const REPEATS = 3;

/** The first pause after such a failure is at most this long, the next at most twice as long, and so on. */
const FIRST_PAUSE_MS = 500;

/**
 * Patience with one region of one account; what shares its limits should share it.
 *
 * - Each action has its own pace. The wait for a call's first turn has no end but the signal's: who asks for 300
 *   requests at once wants 300 turns.
 * - A refusal because of too many requests (`throttled`) is repeated for every action, since nothing happened, for
 *   `patienceMs` from the call's first start. When the service has refused every request of the action for as long, the
 *   calls that wait for a turn are sent away with the same error.
 * - What changes the cloud is repeated in no other case. A read is repeated up to three times when it was
 *   `UNAVAILABLE` and not `final`, after pauses of random length that grow (exponential backoff with full jitter).
 * - What the service says of when to come back (`retryAfterMs`) is kept to, unless it is beyond our patience: then the
 *   error is thrown at once.
 */
export function createPatience(options: PatienceOptions): Patience {
  const { limitOf, now, patienceMs, random } = options;
  const paces = new Map<string, Pace>();
  const paceOf = (action: string): Pace => {
    const pace = paces.get(action) ?? new Pace(options, limitOf(action) ?? ASSUMED_LIMIT);
    paces.set(action, pace);
    return pace;
  };

  return async ({ action, changes, signal: given }, attempt) => {
    const pace = paceOf(action);
    const ticket = pace.ticket();
    // A signal for each call: Node warns of many listeners on one.
    const signal = AbortSignal.any([given]);
    let firstStart: number | null = null;
    for (let failures = 0; ;) {
      const startedAt = await pace.turn(ticket, signal);
      firstStart ??= startedAt;
      try {
        const result = await attempt();
        pace.taken();
        return result;
      } catch (error) {
        if (!(error instanceof KeypairError)) throw error;
        const { retryAfterMs: asked = 0 } = error;
        if (error.throttled) {
          const refusedSince = pace.refused(startedAt, asked > patienceMs ? 0 : asked);
          if (changes && error.outcome === 'unknown') throw error;
          const earliest = now() + asked;
          if (earliest - refusedSince > patienceMs) pace.giveUp(error);
          if (earliest - Math.min(firstStart, refusedSince) > patienceMs) throw error;
        } else {
          pace.taken();
          const pause = asked + random() * FIRST_PAUSE_MS * 2 ** failures;
          const worthWhile = failures < REPEATS && now() + pause - firstStart <= patienceMs;
          if (changes || error.final || error.code !== 'UNAVAILABLE' || !worthWhile) throw error;
          failures += 1;
          await pace.rest(pause, signal);
        }
      }
    }
  };
}
