import type {
  AttachKeyPairRequest,
  CreateKeyPairRequest,
  DeleteKeyPairsRequest,
  ImportKeyPairRequest,
  ListInstancesRequest,
  ListKeyPairsRequest,
} from '@alicloud/swas-open20200601/dist/client.js';
import { t } from '../../../i18n/t.ts';
import { chunksOf, inBatches } from '../../batches.ts';
import { allPages, identityOf, matching, type Page } from '../../paging.ts';
import { countOf, type Fields, fieldsOf, handledRows, lineOf, rowsOf } from '../../parse.ts';
import { readRegions } from '../../regions.ts';
import { addressesOf, type Answer } from '../../response.ts';
import { lazyScripts } from '../../scripts.ts';
import type { AdapterFactory, Instance, InstanceFilter, ItemOutcome, KeyPair, KeyPairRef } from '../../types.ts';
import { deleteByName, readBound, readCreated, readImported, readKeyPairs } from './answers.ts';
import { aliyunCaller, type CallSwas, type SwasParameters } from './api.ts';
import { swasErrors } from './errors.ts';
import { swasService } from './service.ts';

/**
 * Alibaba Cloud Simple Application Server. It identifies key pairs by name, and has no id for them. Its actions take a
 * ClientToken, but no document says what a repeated create returns: none is sent, and no create is repeated.
 */
export const adapt: AdapterFactory = (options) => {
  const { region: RegionId } = options;
  const call: CallSwas = aliyunCaller(swasService, swasErrors, options);

  function bind(
    action: 'AttachKeyPair' | 'DetachKeyPair',
    { name }: KeyPairRef,
    instances: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly ItemOutcome[]> {
    return inBatches(instances, {
      size: swasService.bindBatch,
      nameOf: (instance) => instance,
      async act(batch) {
        const parameters: SwasParameters<AttachKeyPairRequest> = {
          RegionId,
          KeyPairName: name,
          InstanceIds: [...batch],
        };
        const answer = await call(action, parameters, { changes: true, signal });
        return readBound(answer, answer.fields['Results'], batch);
      },
    });
  }

  return {
    async createKeyPair({ name }, signal) {
      const parameters: SwasParameters<CreateKeyPairRequest> = { RegionId, KeyPairName: name };
      return readCreated(await call('CreateKeyPair', parameters, { changes: true, signal }), name);
    },
    async importPublicKey({ name, publicKey }, signal) {
      const parameters: SwasParameters<ImportKeyPairRequest> = {
        RegionId,
        KeyPairName: name,
        PublicKeyBody: publicKey,
      };
      return readImported(await call('ImportKeyPair', parameters, { changes: true, signal }));
    },
    listKeyPairs: (filter, signal) => matching(listKeyPairs(call, RegionId, filter.name, signal), filter),
    deleteKeyPairs: (pairs, signal) =>
      deleteByName(pairs, swasService.deleteBatch, (names) => {
        const parameters: SwasParameters<DeleteKeyPairsRequest> = { RegionId, KeyPairNames: [...names] };
        return call('DeleteKeyPairs', parameters, { changes: true, signal });
      }),
    attachKeyPair: (pair, instances, _how, signal) => bind('AttachKeyPair', pair, instances, signal),
    detachKeyPair: (pair, instances, _how, signal) => bind('DetachKeyPair', pair, instances, signal),
    async listRegions(signal) {
      const answer = await call('ListRegions', {}, { changes: false, signal });
      const names = { id: 'RegionId', name: 'LocalName', state: 'Status' };
      return readRegions(answer, answer.fields['Regions'], names);
    },
    listInstances: (filter, signal) => listInstances(call, RegionId, filter, signal),
    ...lazyScripts(async () => (await import('./swas-commands.ts')).commandAssistant(call, RegionId)),
  };
};

function listKeyPairs(
  call: CallSwas,
  RegionId: string,
  name: string | undefined,
  signal: AbortSignal,
): AsyncIterable<KeyPair> {
  const { pageSize } = swasService;
  const fetchPage = async ({ number }: { readonly number: number }, pageSignal: AbortSignal) => {
    const parameters: SwasParameters<ListKeyPairsRequest> = {
      RegionId,
      ...(name === undefined ? {} : { KeyPairName: name }),
      PageNumber: number,
      PageSize: pageSize,
    };
    const answer = await call('ListKeyPairs', parameters, { changes: false, signal: pageSignal });
    return readKeyPairs(answer, answer.fields['KeyPairs']);
  };
  return allPages(fetchPage, { pageSize, numbered: true, keyOf: identityOf, signal });
}

/** The maximum number of ids and of instances per page of ListInstances. */
const MOST = 100;

/** How many instances ListKeyPairs returns of a pair at most. */
const MOST_BOUND = 50;

/**
 * Instances by id, by key pair, or all. Only ListKeyPairs tells which pairs they have, and of each pair only the first 50
 * instances: where a pair has as many, the pairs of the instances that no list has are unknown.
 */
async function* listInstances(
  call: CallSwas,
  RegionId: string,
  { ids, keyPair }: InstanceFilter,
  signal: AbortSignal,
): AsyncGenerator<Instance, void, undefined> {
  const chunks = ids === undefined ? [null] : chunksOf([...new Set(ids)], MOST);
  if (chunks.length === 0) return;
  const bound = new Map<string, string[]>();
  let complete = true;
  for await (const { name, instances } of listKeyPairs(call, RegionId, undefined, signal)) {
    if (instances === null || instances.length >= MOST_BOUND) complete = false;
    for (const id of instances ?? []) bound.set(id, [...(bound.get(id) ?? []), name]);
  }
  for (const chunk of chunks) {
    const fetchPage = async ({ number }: { readonly number: number }, pageSignal: AbortSignal) => {
      const parameters: SwasParameters<ListInstancesRequest> = {
        RegionId,
        ...(chunk === null ? {} : { InstanceIds: JSON.stringify(chunk) }),
        PageNumber: number,
        PageSize: MOST,
      };
      return readInstances(await call('ListInstances', parameters, { changes: false, signal: pageSignal }));
    };
    const paging = { pageSize: MOST, numbered: true, keyOf: ({ id }: Instance) => id, signal };
    for await (const instance of allPages(fetchPage, paging)) {
      if (chunk?.includes(instance.id) === false) continue;
      const keyPairs = bound.get(instance.id) ?? (complete ? [] : null);
      if (keyPair === undefined || keyPairs?.includes(keyPair.name) === true) yield { ...instance, keyPairs };
    }
  }
}

function readInstances(answer: Answer): Page<Instance> {
  const list = handledRows(answer.fields['Instances'], 'InstanceId', readInstance);
  if (list === null) throw answer.malformed(t`without a list of instances`);
  return { ...list, total: countOf(answer.fields['TotalCount']) };
}

function readInstance(fields: Fields, id: string): Instance {
  const image = fieldsOf(fields['Image']);
  const system = String(lineOf(image?.['OsType'])).toLowerCase();
  const networks = (rowsOf(fields['NetworkAttributes'] ?? null) ?? []).map(fieldsOf);
  return {
    id,
    name: lineOf(fields['InstanceName']),
    state: lineOf(fields['Status']),
    platform: system === 'linux' || system === 'windows' ? system : null,
    system: lineOf([image?.['ImageName'], image?.['ImageVersion']].map((part) => lineOf(part) ?? '').join(' ')),
    publicAddresses: addressesOf(fields['PublicIpAddress'], ...networks.map((one) => one?.['PublicIpAddress'])),
    privateAddresses: addressesOf(fields['InnerIpAddress'], ...networks.map((one) => one?.['PrivateIpAddress'])),
    keyPairs: null,
    loginUser: null,
    loginPort: null,
    operation: null,
  };
}
