import { isInUse } from '../instances.ts';
import { fields, list, text } from '../params.ts';
import { ApiError } from '../api-error.ts';
import { withoutPairs } from '../repository.ts';
import { action } from './action.ts';
import { checkGiven, checkKeyIds, keyPairNotFound } from './lighthouse-ids.ts';

/** Lighthouse DeleteKeyPairs, ten at once. Atomic. */
export const deleteKeyPairs = action(
  20,
  fields({ KeyIds: list(text) }),
  ({ KeyIds: ids }, { repository, now }) => {
    checkGiven('KeyIds', ids);
    checkKeyIds(ids, 10);
    repository.update((contents) => {
      for (const id of ids) {
        if (!contents.pairs.some((pair) => pair.id === id)) throw keyPairNotFound(id);
        if (isInUse(contents.instances, id, now))
          throw new ApiError('ResourceInUse.KeyPairInUse', `The key pair ${id} is in use.`);
      }
      return withoutPairs(contents, new Set(ids));
    });
    return {};
  },
);
