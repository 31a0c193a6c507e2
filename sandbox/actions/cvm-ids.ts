import { ApiError } from '../api-error.ts';
import { isKeyId } from './tencent-keys.ts';

/** @throws ApiError for more than 100 key ids, or one of another form than `skey-xxxxxxxx`. */
export function checkKeyIds(ids: readonly string[]): void {
  checkCount('KeyIds', ids);
  const bad = ids.find((id) => !isKeyId('skey', id));
  if (bad !== undefined)
    throw new ApiError('InvalidKeyPairId.Malformed', `The key pair ID \`${bad}\` is malformed.`);
}

/** @throws ApiError for more than 100 instance ids, or one of another form than `ins-xxxxxxxx`. */
export function checkInstanceIds(ids: readonly string[]): void {
  checkCount('InstanceIds', ids);
  const bad = ids.find((id) => !/^ins-[0-9a-z]{8}$/.test(id));
  if (bad !== undefined)
    throw new ApiError('InvalidInstanceId.Malformed', `The instance ID \`${bad}\` is malformed.`);
}

/** What an unknown key pair gives. */
export function keyPairNotFound(id: string): ApiError {
  return new ApiError('InvalidKeyPairId.NotFound', `The key pair \`${id}\` does not exist.`);
}

function checkCount(name: string, ids: readonly string[]): void {
  if (ids.length > 100)
    throw new ApiError('InvalidParameterValue.LimitExceeded', `There are more than 100 ${name}.`);
}
