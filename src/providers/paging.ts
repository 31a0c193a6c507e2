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

type FetchPage<T> = (start: PageStart, signal: AbortSignal) => Promise<Page<T>>;

/** How a list is paged. */
export interface Paging<T> {
  /** The requested number of rows per page. */
  readonly pageSize: number;
  /** Whether the service pages by number (else by offset). */
  readonly numbered: boolean;
  /** The identity of an item. */
  readonly keyOf: (item: T) => string;
  readonly signal: AbortSignal;
}

/** No account has this many pages (quotas are in the hundreds), so a longer list never ends. */
const MAX_PAGES = 1000;

/** After so many pages in a row without a new item, the service is sending the same page for ever. */
const MAX_STALE = 3;

/**
 * All items of a paged list, each once, in the service's order.
 *
 * A list may change while we read it: later rows move, and a page may miss some. A list of N pages costs N requests,
 * and one more that shows that nothing moved. What did move is read again. A list of one page costs one request.
 *
 * The first page is requested alone; it has the total. If more items are asked for, the next pages are requested at
 * once, more of them with each page that is as expected: the total may be wrong, and a service may return shorter pages
 * than requested.
 *
 * @throws KeypairError `FAILURE` after 1000 pages.
 */
export async function* allPages<T>(fetchPage: FetchPage<T>, paging: Paging<T>): AsyncGenerator<T, void, undefined> {
  const reading: Reading<T> = {
    ...paging,
    pages: new Pages(fetchPage, paging.signal),
    known: new Set(),
    fresh: (items) => unseen(items, paging.keyOf, reading.known),
  };
  try {
    const first = await reading.pages.at({ offset: 0, number: 1 });
    yield* reading.fresh(first.items);
    if (first.rows === 0 || isLast(first, 0, paging)) return;
    const complete = yield* paging.numbered ? byNumber(reading, first) : byOffset(reading, first);
    if (complete) return;
    reading.pages.drop();
    yield* outAndBack(reading, first);
  } finally {
    reading.pages.drop();
  }
}

/** A list while it is read. */
interface Reading<T> extends Paging<T> {
  readonly pages: Pages<T>;
  /** The identities of all items so far. */
  readonly known: Set<string>;
  /** Adds these items to the known ones, and returns the new ones. */
  readonly fresh: (items: readonly T[]) => readonly T[];
}

/** Whether a page is the last. Only a page that is not full shows this: a total may count the rows of one page. */
function isLast({ rows, total }: Page<unknown>, offset: number, { pageSize }: Paging<never>): boolean {
  return rows < pageSize && total === offset + rows;
}

/** The maximum number of pages to request at once. */
const MOST_AHEAD = 16;

/** The pages of a list, some of them requested ahead. */
class Pages<T> {
  readonly #fetchPage: FetchPage<T>;
  readonly #signal: AbortSignal;
  /** By offset. */
  readonly #ahead = new Map<number, Promise<Page<T>>>();
  #dropped = new AbortController();

  constructor(fetchPage: FetchPage<T>, signal: AbortSignal) {
    this.#fetchPage = fetchPage;
    this.#signal = signal;
  }

  /** Requests a page ahead, if it was not yet. */
  request(start: PageStart): void {
    if (this.#ahead.has(start.offset)) return;
    const page = this.#fetchPage(start, AbortSignal.any([this.#signal, this.#dropped.signal]));
    // Its error counts only when the page is needed.
    page.catch(() => null);
    this.#ahead.set(start.offset, page);
  }

  /** The page that was requested ahead, once; else requests it now. */
  at(start: PageStart): Promise<Page<T>> {
    this.request(start);
    const page = this.#ahead.get(start.offset);
    this.#ahead.delete(start.offset);
    return page ?? Promise.reject(new Error('no page'));
  }

  /** Keeps a page that will be needed later. */
  keep(offset: number, page: Page<T>): void {
    this.#ahead.set(offset, Promise.resolve(page));
  }

  /** The last page ahead that begins between these offsets; null if there is none. */
  between(after: number, before: number): number | null {
    const offsets = [...this.#ahead.keys()].filter((offset) => offset > after && offset < before);
    return offsets.length === 0 ? null : Math.max(...offsets);
  }

  /** Cancels the requests ahead. */
  drop(): void {
    this.#dropped.abort();
    this.#dropped = new AbortController();
    this.#ahead.clear();
  }
}

/** The identity of the first item of a page. */
function headOf<T>({ items: [item] }: Page<T>, keyOf: (item: T) => string): string | null {
  return item === undefined ? null : keyOf(item);
}

/** How much larger an overlap becomes if it was too small. */
const LARGER = 8;

/** After so many shifts, the list has no steady order. */
const MOST_SHIFTS = 20;

/**
 * The other items of a list with offsets. Each page begins with the last row of the page before. Two pages that share a
 * row leave no gap between them: what stays in the list keeps its order. It does not matter when each was read. Two
 * pages that share none may have a gap, since rows before it were deleted. Then a page in between is read, which begins
 * earlier, until all are connected.
 *
 * @returns false if the pages cannot be connected.
 */
async function* byOffset<T>(reading: Reading<T>, first: Page<T>): AsyncGenerator<T, boolean, undefined> {
  const { pages, known, keyOf, fresh } = reading;
  // The next pages are expected to be as long as the latest one.
  let { rows: end, rows: size, total } = first;
  let [overlap, ahead, stale, shifts, reach, kept] = [1, 1, 0, 0, end, -1];
  let head = headOf(first, keyOf);
  // Whether we went back, to a page in between.
  let isBack = false;
  const next = (from: number, to: number): number => pages.between(from, to) ?? Math.max(0, to - overlap);
  if (first.rows < 2) return false;
  let offset = next(0, end);
  for (let count = 1; ; count += 1) {
    if (count === MAX_PAGES) throw endless();
    for (let [start, left] = [offset, ahead]; left > 0 && start + overlap < (total ?? 0); left -= 1) {
      pages.request({ offset: start, number: 1 });
      start = next(start, start + size);
    }
    const page = await pages.at({ offset, number: 1 });
    if (offset > 0 && !page.items.some((item) => known.has(keyOf(item)))) {
      shifts += 1;
      if (shifts > MOST_SHIFTS) return false;
      // It may be connected after the page in between.
      if (page.rows > 0 && kept !== offset) pages.keep(offset, page);
      kept = offset;
      if (end - offset >= overlap) overlap *= LARGER;
      ahead = 1;
      isBack = true;
      offset = Math.max(0, end - overlap);
      continue;
    }
    const items = fresh(page.items);
    yield* items;
    const before = end;
    ({ total } = page);
    end = offset + page.rows;
    if (items.length > 0) stale = 0;
    else if (end > reach) stale += 1;
    reach = Math.max(reach, end);
    if (isLast(page, offset, reading)) return true;
    const formerHead = head;
    head = headOf(page, keyOf);
    if (stale === MAX_STALE) return head === formerHead;
    if (end <= before && !isBack && offset < before - overlap) {
      // A page ahead that is shorter than expected, and ends before the page that we have.
      end = before;
      offset = next(offset, end);
      continue;
    }
    if (page.rows < 2 || (end <= before && page.rows < first.rows))
      return (total ?? 0) <= end && (await pages.at({ offset: end, number: 1 })).rows === 0;
    isBack = false;
    ahead = items.length === 0 || page.rows !== size ? 1 : Math.min(ahead + 1, MOST_AHEAD);
    size = page.rows;
    overlap = Math.min(overlap, Math.floor(page.rows / 2));
    offset = next(offset, end);
  }
}

/**
 * The other items of a list with numbered pages, which cannot overlap. They are read from the last to the first: in
 * that direction, rows that move up move to pages that are still to be read. The first page again shows whether rows
 * were added in front, and the totals show other changes.
 *
 * @returns false if the list changes all the time or its total is wrong. Then no item was returned.
 */
async function* byNumber<T>(reading: Reading<T>, first: Page<T>): AsyncGenerator<T, boolean, undefined> {
  const { pages, fresh } = reading;
  for (let round = 0; round < ROUNDS; round += 1) {
    const begin = round === 0 ? first : await pages.at({ offset: 0, number: 1 });
    if (begin.total === null || begin.total < begin.rows) return false;
    const read = await unchanged(reading, begin, begin.total);
    if (read !== null) {
      for (const { items } of read) yield* fresh(items);
      return true;
    }
    pages.drop();
  }
  return false;
}

/** How often to read a list with numbered pages that changes meanwhile. */
const ROUNDS = 3;

/** All numbered pages of a list, in order; null if it changed meanwhile. */
async function unchanged<T>(
  { pages, keyOf }: Reading<T>,
  { rows, items }: Page<T>,
  total: number,
): Promise<readonly Page<T>[] | null> {
  // The page after a full last page should be empty.
  const last = Math.floor(total / Math.max(rows, 1)) + 1;
  if (last > MAX_PAGES) return null;
  const read: Page<T>[] = [];
  for (let number = last; number > 0; number -= 1) {
    const ahead = Math.min(read.length + 1, MOST_AHEAD);
    for (let one = number; one > Math.max(0, number - ahead); one -= 1)
      pages.request({ offset: (one - 1) * rows, number: one });
    const page = await pages.at({ offset: (number - 1) * rows, number });
    if (page.total !== total || page.rows !== Math.min(rows, total - (number - 1) * rows)) return null;
    read.unshift(page);
  }
  const before = new Set(items.map(keyOf));
  return read[0]?.items.every((item) => before.has(keyOf(item))) === true ? read : null;
}

/**
 * The other items of a list whose total is unknown or wrong, that has no steady order, or that changes all the time.
 *
 * The list ends at an empty page. It also ends at a page with nothing new, unless the total promises more, and at the
 * last page according to its total.
 *
 * If rows are added, some items appear twice; the second one is dropped. If rows are deleted, later items move up and
 * we miss some. So we read the pages once more, from the last to the first.
 */
async function* outAndBack<T>(reading: Reading<T>, first: Page<T>): AsyncGenerator<T, void, undefined> {
  const { pages, numbered, keyOf, fresh } = reading;
  // What was read before does not count: it must not end the list.
  const walked = new Set(first.items.map(keyOf));
  const starts: PageStart[] = [{ offset: 0, number: 1 }];
  let stale = 0;
  for (let offset = first.rows, number = 2; ; number += 1) {
    if (number > MAX_PAGES) throw endless();
    starts.push({ offset, number });
    const page = await pages.at({ offset, number });
    const last = isLast(page, offset, reading);
    offset += page.rows;
    yield* fresh(page.items);
    stale = unseen(page.items, keyOf, walked).length === 0 ? stale + 1 : 0;
    if (stale > 0 && (page.rows === 0 || stale === MAX_STALE || (page.total ?? 0) <= offset)) break;
    if (last) break;
  }
  for (let index = starts.length - 2; index >= 0; index -= 1) {
    // The page may be shorter than before: read on to its former end.
    const { offset: begin = 0, number = 1 } = starts[index] ?? {};
    const end = starts[index + 1]?.offset ?? begin;
    for (let offset = begin; offset < end;) {
      const page = await pages.at({ offset, number });
      yield* fresh(page.items);
      if (page.rows === 0 || numbered) break;
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
  const known = new Set<string>();
  const tokens = new Set<string>();
  for (let token: string | null = null; ; tokens.add(token)) {
    if (tokens.size >= MAX_PAGES) throw endless();
    const piece: Piece<T> = await fetchPiece(token);
    yield* unseen(piece.items, keyOf, known);
    token = piece.next;
    if (token === null || tokens.has(token)) return;
  }
}

/** The items that are not known yet. Adds them to the known ones. */
function unseen<T>(items: readonly T[], keyOf: (item: T) => string, known: Set<string>): readonly T[] {
  return items.filter((item) => {
    const before = known.size;
    return known.add(keyOf(item)).size > before;
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
  const { name, id, projectId } = filter;
  const tags = Object.entries(filter.tags ?? {});
  for await (const pair of pairs) {
    if (name !== undefined && pair.name !== name) continue;
    if (id !== undefined && pair.id !== id) continue;
    if (projectId !== undefined && pair.projectId !== projectId) continue;
    if (tags.every(([key, value]) => hasTag(pair, key, value))) yield pair;
  }
}

function hasTag({ tags }: KeyPair, key: string, value: string): boolean {
  return tags !== null && Object.hasOwn(tags, key) && tags[key] === value;
}
