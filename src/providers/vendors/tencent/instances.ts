import type { DescribeInstancesRequest } from 'tencentcloud-sdk-nodejs/tencentcloud/services/cvm/v20170312/cvm_models.js';
import { t } from '../../../i18n/t.ts';
import type { Answer, Service } from '../../response.ts';
import { chunksOf } from '../../batches.ts';
import { allPages, type Page } from '../../paging.ts';
import type { Instance, InstanceFilter, KeyPairRef } from '../../types.ts';
import { countOf, fieldsOf, handledRows, lineOf, textsOf, type Fields } from '../../parse.ts';
import type { CallAction } from './api.ts';
import { keyIdOf } from './rules.ts';
import { listKeyPairs } from './key-pair.ts';

/** DescribeInstances takes no more ids, and gives no longer pages. */
const MOST = 100;

/**
 * Instances of CVM or Lighthouse. Neither service filters them by key pair: the pair tells its instances, and where it
 * does not, all instances are asked for their key pairs.
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
    const fetchPage = async ({ offset }: { readonly offset: number }) => {
      const parameters: DescribeInstancesRequest = { Offset: offset, Limit: MOST };
      if (chunk !== null) parameters.InstanceIds = [...chunk];
      return readInstances(await call('DescribeInstances', parameters, { changes: false, signal }));
    };
    for await (const instance of allPages(fetchPage, MOST, ({ id }) => id)) {
      if (chunk?.includes(instance.id) === false) continue;
      if (keyPair === undefined || bound !== null || hasKey(instance, keyPair)) yield instance;
    }
  }
}

/** The ids of the instances that a key pair is bound to; null where the service does not tell. */
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

/** What is in both lists, each once; null stands for everything. */
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
    // Null is how the services write that there is no key.
    keyPairs: login?.['KeyIds'] === null ? [] : textsOf(login?.['KeyIds']),
    operation: OPERATIONS.get(fields['LatestOperationState']) ?? null,
  };
}

const OPERATIONS: ReadonlyMap<unknown, Instance['operation']> = new Map([
  ['SUCCESS', 'done'],
  ['OPERATING', 'under way'],
  ['FAILED', 'failed'],
]);

/** Lighthouse tells the platform (`LINUX_UNIX`), CVM only the name of the system (`Windows Server 2022 …`). */
function platformOf(fields: Fields): Instance['platform'] {
  const told = lineOf(fields['PlatformType']) ?? lineOf(fields['OsName']);
  if (told === null) return null;
  return /windows/i.test(told) ? 'windows' : 'linux';
}
