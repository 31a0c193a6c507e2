import { boundInstances } from '../instances.ts';
import { fields, list, optional, text } from '../params.ts';
import { ApiError } from '../api-error.ts';
import type { Contents, StoredPair } from '../repository.ts';
import { action, type Call, type Result } from './action.ts';
import { checkKeyIds } from './cvm-ids.ts';
import { applyFilters, listFields, tagTest, type ListRequest, type FilterTest } from './tencent-filters.ts';

/** CVM DescribeKeyPairs. */
export const describeKeyPairs = action(
  10,
  fields({ KeyIds: optional(list(text)), ...listFields }),
  ({ KeyIds: ids, ...listing }, call) => {
    checkKeyIds(ids ?? []);
    const contents = call.repository.read();
    const { all, page } = selectPage(contents.pairs, { ids, ...listing }, call, testOf);
    return { TotalCount: all, KeyPairSet: page.map((pair) => show(pair, contents, call)) };
  },
);

/** Chooses what a list of CVM shows. @throws ApiError */
export function selectPage<T extends { readonly id: string }>(
  items: readonly T[],
  { ids, Filters, Offset: offset = 0, Limit: limit = 20 }: ListRequest,
  call: Call,
  testFor: (name: string) => FilterTest<T>,
): { readonly all: number; readonly page: readonly T[] } {
  if (ids !== undefined && Filters !== undefined) {
    throw new ApiError('InvalidParameter', 'IDs and Filters cannot be specified at the same time.');
  }
  const filters = Filters ?? [];
  if (filters.length > 10 || filters.some(({ Values }) => Values.length > 5)) {
    throw new ApiError(
      'InvalidFilterValue.LimitExceeded',
      'There are too many filters or values of a filter.',
    );
  }
  if (offset < 0) throw new ApiError('InvalidParameterValueOffset', 'The value of Offset is not valid.');
  if (limit < 1 || limit > 100)
    throw new ApiError('InvalidParameterValueLimit', 'The value of Limit is not valid.');
  const known = items.filter(({ id }) => ids?.includes(id) ?? true);
  const found = applyFilters(known, filters, testFor);
  return { all: found.length, page: found.slice(offset, offset + call.pages.size(limit)) };
}

/** The error for a filter that does not exist. */
export function unknownFilter(name: string): ApiError {
  return new ApiError('InvalidFilter', `The filter \`${name}\` is not supported.`);
}

function testOf(name: string): FilterTest<StoredPair> {
  if (name === 'project-id') return (pair, value) => String(pair.projectId) === value;
  if (name === 'key-name') return (pair, value) => pair.name === value;
  const test = tagTest(name);
  if (test === null) throw unknownFilter(name);
  return test;
}

function show(pair: StoredPair, { instances }: Contents, call: Call): Result {
  const created = pair.createdAt.replace(/\.\d+Z$/, 'Z');
  const shared = {
    KeyId: pair.id,
    KeyName: pair.name,
    ProjectId: pair.projectId,
    Description: pair.description,
    PublicKey: pair.publicKey,
    AssociatedInstanceIds: boundInstances(instances, pair.id, call.now).map(({ id }) => id),
  };
  // The two interfaces' examples differ: CreateTime and no tags on the v2 gateway.
  return call.interface === 'cvm-v2'
    ? { ...shared, CreateTime: created }
    : {
        ...shared,
        CreatedTime: created,
        Tags: pair.tags.map(({ key, value }) => ({ Key: key, Value: value })),
      };
}
