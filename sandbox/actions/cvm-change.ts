import { isInUse } from '../instances.ts';
import { fields, list, optional, text } from '../params.ts';
import { ApiError } from '../api-error.ts';
import { withChanged, withoutPairs } from '../repository.ts';
import { action } from './action.ts';
import { checkKeyIds, keyPairNotFound } from './cvm-ids.ts';
import { nameViolation } from './tencent-keys.ts';

/** CVM DeleteKeyPairs. Not atomic: what comes before the first bad id is gone. */
export const deleteKeyPairs = action(10, fields({ KeyIds: list(text) }), ({ KeyIds: ids }, call) => {
  if (ids.length === 0)
    throw new ApiError('MissingParameter', 'The request is missing a required parameter `KeyIds`.');
  checkKeyIds(ids);
  for (const id of ids) {
    call.repository.update((contents) => {
      if (isInUse(contents.instances, id, call.now)) {
        throw new ApiError(
          'InvalidParameterValue.KeyPairNotSupported',
          `The key pair \`${id}\` does not support this operation.`,
        );
      }
      if (!contents.pairs.some((pair) => pair.id === id)) throw keyPairNotFound(id);
      return withoutPairs(contents, new Set([id]));
    });
  }
  return {};
});

/** CVM ModifyKeyPairAttribute: a new name, a new description, or both. */
export const modifyKeyPairAttribute = action(
  10,
  fields({ KeyId: text, KeyName: optional(text), Description: optional(text) }),
  ({ KeyId: id, KeyName: name, Description: description }, call) => {
    checkKeyIds([id]);
    if (name === undefined && description === undefined) {
      throw new ApiError('MissingParameter', 'Either `KeyName` or `Description` must be specified.');
    }
    // The page of this action has no codes of its own for bad names.
    if (name !== undefined && nameViolation(name) !== null) {
      throw new ApiError('InvalidParameterValue', `The value \`${name}\` of KeyName is not valid.`);
    }
    if (Array.from(description ?? '').length > 60) {
      throw call.interface === 'cvm-v2'
        ? new ApiError('InvalidKeyPairDescriptionTooLong', 'The description exceeds 60 characters.')
        : new ApiError('InvalidParameterValue', 'The length of Description exceeds 60 characters.');
    }
    call.repository.update((contents) => {
      const pair = contents.pairs.find((candidate) => candidate.id === id);
      if (pair === undefined) throw keyPairNotFound(id);
      if (contents.pairs.some((other) => other.name === name && other.id !== id)) {
        throw new ApiError(
          'InvalidKeyPairName.Duplicate',
          `The key pair name \`${name ?? ''}\` already exists.`,
        );
      }
      const changed = { name: name ?? pair.name, description: description ?? pair.description };
      return withChanged(contents, [{ ...pair, ...changed }]);
    });
    return {};
  },
);
