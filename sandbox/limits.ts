import type { Behaviour } from './behaviour.ts';

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

/** How many rows a page gets. */
export interface Pager {
  /** For lists that go on where the last page ended, by offset or token: every page may differ. */
  size(asked: number): number;
  /** For lists that count in pages (ECS): one size for one question, else rows would be lost between pages. */
  fixedSize(asked: number): number;
}

/** The page sizes that a behaviour wants, from 1 to what was asked for. */
export function pager({ maxPageSize, pageSize }: Behaviour): Pager {
  const steady = new Map<number, number>();
  const size = (asked: number): number =>
    Math.max(1, Math.min(asked, maxPageSize ?? asked, Math.floor(pageSize(asked))));
  return {
    size,
    fixedSize(asked) {
      const chosen = steady.get(asked) ?? size(asked);
      steady.set(asked, chosen);
      return chosen;
    },
  };
}
