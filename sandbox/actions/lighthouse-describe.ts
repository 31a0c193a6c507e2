import { boundInstances } from '../instances.ts';
import { fields, list, optional, text } from '../params.ts';
import { ApiError } from '../api-error.ts';
import type { Contents, StoredPair } from '../repository.ts';
import { action, type Call, type Result } from './action.ts';
import { invalidValue, checkKeyIds } from './lighthouse-ids.ts';
import { applyFilters, listFields, tagTest, type ListRequest, type FilterTest } from './tencent-filters.ts';

/** Lighthouse DescribeKeyPairs. */
export const describeKeyPairs = action(
  100,
  fields({ KeyIds: optional(list(text)), ...listFields }),
  ({ KeyIds: ids, ...listing }, call) => {
    checkKeyIds(ids ?? []);
    const contents = call.repository.read();
    const { all, page } = selectPage(contents.pairs, { ids, ...listing }, 5, call, testOf);
    return { TotalCount: all, KeyPairSet: page.map((pair) => show(pair, contents, call.now)) };
  },
);

/** Chooses what a list of Lighthouse shows. `values`: most values of a filter. @throws ApiError */
export function selectPage<T extends { readonly id: string }>(
  items: readonly T[],
  { ids, Filters, Offset: offset = 0, Limit: limit = 20 }: ListRequest,
  values: number,
  call: Call,
  testFor: (name: string) => FilterTest<T>,
): { readonly all: number; readonly page: readonly T[] } {
  if (ids !== undefined && Filters !== undefined) {
    throw new ApiError('InvalidParameter.ParameterConflict', 'IDs and Filters cannot be specified together.');
  }
  const filters = Filters ?? [];
  if (filters.length > 10 || filters.some(({ Values }) => Values.length > values)) {
    throw invalidValue('LimitExceeded', 'There are too many filters or values of a filter.');
  }
  if (offset < 0 || limit < 0) throw invalidValue('Negative', 'Offset and Limit must not be negative.');
  if (limit < 1 || limit > 100) throw invalidValue('OutOfRange', 'Limit must be from 1 to 100.');
  const known = items.filter(({ id }) => ids?.includes(id) ?? true);
  const found = applyFilters(known, filters, testFor);
  return { all: found.length, page: found.slice(offset, offset + call.pages.size(limit)) };
}

/** The error for a filter that does not exist. */
export function unknownFilter(name: string): ApiError {
  return new ApiError('InvalidParameter.InvalidFilter', `The filter \`${name}\` is invalid.`);
}

function testOf(name: string): FilterTest<StoredPair> {
  if (name === 'key-id') return (pair, value) => pair.id === value;
  // "Fuzzy" in the document: `foo` finds `foobar`, so a client that looks for one name must compare.
  if (name === 'key-name') return (pair, value) => pair.name.includes(value);
  const test = tagTest(name);
  if (test === null) throw unknownFilter(name);
  return test;
}

function show(pair: StoredPair, { instances }: Contents, now: Date): Result {
  const bound = boundInstances(instances, pair.id, now);
  return {
    KeyId: pair.id,
    KeyName: pair.name,
    PublicKey: pair.publicKey,
    // An instance counts once here, and once for each user below.
    AssociatedInstanceIds: [...new Set(bound.map(({ id }) => id))],
    AssociatedInstanceSet: bound.map(({ id, user }) => ({ InstanceId: id, Username: user })),
    CreatedTime: pair.createdAt.replace(/\.\d+Z$/, 'Z'),
    // An example of the documents has this word where there is no private key.
    PrivateKey: 'null',
    Tags: pair.tags.map(({ key, value }) => ({ Key: key, Value: value })),
  };
}
