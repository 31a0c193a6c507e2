import type {
  DeleteKeyPairsRequest,
  DescribeInstancesRequest,
  DescribeKeyPairsRequest,
  Filter,
} from 'tencentcloud-sdk-nodejs/tencentcloud/services/cvm/v20170312/cvm_models.js';
import { KeypairError } from '../../../errors.ts';
import { t } from '../../../i18n/t.ts';
import { Secret } from '../../../secret.ts';
import { chunksOf, inBatches } from '../../batches.ts';
import { allPages, identityOf, matching, type Page } from '../../paging.ts';
import { countOf, type Fields, fieldsOf, handledRows, lineOf, tagsOf, textOf, textsOf, timeOf } from '../../parse.ts';
import { readRegions } from '../../regions.ts';
import { addressesOf, type Answer, type ErrorTable, requireRequestId, type Service } from '../../response.ts';
import type {
  AdapterOptions,
  CreatedKeyPair,
  ImportedKeyPair,
  Instance,
  InstanceFilter,
  ItemOutcome,
  KeyPair,
  KeyPairRef,
  ListFilter,
  Region,
} from '../../types.ts';
import { type CallAction, tc3Caller } from './api.ts';
import { endpointOf, keyIdOf } from './services.ts';

/** Parses a response to CreateKeyPair: `KeyPair` of CVM (2017-03-12) and Lighthouse. */
export function readCreated(answer: Answer, askedName: string): CreatedKeyPair {
  const fields = fieldsOf(answer.fields['KeyPair']);
  const privateKey = textOf(fields?.['PrivateKey']);
  if (fields === null || privateKey === null) throw answer.malformed(t`without a private key`);
  return {
    // Do not lose the private key over a missing name: use the requested one.
    pair: readPair(fields, lineOf(fields['KeyName']) ?? askedName),
    privateKey: new Secret(privateKey),
    requestId: answer.requestId,
  };
}

/** Parses a response to ImportKeyPair, which has only the id. */
export function readImported(answer: Answer, name: string): ImportedKeyPair {
  const id = lineOf(answer.fields['KeyId']);
  if (id === null) throw answer.malformed(t`without the id of the key pair`);
  return { pair: readPair({ KeyId: id }, name), requestId: answer.requestId };
}

/** Parses one page of DescribeKeyPairs. */
function readPage(answer: Answer): Page<KeyPair> {
  const list = handledRows(answer.fields['KeyPairSet'], 'KeyName', readPair);
  if (list === null) throw answer.malformed(t`without a list of key pairs`);
  return { ...list, total: countOf(answer.fields['TotalCount']) };
}

function readPair(fields: Fields, name: string): KeyPair {
  const users = tagsOf(fields['AssociatedInstanceSet'], 'InstanceId', 'Username');
  return {
    id: lineOf(fields['KeyId']),
    name,
    publicKey: lineOf(fields['PublicKey']),
    fingerprint: null,
    // The v2 gateway spells it CreateTime.
    createdAt: timeOf(fields['CreatedTime']) ?? timeOf(fields['CreateTime']),
    description: textOf(fields['Description']),
    projectId: countOf(fields['ProjectId']),
    tags: tagsOf(fields['Tags'], 'Key', 'Value'),
    instances: textsOf(fields['AssociatedInstanceIds']),
    // Of Lighthouse.
    ...(users === null ? {} : { loginUsers: users }),
  };
}

/** The maximum number of filters of DescribeKeyPairs. */
const MOST_FILTERS = 10;

/**
 * Lists matching key pairs with DescribeKeyPairs of CVM or Lighthouse. The service filters what it can; then we filter
 * again.
 */
export function listKeyPairs(
  call: CallAction,
  service: Service,
  filter: ListFilter,
  signal: AbortSignal,
): AsyncIterable<KeyPair> {
  const { pageSize } = service;
  const fetchPage = async ({ offset }: { readonly offset: number }, pageSignal: AbortSignal) => {
    const page = { Offset: offset, Limit: pageSize };
    const parameters: DescribeKeyPairsRequest = { ...page, ...selection(filter) };
    return readPage(await call('DescribeKeyPairs', parameters, { changes: false, signal: pageSignal }));
  };
  return matching(allPages(fetchPage, { pageSize, numbered: false, keyOf: identityOf, signal }), filter);
}

/** Ids or filters: the service accepts only one of them. Lighthouse's name filter also matches parts of names. */
function selection({
  id,
  name,
  projectId,
  tags = {},
}: ListFilter): Pick<DescribeKeyPairsRequest, 'KeyIds' | 'Filters'> {
  if (id !== undefined) return { KeyIds: [id] };
  const filters: Filter[] = Object.entries(tags).map(([key, value]) => ({
    Name: `tag:${key}`,
    Values: [value],
  }));
  if (projectId !== undefined) filters.unshift({ Name: 'project-id', Values: [String(projectId)] });
  if (name !== undefined) filters.unshift({ Name: 'key-name', Values: [name] });
  return filters.length === 0 ? {} : { Filters: filters.slice(0, MOST_FILTERS) };
}

/**
 * Deletes key pairs with DeleteKeyPairs of CVM or Lighthouse. It returns one result for a whole batch, and may delete
 * part of a batch that it refuses. So we first look up which pairs exist. If one of them is not found after the
 * refusal, it was deleted.
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
      requireRequestId(await call('DeleteKeyPairs', parameters, { changes: true, signal }));
      return batch.map(() => null);
    },
    succeededAnyway: ({ id }, { code }) => code === 'NOT_FOUND' && id !== null && before.has(id),
  });
}

/** Which of these pairs exist; none if listing fails, since the deletion will report the cause. */
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

/** The actions of CVM and Lighthouse that bind and unbind key pairs. */
export type BindAction = 'AssociateInstancesKeyPairs' | 'DisassociateInstancesKeyPairs';

/** Binds or unbinds a key pair. The service returns one result for a batch: one bad instance fails the whole batch. */
export async function bindInstances(
  call: CallAction,
  service: Service,
  request: {
    readonly action: BindAction;
    readonly pair: KeyPairRef;
    readonly instances: readonly string[];
    /** Further parameters of the action, as the SDK spells them. */
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

/** The maximum number of ids and of instances per page of DescribeInstances. */
const MOST = 100;

/**
 * Instances of CVM or Lighthouse. Neither service filters them by key pair. We read the pair's instances, or if the
 * service does not return them, the key pairs of all instances.
 */
export async function* listInstances(
  call: CallAction,
  service: Service,
  { ids, keyPair }: InstanceFilter,
  signal: AbortSignal,
): AsyncGenerator<Instance, void, undefined> {
  const bound = keyPair === undefined ? null : await boundTo(call, service, keyPair, signal);
  const wanted = narrowed(ids ?? null, bound);
  for (const chunk of wanted === null ? [null] : chunksOf(wanted, MOST)) {
    const fetchPage = async ({ offset }: { readonly offset: number }, pageSignal: AbortSignal) => {
      const parameters: DescribeInstancesRequest = { Offset: offset, Limit: MOST };
      if (chunk !== null) parameters.InstanceIds = [...chunk];
      return readInstances(await call('DescribeInstances', parameters, { changes: false, signal: pageSignal }));
    };
    const paging = { pageSize: MOST, numbered: false, keyOf: ({ id }: Instance) => id, signal };
    for await (const instance of allPages(fetchPage, paging)) {
      if (chunk?.includes(instance.id) === false) continue;
      if (keyPair === undefined || bound !== null || hasKey(instance, keyPair)) yield instance;
    }
  }
}

/** The ids of the instances that a key pair is bound to; null if the service does not return them. */
async function boundTo(
  call: CallAction,
  service: Service,
  pair: KeyPairRef,
  signal: AbortSignal,
): Promise<readonly string[] | null> {
  const filter = { id: keyIdOf(pair, service) };
  for await (const { instances } of listKeyPairs(call, service, filter, signal)) return instances;
  return [];
}

/** The items in both lists, each once. Null stands for all items. */
function narrowed(a: readonly string[] | null, b: readonly string[] | null): readonly string[] | null {
  const list = a ?? b;
  return list === null ? null : [...new Set(list)].filter((id) => a === null || b === null || b.includes(id));
}

function hasKey({ keyPairs }: Instance, { id }: KeyPairRef): boolean {
  return id !== null && keyPairs?.includes(id) === true;
}

function readInstances(answer: Answer): Page<Instance> {
  const list = handledRows(answer.fields['InstanceSet'], 'InstanceId', readInstance);
  if (list === null) throw answer.malformed(t`without a list of instances`);
  return { ...list, total: countOf(answer.fields['TotalCount']) };
}

function readInstance(fields: Fields, id: string): Instance {
  const login = fieldsOf(fields['LoginSettings']);
  return {
    id,
    name: lineOf(fields['InstanceName']),
    state: lineOf(fields['InstanceState']),
    platform: platformOf(fields),
    system: lineOf(fields['OsName']),
    // CVM and Lighthouse name their fields differently.
    publicAddresses: addressesOf(
      fields['PublicIpAddresses'],
      fields['PublicAddresses'],
      fields['IPv6Addresses'],
      fields['PublicIpv6Addresses'],
    ),
    privateAddresses: addressesOf(fields['PrivateIpAddresses'], fields['PrivateAddresses']),
    // The services write null for no key.
    keyPairs: login?.['KeyIds'] === null ? [] : textsOf(login?.['KeyIds']),
    loginUser: lineOf(fields['DefaultLoginUser']),
    loginPort: portOf(fields['DefaultLoginPort']),
    operation: OPERATIONS.get(fields['LatestOperationState']) ?? null,
  };
}

function portOf(value: unknown): number | null {
  const port = countOf(value);
  return port !== null && port >= 1 && port <= 65535 ? port : null;
}

const OPERATIONS: ReadonlyMap<unknown, Instance['operation']> = new Map([
  ['SUCCESS', 'done'],
  ['OPERATING', 'under way'],
  ['FAILED', 'failed'],
]);

/** Lighthouse returns the platform (`LINUX_UNIX`), CVM only the name of the system (`Windows Server 2022 …`). */
function platformOf(fields: Fields): Instance['platform'] {
  const system = lineOf(fields['PlatformType']) ?? lineOf(fields['OsName']);
  if (system === null) return null;
  return /windows/i.test(system) ? 'windows' : 'linux';
}

const FIELDS = { id: 'Region', name: 'RegionName', state: 'RegionState' };

/** The API version of the region service (https://cloud.tencent.com/document/api/1596/77930). */
const VERSION = '2022-06-27';

/**
 * The regions of CVM or Lighthouse, from the region service, which covers all products. CVM's own list is no longer
 * maintained. If the region service fails, the product's own list is used.
 */
export async function listRegions(
  service: Service,
  product: 'cvm' | 'lighthouse',
  errors: ErrorTable,
  options: AdapterOptions,
  signal: AbortSignal,
): Promise<readonly Region[]> {
  const anywhere = { ...options, region: '' };
  const all = { ...anywhere, endpoint: endpointOf('region', options.endpoint), apiVersion: VERSION };
  try {
    const call = tc3Caller(service, 'region', errors, all);
    const answer = await call('DescribeRegions', { Product: product }, { changes: false, signal });
    return readRegions(answer, answer.fields['RegionSet'], FIELDS);
  } catch (error) {
    if (!(error instanceof KeypairError) || error.code === 'CANCELLED' || error.final) throw error;
    return listOwnRegions(tc3Caller(service, product, errors, anywhere), signal);
  }
}

/** The regions from the product's own action. */
export async function listOwnRegions(call: CallAction, signal: AbortSignal): Promise<readonly Region[]> {
  const answer = await call('DescribeRegions', {}, { changes: false, signal });
  return readRegions(answer, answer.fields['RegionSet'], FIELDS);
}
