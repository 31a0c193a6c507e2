/** Counts requests of one kind in the last second. */
export interface RateLimiter {
  /** @returns false when this request is one too many; a refused request does not count. */
  allow(kind: string, perSecond: number, now: Date): boolean;
}

/** A sliding window of one second for each kind. */
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

/** Remembers nonces for as long as a request that bears them could still be in time. */
export interface NonceMemory {
  /** @returns false when this key has been seen before. */
  isNew(key: string, now: Date, skewSeconds: number): boolean;
}

/** Nonces in memory; two sandboxes do not share them. */
export function nonceMemory(): NonceMemory {
  const expiry = new Map<string, number>();
  return {
    isNew(key, now, skewSeconds) {
      const at = now.getTime();
      if ((expiry.get(key) ?? -Infinity) >= at) return false;
      // Signed up to one skew ahead of us, a request stays in time for two.
      expiry.set(key, at + 2 * skewSeconds * 1000);
      for (const [old, until] of expiry) {
        // Insertion order is nearly the order of expiry: stop at the first that still counts.
        if (until >= at) break;
        expiry.delete(old);
      }
      return true;
    },
  };
}
