import { fields, integer, list, optional, text } from '../params.ts';
import type { StoredPair } from '../repository.ts';

/** One filter of a Describe action. */
interface Filter {
  readonly Name: string;
  readonly Values: readonly string[];
}

/** The parameters of a list: ids or filters, and a page. */
export interface ListRequest {
  readonly ids: readonly string[] | undefined;
  readonly Filters: readonly Filter[] | undefined;
  readonly Offset: number | undefined;
  readonly Limit: number | undefined;
}

/** The parameters of a {@link ListRequest} besides the ids. */
export const listFields = {
  Filters: optional(list(fields({ Name: text, Values: list(text) }))),
  Offset: optional(integer),
  Limit: optional(integer),
};

/** Tests an item against one value of a filter. */
export type FilterTest<T> = (item: T, value: string) => boolean;

/** The tag filters of CVM and Lighthouse; null for another filter. */
export function tagTest(name: string): FilterTest<Pick<StoredPair, 'tags'>> | null {
  if (name === 'tag-key') return ({ tags }, value) => tags.some((tag) => tag.key === value);
  if (name === 'tag-value') return ({ tags }, value) => tags.some((tag) => tag.value === value);
  if (!name.startsWith('tag:')) return null;
  return ({ tags }, value) => tags.some((tag) => tag.key === name.slice(4) && tag.value === value);
}

/**
 * Applies filters. An item must match every filter, by any of its values.
 *
 * @param testOf finds the test of a filter; throws the service's ApiError for an unknown filter
 */
export function applyFilters<T>(
  items: readonly T[],
  filters: readonly Filter[],
  testOf: (name: string) => FilterTest<T>,
): readonly T[] {
  const tests = filters.map((filter) => ({ test: testOf(filter.Name), values: filter.Values }));
  return items.filter((item) => tests.every(({ test, values }) => values.some((value) => test(item, value))));
}
