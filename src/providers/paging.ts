import { KeypairError } from '../errors.ts';
import { t } from '../i18n/t.ts';
import type { ItemOutcome, KeyPair, ListFilter } from './types.ts';

/** One page of a list as a service sent it. */
export interface Page<T> {
  /** How many rows it had, readable or not. */
  readonly rows: number;
  /** How many rows there are in all by the service's word, or null where it gave none that makes sense. */
  readonly total: number | null;
  readonly items: readonly T[];
}

/** Where a page begins: `offset` rows before it, and `number` counted from 1. */
interface PageStart {
  readonly offset: number;
  readonly number: number;
}

/** More than any account has (quotas are of hundreds): a list that is longer never ends. */
const MAX_PAGES = 1000;

/** So many pages in a row without anything new are a service that sends the same page for ever. */
const MAX_STALE = 3;

/**
 * Everything in a paged list, each once, in the service's order.
 *
 * The list ends at an empty page, at a page with nothing new unless the total says that more is to come, and at a page
 * that is not full when the total is just what has been read; no other total is believed, since a service may cut pages
 * shorter than they were asked for.
 *
 * A list may change while it is read. What appears again, because rows came in before it, is left out. What was jumped
 * over, because rows before it went away, is found on the way back: pages are read once more from the last to the
 * first, and in that direction rows that move up move to where it has still to look. A list of one page needs none.
 *
 * @param keyOf what makes an item the same as another.
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
    // A page may come shorter than on the way out: what was in it is read to its end.
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

/** A piece of a list that is walked by tokens, and the token of the next piece, or null after the last. */
export interface Piece<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

/**
 * Everything in a list that is walked by tokens, each once. A token that comes again ends the list.
 *
 * @throws KeypairError `FAILURE` after 1000 pieces.
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

/** Gives of some items those that it has not given before. */
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

/** What makes a key pair the same as another in one list: its id, or its name where the service tells no ids. */
export function identityOf({ id, name }: KeyPair): string {
  return id === null ? `name ${name}` : `id ${id}`;
}

/** Those pairs that a filter asks for. Services' own filters are fuzzy, know wildcards, or do not exist. */
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

/** Items in pieces of at most `size`, in order; none of nothing. */
export function chunksOf<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}

/** How to do one thing to many items. */
export interface BatchAction<T> {
  /** Most items that one request takes. */
  readonly size: number;
  /** What an item is called in its outcome. */
  nameOf(item: T): string;
  /**
   * Does it to these items with one request. Gives null or an error for each, in order.
   *
   * @throws KeypairError for all of them.
   */
  act(items: readonly T[]): Promise<readonly (KeypairError | null)[]>;
  /**
   * Whether an item that is refused alone, after it was refused in a batch, shows by this that the batch had done it
   * all the same: not every service does all of a batch or nothing.
   */
  succeededAnyway?(item: T, alone: KeypairError, together: KeypairError): boolean;
}

/**
 * Does one thing to many items in batches; an outcome for each, in order. When a batch of several is refused for what
 * may concern one of them only, each is tried alone, so that each gets its own answer; never when the batch may have
 * been carried out.
 *
 * @throws KeypairError `AUTH` or `CANCELLED`, when the very first request fails with it and nothing was changed.
 */
export async function inBatches<T>(items: readonly T[], action: BatchAction<T>): Promise<readonly ItemOutcome[]> {
  const errors: (KeypairError | null)[] = [];
  for (const batch of chunksOf(items, action.size)) {
    const together = await attempt(action, batch);
    if (!(together instanceof KeypairError)) {
      errors.push(...together);
    } else if (batch.length > 1 && concernsOne(together)) {
      for (const item of batch) errors.push(await alone(action, item, together));
    } else {
      if (errors.length === 0 && concernsAll(together)) throw together;
      errors.push(...batch.map(() => together));
    }
  }
  return items.map((item, index) => ({ item: action.nameOf(item), error: errors[index] ?? null }));
}

/** What came of a batch: an answer for each item, or the one error for all of them. */
async function attempt<T>(
  action: BatchAction<T>,
  batch: readonly T[],
): Promise<readonly (KeypairError | null)[] | KeypairError> {
  try {
    return await action.act(batch);
  } catch (error) {
    if (error instanceof KeypairError) return error;
    throw error;
  }
}

async function alone<T>(action: BatchAction<T>, item: T, together: KeypairError): Promise<KeypairError | null> {
  const outcome = await attempt(action, [item]);
  const error = outcome instanceof KeypairError ? outcome : (outcome[0] ?? null);
  return error !== null && action.succeededAnyway?.(item, error, together) === true ? null : error;
}

function concernsOne({ code, outcome, throttled }: KeypairError): boolean {
  return outcome === 'none' && !throttled && ['CONFLICT', 'NOT_FOUND', 'USAGE'].includes(code);
}

function concernsAll({ code, outcome }: KeypairError): boolean {
  return outcome === 'none' && (code === 'AUTH' || code === 'CANCELLED');
}
