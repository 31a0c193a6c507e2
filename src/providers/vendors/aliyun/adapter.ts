import { AttachKeyPairRequest } from '@alicloud/ecs20140526/dist/models/AttachKeyPairRequest.js';
import { CreateKeyPairRequest } from '@alicloud/ecs20140526/dist/models/CreateKeyPairRequest.js';
import { DeleteKeyPairsRequest } from '@alicloud/ecs20140526/dist/models/DeleteKeyPairsRequest.js';
import { DescribeKeyPairsRequest } from '@alicloud/ecs20140526/dist/models/DescribeKeyPairsRequest.js';
import { DescribeRegionsRequest } from '@alicloud/ecs20140526/dist/models/DescribeRegionsRequest.js';
import { DetachKeyPairRequest } from '@alicloud/ecs20140526/dist/models/DetachKeyPairRequest.js';
import { ImportKeyPairRequest } from '@alicloud/ecs20140526/dist/models/ImportKeyPairRequest.js';
import { acknowledged } from '../../response.ts';
import { inBatches } from '../../batches.ts';
import { identityOf, matching } from '../../filter.ts';
import { allPages } from '../../pages.ts';
import { readRegions } from '../../region-list.ts';
import type { AdapterFactory, CreateRequest, ItemOutcome, KeyPairRef } from '../../types.ts';
import { fieldsOf } from '../../parse.ts';
import { readBound } from './bind.ts';
import { ecsCaller } from './api.ts';
import { listInstances } from './instances.ts';
import { readCreated, readImported, readPage } from './key-pair.ts';
import { retag } from './retag.ts';
import { ecsService } from './descriptor.ts';

/** Alibaba Cloud ECS. It goes by names: ids are told once and taken nowhere. */
export const adapt: AdapterFactory = (options) => {
  const { region: regionId } = options;
  const call = ecsCaller(options);

  function bind(
    action: 'AttachKeyPair' | 'DetachKeyPair',
    { name }: KeyPairRef,
    instances: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly ItemOutcome[]> {
    const Model = action === 'AttachKeyPair' ? AttachKeyPairRequest : DetachKeyPairRequest;
    return inBatches(instances, {
      size: ecsService.bindBatch,
      nameOf: (instance) => instance,
      async act(batch) {
        const model = new Model({ regionId, keyPairName: name, instanceIds: JSON.stringify(batch) });
        return readBound(await call(action, model, { changes: true, signal }), batch);
      },
    });
  }

  return {
    async createKeyPair(request, signal) {
      const model = new CreateKeyPairRequest({ regionId, ...newPair(request) });
      return readCreated(await call('CreateKeyPair', model, { changes: true, signal }), request.name);
    },
    async importPublicKey(request, signal) {
      const parameters = { regionId, ...newPair(request), publicKeyBody: request.publicKey };
      const model = new ImportKeyPairRequest(parameters);
      return readImported(await call('ImportKeyPair', model, { changes: true, signal }));
    },
    listKeyPairs(filter, signal) {
      const { pageSize } = ecsService;
      const tag = tagList(filter.tags ?? {});
      const fetchPage = async ({ number }: { readonly number: number }) => {
        const asked = {
          keyPairName: filter.name,
          pageNumber: number,
          pageSize,
          regionId,
          includePublicKey: true,
        };
        const model = new DescribeKeyPairsRequest(tag.length === 0 ? asked : { ...asked, tag });
        return readPage(await call('DescribeKeyPairs', model, { changes: false, signal }));
      };
      return matching(allPages(fetchPage, pageSize, identityOf), filter);
    },
    deleteKeyPairs(pairs, signal) {
      return inBatches(pairs, {
        size: ecsService.deleteBatch,
        nameOf: ({ name }) => name,
        async act(batch) {
          const keyPairNames = JSON.stringify(batch.map(({ name }) => name));
          const model = new DeleteKeyPairsRequest({ regionId, keyPairNames });
          acknowledged(await call('DeleteKeyPairs', model, { changes: true, signal }));
          return batch.map(() => null);
        },
        // Whether a refused batch is left alone or half done, no document says.
        wasDone: (_pair, alone, together) => alone.code === 'NOT_FOUND' && together.code !== 'NOT_FOUND',
      });
    },
    updateKeyPair: ({ name }, change, signal) => retag(call, regionId, name, change, signal),
    attachKeyPair: (pair, instances, _how, signal) => bind('AttachKeyPair', pair, instances, signal),
    detachKeyPair: (pair, instances, _how, signal) => bind('DetachKeyPair', pair, instances, signal),
    async listRegions(signal) {
      const model = new DescribeRegionsRequest({});
      const answer = await call('DescribeRegions', model, { changes: false, signal });
      const list = fieldsOf(answer.fields['Regions'])?.['Region'];
      return readRegions(answer, list, { id: 'RegionId', name: 'LocalName', state: 'Status' });
    },
    listInstances: (filter, signal) => listInstances(call, regionId, filter, signal),
  };
};

function newPair({ name, tags, resourceGroupId }: CreateRequest) {
  return { keyPairName: name, resourceGroupId, tag: tagList(tags) };
}

function tagList(tags: Readonly<Record<string, string>>): { key: string; value: string }[] {
  return Object.entries(tags).map(([key, value]) => ({ key, value }));
}
