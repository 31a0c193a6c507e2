import { KeypairError } from '../../../../src/errors.ts';
import { createRateLimiter, type RateLimiter } from '../../../../src/http/rate-limit.ts';
import { rateLimiter } from '../../../../sandbox/limits.ts';

/** Never aborted. */
export const NEVER = new AbortController().signal;

interface Timer {
  readonly at: number;
  readonly fire: () => void;
}

/** A world with a clock of its own, which goes on when nothing is left to do at its time; chance comes from a seed. */
export class World {
  #time = 0;
  #timers: Timer[] = [];
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** How many waits are under way. */
  get waits(): number {
    return this.#timers.length;
  }

  readonly now = (): number => this.#time;

  /** Mulberry32. */
  readonly random = (): number => {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };

  /** Exactly this long; rejects as soon as the signal is aborted. */
  readonly pass = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#timers = this.#timers.filter((other) => other !== timer);
        reject(new Error('aborted'));
      };
      const timer: Timer = {
        at: this.#time + ms,
        fire: () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      if (signal?.aborted === true) {
        onAbort();
        return;
      }
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#timers.push(timer);
    });

  /** What a program's timers do: late by up to 2 ms. */
  readonly wait = (ms: number, signal: AbortSignal): Promise<void> => this.pass(ms + this.random() * 2, signal);

  /** Lets time pass until this has settled. */
  async until<T>(work: Promise<T>): Promise<T> {
    const state = { settled: false };
    const settle = (): void => {
      state.settled = true;
    };
    work.then(settle, settle);
    for (;;) {
      await new Promise(setImmediate);
      if (state.settled) return work;
      const at = Math.min(...this.#timers.map((timer) => timer.at));
      if (at === Infinity) throw new Error('nothing will ever happen again');
      this.#time = at;
      const due = this.#timers.filter((timer) => timer.at === at);
      this.#timers = this.#timers.filter((timer) => timer.at !== at);
      for (const { fire } of due) fire();
    }
  }

  /** One process's rate limiter. */
  limiter(requestsPerSecond: number | null = 10, retryForMs = 120_000, wait = this.wait): RateLimiter {
    const { now, random } = this;
    return createRateLimiter({ now, random, wait, retryForMs, limitOf: () => requestsPerSecond });
  }
}

/** How long a request is on its way, and its answer, in milliseconds. */
export interface Latency {
  there(random: () => number): number;
  back(random: () => number): number;
}

/** A service that counts as the sandbox does: a sliding window of a second, where what is refused does not count. */
export class Service {
  readonly #world: World;
  readonly #latency: Latency;
  readonly #perSecond: number;
  readonly #limiter = rateLimiter();
  /** Who was served, in order. */
  readonly served: { readonly who: string; readonly at: number }[] = [];
  /** When requests were refused. */
  readonly refused: number[] = [];

  constructor(world: World, latency: Latency, perSecond = 10) {
    this.#world = world;
    this.#latency = latency;
    this.#perSecond = perSecond;
  }

  /** @throws KeypairError as an adapter's, when there are too many. */
  async request(who: string): Promise<void> {
    const { now, pass, random } = this.#world;
    await pass(this.#latency.there(random));
    const taken = this.#limiter.allow('CreateKeyPair', this.#perSecond, new Date(now()));
    if (taken) this.served.push({ who, at: now() });
    else this.refused.push(now());
    await pass(this.#latency.back(random));
    if (!taken) throw throttled();
  }

  /** Many creates of one process at once, by its limiter. Gives what became of each. */
  creates(who: string, count: number, limiter: RateLimiter): Promise<PromiseSettledResult<void>[]> {
    const call = { action: 'CreateKeyPair', changes: true, signal: NEVER };
    return Promise.allSettled(Array.from({ length: count }, () => limiter(call, () => this.request(who))));
  }
}

/** The refusal of a request that was one too many. */
export function throttled(more: { readonly retryAfterMs?: number; readonly outcome?: 'unknown' } = {}): KeypairError {
  return new KeypairError('UNAVAILABLE', 'too many requests', { throttled: true, ...more });
}
