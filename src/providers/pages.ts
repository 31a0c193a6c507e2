import { KeypairError } from '../errors.ts';
import type { KeyPair } from './types.ts';

/** One page of a list as a service sent it. */
export interface Page {
  /** How many rows it had, readable or not. */
  readonly rows: number;
  /** How many rows there are in all by the service's word, or null where it gave none that makes sense. */
  readonly total: number | null;
  readonly pairs: readonly KeyPair[];
}

/** Where a page begins: `offset` rows before it, and `number` counted from 1. */
export interface PageStart {
  readonly offset: number;
  readonly number: number;
}

/** More than any account has (quotas are of hundreds): a list that is longer never ends. */
const MAX_PAGES = 1000;

/**
 * Every key pair of a paged list, each once, in the service's order.
 *
 * A pair that appears again, because the list grew while it was read, is left out. The list ends at an empty page, at
 * a page with nothing new, and at a page that is not full when the service's total is just what has been read; any
 * other total is not believed, since a service may cut pages shorter than they were asked for.
 *
 * @param name only pairs of exactly this name; services' own filters are fuzzy or know wildcards.
 * @throws KeypairError `FAILURE` after 1000 pages.
 */
export async function* allPages(
  fetchPage: (start: PageStart) => Promise<Page>,
  pageSize: number,
  name: string | undefined,
): AsyncGenerator<KeyPair, void, undefined> {
  const seen = new Set<string>();
  let offset = 0;
  for (let number = 1; number <= MAX_PAGES; number += 1) {
    const page = await fetchPage({ offset, number });
    offset += page.rows;
    const before = seen.size;
    for (const pair of page.pairs) {
      const key = pair.id === null ? `name ${pair.name}` : `id ${pair.id}`;
      if (seen.has(key)) continue;
      seen.add(key);
      if (name === undefined || pair.name === name) yield pair;
    }
    if (seen.size === before || (page.rows < pageSize && page.total === offset)) return;
  }
  throw new KeypairError('FAILURE', `the list of key pairs does not end: ${MAX_PAGES} pages have been read`);
}
