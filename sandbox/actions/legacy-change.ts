import { isBusy, type Binding, type StoredInstance } from '../instances.ts';
import { fields, list, optional, text } from '../params.ts';
import { ApiError } from '../api-error.ts';
import { withChanged } from '../repository.ts';
import { action, type Call, type Result } from './action.ts';
import { startBindingChange } from './bind.ts';
import { nameViolation } from './tencent-keys.ts';

/** Legacy ModifyKeyPair: a new name. */
export const modifyKeyPair = action(
  10,
  fields({ keyId: text, keyName: text }),
  ({ keyId, keyName }, { repository }) => {
    if (nameViolation(keyName) !== null) throw new ApiError('4000', '(200001)keyName is not valid');
    repository.update((contents) => {
      const pair = contents.pairs.find(({ id }) => id === keyId);
      if (pair === undefined) throw keyPairNotFound();
      if (contents.pairs.some(({ id, name }) => name === keyName && id !== keyId)) {
        throw new ApiError('5100', `(200002)keyName ${keyName} already exists`);
      }
      return withChanged(contents, [{ ...pair, name: keyName }]);
    });
    // An empty list, where other actions have an object: the document's example.
    return { codeDesc: 'Success', data: [] };
  },
);

const params = fields({ instanceIds: list(text), keyId: text, hardPowerOffFlag: optional(text) });

interface Params {
  readonly instanceIds: readonly string[];
  readonly keyId: string;
  readonly hardPowerOffFlag: string | undefined;
}

/** Legacy BindInstanceKey: the new key replaces the old one. */
export const bindInstanceKey = action(10, params, (given, call) =>
  changeBindings('BindInstanceKey', given, call, () => [{ keyId: given.keyId, user: null }]),
);

/** Legacy UnBindInstanceKey. */
export const unBindInstanceKey = action(10, params, (given, call) =>
  changeBindings('UnBindInstanceKey', given, call, (held) => {
    if (!held.some(({ keyId }) => keyId === given.keyId)) {
      throw new ApiError('5100', '(200010)key is not bound to the instance');
    }
    return held.filter(({ keyId }) => keyId !== given.keyId);
  }),
);

function changeBindings(
  name: string,
  { instanceIds, keyId, hardPowerOffFlag }: Params,
  call: Call,
  next: (held: readonly Binding[]) => readonly Binding[],
): Result {
  if (instanceIds.length === 0 || instanceIds.length > 100) {
    throw new ApiError('4000', '(200011)instanceIds is not valid');
  }
  const force = hardPowerOffFlag === '1' || hardPowerOffFlag === 'true';
  return startBindingChange(
    {
      action: name,
      instanceIds,
      keyIds: [keyId],
      milliseconds: force ? call.behaviour.operationMs : 0,
      restarts: force,
      keyPairNotFound: keyPairNotFound,
      instanceNotFound: (id) => new ApiError('5000', `(200012)instance ${id} does not exist`),
      newBindings(instance, held) {
        checkInstance(instance, force, call.now);
        return next(held);
      },
    },
    call,
  );
}

function checkInstance(instance: StoredInstance, force: boolean, now: Date): void {
  const refuse = (why: string): ApiError => new ApiError('5100', `${why}: ${instance.id}`);
  if (instance.platform === 'windows') throw refuse('(200013)instance runs Windows');
  if (isBusy(instance, now)) throw refuse('(200014)instance is being operated on');
  if (instance.running && !force) throw refuse('(200015)instance is running');
}

function keyPairNotFound(): ApiError {
  return new ApiError('5000', '(200008)key does not exist');
}
