import type { Behaviour } from './behaviour.ts';

/** Limits requests to a number in the last second. */
export interface RateLimiter {
  /** @returns false when the request exceeds the limit; it does not count then. */
  allow(kind: string, perSecond: number, now: Date): boolean;
}

/** A rate limiter with a sliding window of one second for each kind. */
export function rateLimiter(): RateLimiter {
  const times = new Map<string, number[]>();
  return {
    allow(kind, perSecond, now) {
      const at = now.getTime();
      const recent = (times.get(kind) ?? []).filter((time) => Math.abs(at - time) < 1000);
      const allowed = recent.length < perSecond;
      times.set(kind, allowed ? [...recent, at] : recent);
      return allowed;
    },
  };
}

/** Remembers each nonce until its request would be expired anyway. */
export interface NonceMemory {
  /** @returns false for a replay. */
  isNew(key: string, now: Date, skewSeconds: number): boolean;
}

/** Keeps nonces in memory. Each sandbox has its own. */
export function nonceMemory(): NonceMemory {
  const expiry = new Map<string, number>();
  return {
    isNew(key, now, skewSeconds) {
      const at = now.getTime();
      if ((expiry.get(key) ?? -Infinity) >= at) return false;
      // A timestamp may be one skew ahead, so the request stays valid for two.
      expiry.set(key, at + 2 * skewSeconds * 1000);
      for (const [old, until] of expiry) {
        // Entries expire nearly in insertion order: stop at the first valid one.
        if (until >= at) break;
        expiry.delete(old);
      }
      return true;
    },
  };
}

/** Chooses page sizes. */
export interface Pager {
  /** For lists by offset or token: each page may have another size. */
  size(requested: number): number;
  /** For numbered pages (ECS): one size for each requested size. Otherwise pages would skip rows. */
  fixedSize(requested: number): number;
}

/** A pager for a behaviour. Sizes are from 1 to the requested size. */
export function pager({ maxPageSize, pageSize }: Behaviour): Pager {
  const steady = new Map<number, number>();
  const size = (requested: number): number =>
    Math.max(1, Math.min(requested, maxPageSize ?? requested, Math.floor(pageSize(requested))));
  return {
    size,
    fixedSize(requested) {
      const chosen = steady.get(requested) ?? size(requested);
      steady.set(requested, chosen);
      return chosen;
    },
  };
}
