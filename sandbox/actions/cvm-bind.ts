import { isBusy, type Binding, type StoredInstance } from '../instances.ts';
import { fields, flag, list, optional, text } from '../params.ts';
import { ApiError } from '../api-error.ts';
import { action, type Call, type Result } from './action.ts';
import { startBindingChange } from './bind.ts';
import { checkInstanceIds, checkKeyIds, keyPairNotFound } from './cvm-ids.ts';

const params = fields({ InstanceIds: list(text), KeyIds: list(text), ForceStop: optional(flag) });

interface Params {
  readonly InstanceIds: readonly string[];
  readonly KeyIds: readonly string[];
  readonly ForceStop: boolean | undefined;
}

/** CVM AssociateInstancesKeyPairs: the new keys replace the old ones. */
export const associateKeyPairs = action(10, params, (given, call) =>
  changeBindings('AssociateInstancesKeyPairs', given, call, () =>
    given.KeyIds.map((keyId) => ({ keyId, user: null })),
  ),
);

/** CVM DisassociateInstancesKeyPairs. What a key that is not bound gives is not documented. */
export const disassociateKeyPairs = action(10, params, (given, call) =>
  changeBindings('DisassociateInstancesKeyPairs', given, call, (held) => {
    const { KeyIds } = given;
    if (!KeyIds.every((id) => held.some(({ keyId }) => keyId === id))) {
      throw new ApiError('FailedOperation.DisassociateKeyPairFailed', 'The key pair is not bound.');
    }
    return held.filter(({ keyId }) => !KeyIds.includes(keyId));
  }),
);

function changeBindings(
  name: string,
  { InstanceIds, KeyIds, ForceStop = false }: Params,
  call: Call,
  next: (held: readonly Binding[]) => readonly Binding[],
): Result {
  checkInstanceIds(InstanceIds);
  checkKeyIds(KeyIds);
  for (const [what, ids] of Object.entries({ InstanceIds, KeyIds })) {
    if (ids.length === 0) {
      throw new ApiError('MissingParameter', `The request is missing a required parameter \`${what}\`.`);
    }
  }
  return startBindingChange(
    {
      action: name,
      instanceIds: InstanceIds,
      keyIds: KeyIds,
      milliseconds: ForceStop ? call.behaviour.operationMs : 0,
      restarts: ForceStop,
      keyPairNotFound: keyPairNotFound,
      instanceNotFound: (id) =>
        new ApiError('InvalidInstanceId.NotFound', `The instance ID \`${id}\` does not exist.`),
      newBindings(instance, held) {
        checkInstance(instance, ForceStop, call.now);
        return next(held);
      },
    },
    call,
  );
}

function checkInstance(instance: StoredInstance, forceStop: boolean, now: Date): void {
  const { id } = instance;
  if (instance.platform === 'windows') {
    throw new ApiError(
      'UnsupportedOperation.InstanceOsWindows',
      `The instance \`${id}\` runs Windows, which does not support this operation.`,
    );
  }
  if (isBusy(instance, now)) {
    throw new ApiError(
      'OperationDenied.InstanceOperationInProgress',
      `The last operation of the instance \`${id}\` has not been completed.`,
    );
  }
  if (instance.running && !forceStop) {
    throw new ApiError(
      'UnsupportedOperation.InstanceStateRunning',
      `The instance \`${id}\` in the \`RUNNING\` state does not support this operation.`,
    );
  }
}
