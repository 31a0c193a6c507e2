import type { Call } from './action.ts';
import { applyFilters, type FilterTest, type ListRequest } from './tencent-filters.ts';
import { ApiError, tencentMissingParameter } from '../api-error.ts';
import { isKeyId } from './tencent-keys.ts';

/** An error `InvalidParameterValue.<what>`. */
export function invalidValue(what: string, message: string): ApiError {
  return new ApiError(`InvalidParameterValue.${what}`, message);
}

/** Checks key ids. @throws ApiError for too many ids, duplicates, or an id that is not `lhkp-xxxxxxxx` */
export function checkKeyIds(ids: readonly string[], most = 100): void {
  checkList('KeyIds', ids, most);
  if (!ids.every((id) => isKeyId('lhkp', id))) throw invalidValue('KeyPairIdMalformed', 'A key ID is malformed.');
}

/** Checks instance ids. @throws ApiError for more than 100 ids, duplicates, or an id that is not `lhins-xxxxxxxx` */
export function checkInstanceIds(ids: readonly string[]): void {
  checkList('InstanceIds', ids, 100);
  if (!ids.every((id) => /^lhins-[0-9a-z]{8}$/.test(id))) {
    throw invalidValue('InstanceIdMalformed', 'An instance ID is malformed.');
  }
}

function checkList(name: string, ids: readonly string[], most: number): void {
  if (ids.length > most) throw invalidValue('LimitExceeded', `There are more than ${most} ${name}.`);
  if (new Set(ids).size !== ids.length) throw invalidValue('Duplicated', `One of ${name} comes twice.`);
}

/** Checks a required list. @throws ApiError when it is empty */
export function checkGiven(name: string, ids: readonly string[]): void {
  if (ids.length === 0) throw tencentMissingParameter(name);
}

/** The error for an unknown key pair. */
export function keyPairNotFound(id: string): ApiError {
  return new ApiError('ResourceNotFound.KeyIdNotFound', `The key ID ${id} does not exist.`);
}

/** The error for an unknown filter. */
export function unknownFilter(name: string): ApiError {
  return new ApiError('InvalidParameter.InvalidFilter', `The filter \`${name}\` is invalid.`);
}

/**
 * Filters a list of Lighthouse and returns the requested page and the number of matches.
 *
 * @param values the most values of a filter
 * @throws ApiError
 */
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
