import { ApiError } from '../api-error.ts';
import { isKeyId } from './tencent-keys.ts';

/** `InvalidParameterValue.` and what is wrong with the value. */
export function invalidValue(what: string, message: string): ApiError {
  return new ApiError(`InvalidParameterValue.${what}`, message);
}

/** @throws ApiError for too many key ids, doubles, or one of another form than `lhkp-xxxxxxxx`. */
export function checkKeyIds(ids: readonly string[], most = 100): void {
  checkList('KeyIds', ids, most);
  if (!ids.every((id) => isKeyId('lhkp', id)))
    throw invalidValue('KeyPairIdMalformed', 'A key ID is malformed.');
}

/** @throws ApiError for more than 100 instance ids, doubles, or one of another form than `lhins-xxxxxxxx`. */
export function checkInstanceIds(ids: readonly string[]): void {
  checkList('InstanceIds', ids, 100);
  if (!ids.every((id) => /^lhins-[0-9a-z]{8}$/.test(id))) {
    throw invalidValue('InstanceIdMalformed', 'An instance ID is malformed.');
  }
}

/** @throws ApiError for a list that must not be empty and is. */
export function checkGiven(name: string, ids: readonly string[]): void {
  if (ids.length === 0)
    throw new ApiError('MissingParameter', `The request is missing a required parameter \`${name}\`.`);
}

/** What an unknown key pair gives. */
export function keyPairNotFound(id: string): ApiError {
  return new ApiError('ResourceNotFound.KeyIdNotFound', `The key ID ${id} does not exist.`);
}

function checkList(name: string, ids: readonly string[], most: number): void {
  if (ids.length > most) throw invalidValue('LimitExceeded', `There are more than ${most} ${name}.`);
  if (new Set(ids).size !== ids.length) throw invalidValue('Duplicated', `One of ${name} comes twice.`);
}
