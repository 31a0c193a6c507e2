import type { DeleteKeyPairsRequest } from 'tencentcloud-sdk-nodejs/tencentcloud/services/cvm/v20170312/cvm_models.js';
import { KeypairError } from '../../../errors.ts';
import { acknowledged } from '../../response.ts';
import { inBatches } from '../../batches.ts';
import type { Service } from '../../service.ts';
import type { ItemOutcome, KeyPairRef } from '../../types.ts';
import type { CallAction } from './api.ts';
import { keyIdOf } from './rules.ts';
import { readPage } from './key-pair.ts';

/**
 * Deletes key pairs by DeleteKeyPairs of CVM or Lighthouse, which answers for a whole batch and may have deleted some
 * of it when it refuses. What was there before a batch of several is therefore looked up first: of those, one that is
 * not found after the refusal has been deleted.
 */
export async function deleteKeyPairs(
  call: CallAction,
  service: Service,
  pairs: readonly KeyPairRef[],
  signal: AbortSignal,
): Promise<readonly ItemOutcome[]> {
  let before: ReadonlySet<string> = new Set();
  return inBatches(pairs, {
    size: service.deleteBatch,
    nameOf: ({ name }) => name,
    async act(batch) {
      const KeyIds = batch.map((pair) => keyIdOf(pair, service));
      if (batch.length > 1) before = await present(call, service, KeyIds, signal);
      const parameters: DeleteKeyPairsRequest = { KeyIds };
      acknowledged(await call('DeleteKeyPairs', parameters, { changes: true, signal }));
      return batch.map(() => null);
    },
    wasDone: ({ id }, { code }) => code === 'NOT_FOUND' && id !== null && before.has(id),
  });
}

/** Which of these are there; none where that cannot be told, since the deleting itself will say what is wrong. */
async function present(
  call: CallAction,
  service: Service,
  KeyIds: string[],
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const parameters = { KeyIds, Offset: 0, Limit: service.pageSize };
  try {
    const { items } = readPage(await call('DescribeKeyPairs', parameters, { changes: false, signal }));
    return new Set(items.flatMap(({ id }) => (id === null ? [] : [id])));
  } catch (error) {
    if (error instanceof KeypairError) return new Set();
    throw error;
  }
}
