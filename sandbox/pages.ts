import type { Behaviour } from './behaviour.ts';

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
