import { requireRequestId, type Service } from '../../response.ts';
import { inBatches } from '../../batches.ts';
import type { ItemOutcome, KeyPairRef } from '../../types.ts';
import type { CallAction } from './api.ts';
import { keyIdOf } from './rules.ts';

/** The two actions that bind key pairs of CVM and Lighthouse to instances, and loosen them. */
export type BindAction = 'AssociateInstancesKeyPairs' | 'DisassociateInstancesKeyPairs';

/** Binds a key pair to instances or loosens it. The service answers for a whole batch: one bad instance refuses it. */
export async function bindInstances(
  call: CallAction,
  service: Service,
  request: {
    readonly action: BindAction;
    readonly pair: KeyPairRef;
    readonly instances: readonly string[];
    /** What else the action takes, as the SDK spells it. */
    readonly how: object;
  },
  signal: AbortSignal,
): Promise<readonly ItemOutcome[]> {
  const { action, pair, instances, how } = request;
  const KeyIds = [keyIdOf(pair, service)];
  return inBatches(instances, {
    size: service.bindBatch,
    nameOf: (instance) => instance,
    async act(batch) {
      const parameters = { InstanceIds: [...batch], KeyIds, ...how };
      requireRequestId(await call(action, parameters, { changes: true, signal }));
      return batch.map(() => null);
    },
  });
}
