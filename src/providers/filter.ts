import type { KeyPair, ListFilter } from './types.ts';

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
