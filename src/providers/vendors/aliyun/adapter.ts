import { AttachKeyPairRequest } from '@alicloud/ecs20140526/dist/models/AttachKeyPairRequest.js';
import { CreateKeyPairRequest } from '@alicloud/ecs20140526/dist/models/CreateKeyPairRequest.js';
import { DeleteKeyPairsRequest } from '@alicloud/ecs20140526/dist/models/DeleteKeyPairsRequest.js';
import { DescribeInstancesRequest } from '@alicloud/ecs20140526/dist/models/DescribeInstancesRequest.js';
import { DescribeKeyPairsRequest } from '@alicloud/ecs20140526/dist/models/DescribeKeyPairsRequest.js';
import { DescribeRegionsRequest } from '@alicloud/ecs20140526/dist/models/DescribeRegionsRequest.js';
import { DetachKeyPairRequest } from '@alicloud/ecs20140526/dist/models/DetachKeyPairRequest.js';
import { ImportKeyPairRequest } from '@alicloud/ecs20140526/dist/models/ImportKeyPairRequest.js';
import { TagResourcesRequest } from '@alicloud/ecs20140526/dist/models/TagResourcesRequest.js';
import { UntagResourcesRequest } from '@alicloud/ecs20140526/dist/models/UntagResourcesRequest.js';
import { t } from '../../../i18n/t.ts';
import { chunksOf, halfDone, inBatches } from '../../batches.ts';
import { allPages, allPieces, identityOf, matching, type Piece } from '../../paging.ts';
import { type Fields, fieldsOf, handledRows, lineOf, wordOf } from '../../parse.ts';
import { readRegions } from '../../regions.ts';
import { addressesOf, type Answer, requireRequestId } from '../../response.ts';
import { lazyScripts } from '../../scripts.ts';
import type {
  AdapterFactory,
  CreateRequest,
  Instance,
  InstanceFilter,
  ItemOutcome,
  KeyPairChange,
  KeyPairRef,
} from '../../types.ts';
import { deleteByName, readBound, readCreated, readImported, readKeyPairs } from './answers.ts';
import { aliyunCaller, type CallEcs } from './api.ts';
import { ecsErrors } from './errors.ts';
import { ecsService } from './service.ts';

/** Alibaba Cloud ECS. It identifies key pairs by name: it returns an id only on create and accepts ids nowhere. */
export const adapt: AdapterFactory = (options) => {
  const { region: regionId } = options;
  const send = aliyunCaller(ecsService, ecsErrors, options);
  const call: CallEcs = (action, model, how) => send(action, model.toMap(), how);

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
        const answer = await call(action, model, { changes: true, signal });
        return readBound(answer, fieldsOf(answer.fields['Results'])?.['Result'], batch);
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
      const { resourceGroupId } = filter;
      const tag = tagList(filter.tags ?? {});
      const fetchPage = async ({ number }: { readonly number: number }, pageSignal: AbortSignal) => {
        const asked = {
          keyPairName: filter.name,
          pageNumber: number,
          pageSize,
          regionId,
          includePublicKey: true,
          ...(resourceGroupId === undefined ? {} : { resourceGroupId }),
        };
        const model = new DescribeKeyPairsRequest(tag.length === 0 ? asked : { ...asked, tag });
        const answer = await call('DescribeKeyPairs', model, { changes: false, signal: pageSignal });
        return readKeyPairs(answer, fieldsOf(answer.fields['KeyPairs'])?.['KeyPair'], resourceGroupId);
      };
      return matching(allPages(fetchPage, { pageSize, numbered: true, keyOf: identityOf, signal }), filter);
    },
    deleteKeyPairs: (pairs, signal) =>
      deleteByName(pairs, ecsService.deleteBatch, (names) => {
        const model = new DeleteKeyPairsRequest({ regionId, keyPairNames: JSON.stringify(names) });
        return call('DeleteKeyPairs', model, { changes: true, signal });
      }),
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
    ...lazyScripts(async () => (await import('./commands.ts')).cloudAssistant(call, regionId)),
    launchTemplatesWith: async (pair, signal) =>
      (await import('./launch-templates.ts')).launchTemplatesWith(call, regionId, pair, signal),
  };
};

function newPair({ name, tags, resourceGroupId }: CreateRequest) {
  return { keyPairName: name, resourceGroupId, tag: tagList(tags) };
}

function tagList(tags: Readonly<Record<string, string>>): { key: string; value: string }[] {
  return Object.entries(tags).map(([key, value]) => ({ key, value }));
}

/**
 * Changes the tags of a key pair. The resource id is the pair's name. Removes tags first, since the pair may be at its
 * limit.
 *
 * @throws KeypairError; `PARTIAL` if the old tags were removed and the new ones refused.
 */
async function retag(
  call: CallEcs,
  regionId: string,
  name: string,
  { tags = {}, removeTags = [] }: KeyPairChange,
  signal: AbortSignal,
): Promise<void> {
  const resource = { regionId, resourceType: 'keypair', resourceId: [name] };
  const tag = Object.entries(tags).map(([key, value]) => ({ key, value }));
  const how = { changes: true, signal };
  if (removeTags.length > 0) {
    const model = new UntagResourcesRequest({ ...resource, tagKey: [...removeTags] });
    requireRequestId(await call('UntagResources', model, how));
  }
  if (tag.length === 0) return;
  try {
    requireRequestId(await call('TagResources', new TagResourcesRequest({ ...resource, tag }), how));
  } catch (error) {
    throw removeTags.length > 0
      ? halfDone(error, (reason) => t`tags were removed, and none were set: ${reason}`)
      : error;
  }
}

/** The maximum number of ids and of instances per page of DescribeInstances. */
const MOST = 100;

/** Instances by id, by key pair name, or all. */
async function* listInstances(
  call: CallEcs,
  regionId: string,
  { ids, keyPair }: InstanceFilter,
  signal: AbortSignal,
): AsyncGenerator<Instance, void, undefined> {
  for (const chunk of ids === undefined ? [null] : chunksOf([...new Set(ids)], MOST)) {
    const fetchPiece = async (token: string | null) => {
      const model = new DescribeInstancesRequest({
        regionId,
        maxResults: MOST,
        ...(keyPair === undefined ? {} : { keyPairName: keyPair.name }),
        ...(chunk === null ? {} : { instanceIds: JSON.stringify(chunk) }),
        ...(token === null ? {} : { nextToken: token }),
      });
      return readInstances(await call('DescribeInstances', model, { changes: false, signal }));
    };
    for await (const instance of allPieces(fetchPiece, ({ id }) => id)) {
      if (chunk?.includes(instance.id) === false) continue;
      if (keyPair === undefined || instance.keyPairs?.includes(keyPair.name) === true) yield instance;
    }
  }
}

function readInstances(answer: Answer): Piece<Instance> {
  const list = handledRows(fieldsOf(answer.fields['Instances'])?.['Instance'], 'InstanceId', readInstance);
  if (list === null) throw answer.malformed(t`without a list of instances`);
  return { items: list.items, next: lineOf(answer.fields['NextToken']) };
}

/** The login users of Alibaba's images, by `LoginAsNonRoot`. */
const LOGIN_USERS: ReadonlyMap<string | null, string> = new Map([
  ['true', 'ecs-user'],
  ['false', 'root'],
]);

function readInstance(fields: Fields, id: string): Instance {
  const system = String(lineOf(fields['OSType'])).toLowerCase();
  const key = lineOf(fields['KeyPairName']);
  return {
    id,
    name: lineOf(fields['InstanceName']),
    state: lineOf(fields['Status']),
    platform: system === 'linux' || system === 'windows' ? system : null,
    system: lineOf(fields['OSName']),
    publicAddresses: addressesOf(
      fieldsOf(fields['PublicIpAddress'])?.['IpAddress'],
      fieldsOf(fields['EipAddress'])?.['IpAddress'],
    ),
    privateAddresses: addressesOf(
      fieldsOf(fieldsOf(fields['VpcAttributes'])?.['PrivateIpAddress'])?.['IpAddress'],
      // Of the classic network.
      fieldsOf(fields['InnerIpAddress'])?.['IpAddress'],
    ),
    // An empty name means no key.
    keyPairs: key !== null ? [key] : fields['KeyPairName'] === '' ? [] : null,
    loginUser: LOGIN_USERS.get(wordOf(fieldsOf(fields['ImageOptions'])?.['LoginAsNonRoot'])) ?? null,
    loginPort: null,
    operation: null,
  };
}
