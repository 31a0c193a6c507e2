import type { StoredPair } from '../shelf.ts';

/** One filter of a Describe action. */
export interface Filter {
  readonly Name: string;
  readonly Values: readonly string[];
}

/** How one kind of filter decides. */
export type Test = (pair: StoredPair, value: string) => boolean;

/** The filters on tags that CVM and Lighthouse share; null for another name. */
export function tagTest(name: string): Test | null {
  if (name === 'tag-key') return (pair, value) => pair.tags.some((tag) => tag.key === value);
  if (name === 'tag-value') return (pair, value) => pair.tags.some((tag) => tag.value === value);
  if (!name.startsWith('tag:')) return null;
  return (pair, value) => pair.tags.some((tag) => tag.key === name.slice(4) && tag.value === value);
}

/**
 * Applies filters: all of them must fit, each by any of its values.
 *
 * @param testOf the test of a filter's name; throws the service's Problem for a name that it does not know
 */
export function applyFilters(
  pairs: readonly StoredPair[],
  filters: readonly Filter[],
  testOf: (name: string) => Test,
): readonly StoredPair[] {
  const tests = filters.map((filter) => ({ test: testOf(filter.Name), values: filter.Values }));
  return pairs.filter((pair) => tests.every(({ test, values }) => values.some((value) => test(pair, value))));
}
