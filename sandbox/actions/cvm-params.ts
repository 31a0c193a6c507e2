import type { Call } from './action.ts';
import { applyFilters, type FilterTest, type ListRequest } from './tencent-filters.ts';
import { ApiError } from '../api-error.ts';
import { CVM_REGIONS } from '../regions.ts';
import type { StoredPair } from '../repository.ts';
import { isKeyId } from './tencent-keys.ts';

/** Checks key ids. @throws ApiError for more than 100 ids, or an id that is not `skey-xxxxxxxx` */
export function checkKeyIds(ids: readonly string[]): void {
  checkCount('KeyIds', ids);
  const bad = ids.find((id) => !isKeyId('skey', id));
  if (bad !== undefined) throw new ApiError('InvalidKeyPairId.Malformed', `The key pair ID \`${bad}\` is malformed.`);
}

/** Checks instance ids. @throws ApiError for more than 100 ids, or an id that is not `ins-xxxxxxxx` */
export function checkInstanceIds(ids: readonly string[]): void {
  checkCount('InstanceIds', ids);
  const bad = ids.find((id) => !/^ins-[0-9a-z]{8}$/.test(id));
  if (bad !== undefined) throw new ApiError('InvalidInstanceId.Malformed', `The instance ID \`${bad}\` is malformed.`);
}

function checkCount(name: string, ids: readonly string[]): void {
  if (ids.length > 100) throw new ApiError('InvalidParameterValue.LimitExceeded', `There are more than 100 ${name}.`);
}

/** The pairs of the account in other regions; none where the pairs themselves belong to all regions. */
export function pairsElsewhere({ behaviour, region, repositoryOf }: Call): readonly StoredPair[] {
  if (behaviour.tencentScope === 'account') return [];
  const others = [...CVM_REGIONS].filter((other) => other !== region);
  return others.flatMap((other) => repositoryOf('cvm', other).read().pairs);
}

/** The error for an unknown key pair. */
export function keyPairNotFound(id: string): ApiError {
  return new ApiError('InvalidKeyPairId.NotFound', `The key pair \`${id}\` does not exist.`);
}

/** The error for an unknown filter. */
export function unknownFilter(name: string): ApiError {
  return new ApiError('InvalidFilter', `The filter \`${name}\` is not supported.`);
}

/** Filters a list of CVM and returns the requested page and the number of matches. @throws ApiError */
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
    throw new ApiError('InvalidFilterValue.LimitExceeded', 'There are too many filters or values of a filter.');
  }
  if (offset < 0) throw new ApiError('InvalidParameterValueOffset', 'The value of Offset is not valid.');
  if (limit < 1 || limit > 100) throw new ApiError('InvalidParameterValueLimit', 'The value of Limit is not valid.');
  const known = items.filter(({ id }) => ids?.includes(id) ?? true);
  const found = applyFilters(known, filters, testFor);
  return { all: found.length, page: found.slice(offset, offset + call.pages.size(limit)) };
}
