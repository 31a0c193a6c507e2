import { KeypairError } from '../errors.ts';
import { t } from '../i18n/t.ts';
import type { KeyPair, ListFilter } from './types.ts';

/** One page of a list, as the service sent it. */
export interface Page<T> {
  /** The number of rows, valid or not. */
  readonly rows: number;
  /** The total number of rows according to the service, or null if it sent no valid number. */
  readonly total: number | null;
  readonly items: readonly T[];
}

/** Where a page begins: the number of rows before it, and its number, counted from 1. */
interface PageStart {
  readonly offset: number;
  readonly number: number;
}

/** No account has this many pages (quotas are in the hundreds), so a longer list never ends. */
const MAX_PAGES = 1000;

/** After so many pages in a row without a new item, the service is sending the same page for ever. */
const MAX_STALE = 3;

/**
 * All items of a paged list, each once, in the service's order.
 *
 * The list ends at an empty page. It also ends at a page with nothing new, unless the total promises more, and at a
 * page that is not full if the total equals the number of rows read. No other total is trusted: a service may return
 * shorter pages than requested.
 *
 * A list may change while we read it. If rows are added, some items appear twice; the second one is dropped. If rows
 * are deleted, later items move up and we miss some. So we read the pages once more, from the last to the first: in
 * that direction, items move to pages that are still to be read. A list of one page needs no second pass.
 *
 * @param keyOf the identity of an item.
 * @throws KeypairError `FAILURE` after 1000 pages.
 */
export async function* allPages<T>(
  fetchPage: (start: PageStart) => Promise<Page<T>>,
  pageSize: number,
  keyOf: (item: T) => string,
): AsyncGenerator<T, void, undefined> {
  const fresh = unseen(keyOf);
  const starts: PageStart[] = [];
  let stale = 0;
  for (let offset = 0, number = 1; ; number += 1) {
    if (number > MAX_PAGES) throw endless();
    starts.push({ offset, number });
    const page = await fetchPage({ offset, number });
    offset += page.rows;
    const items = fresh(page.items);
    yield* items;
    stale = items.length === 0 ? stale + 1 : 0;
    if (stale > 0 && (page.rows === 0 || stale === MAX_STALE || (page.total ?? 0) <= offset)) break;
    if (page.rows < pageSize && page.total === offset) break;
  }
  for (let index = starts.length - 2; index >= 0; index -= 1) {
    // The page may be shorter than before: read on to its former end.
    const { offset: begin = 0, number = 1 } = starts[index] ?? {};
    const end = starts[index + 1]?.offset ?? begin;
    for (let offset = begin; offset < end;) {
      const page = await fetchPage({ offset, number });
      yield* fresh(page.items);
      if (page.rows === 0) break;
      offset += page.rows;
    }
  }
}

/** A page of a list with page tokens, and the token of the next page, or null after the last. */
export interface Piece<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

/**
 * All items of a list with page tokens, each once. A repeated token ends the list.
 *
 * @throws KeypairError `FAILURE` after 1000 pages.
 */
export async function* allPieces<T>(
  fetchPiece: (token: string | null) => Promise<Piece<T>>,
  keyOf: (item: T) => string,
): AsyncGenerator<T, void, undefined> {
  const fresh = unseen(keyOf);
  const tokens = new Set<string>();
  for (let token: string | null = null; ; tokens.add(token)) {
    if (tokens.size >= MAX_PAGES) throw endless();
    const piece: Piece<T> = await fetchPiece(token);
    yield* fresh(piece.items);
    token = piece.next;
    if (token === null || tokens.has(token)) return;
  }
}

/** Returns a filter that drops the items it has seen before. */
function unseen<T>(keyOf: (item: T) => string): (items: readonly T[]) => readonly T[] {
  const seen = new Set<string>();
  return (items) =>
    items.filter((item) => {
      const known = seen.size;
      return seen.add(keyOf(item)).size > known;
    });
}

function endless(): KeypairError {
  return new KeypairError('FAILURE', t`the list does not end: ${MAX_PAGES} pages have been read`);
}

/** The identity of a key pair in a list: its id, or its name if the service returns no ids. */
export function identityOf({ id, name }: KeyPair): string {
  return id === null ? `name ${name}` : `id ${id}`;
}

/** The pairs that match a filter. The services' own filters match loosely, support wildcards, or do not exist. */
export async function* matching(
  pairs: AsyncIterable<KeyPair>,
  filter: ListFilter,
): AsyncGenerator<KeyPair, void, undefined> {
  const { name, id } = filter;
  const tags = Object.entries(filter.tags ?? {});
  for await (const pair of pairs) {
    if (name !== undefined && pair.name !== name) continue;
    if (id !== undefined && pair.id !== id) continue;
    if (tags.every(([key, value]) => hasTag(pair, key, value))) yield pair;
  }
}

function hasTag({ tags }: KeyPair, key: string, value: string): boolean {
  return tags !== null && Object.hasOwn(tags, key) && tags[key] === value;
}
