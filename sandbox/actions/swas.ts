import { aliyunInvalidParameter, type ApiError } from '../api-error.ts';
import { boundInstances, phaseOf, type StoredInstance } from '../instances.ts';
import { fields, list, optional, text } from '../params.ts';
import { REGION_NAMES, SWAS_REGIONS } from '../regions.ts';
import type { StoredPair } from '../repository.ts';
import { action, type Actions, type Call, type Result } from './action.ts';
import { publicAddressesOf } from './addresses.ts';
import { badPairNames, checkName, createPair, deletePairs, importPair } from './aliyun-keys.ts';
import { bindPair, rebootInstance, startInstance, stopInstance, unbindPair } from './ecs-instances.ts';
import { numberedPage, numberedPages, parseJsonList, PER_SECOND } from './ecs-params.ts';
import {
  swasAgentAttributes,
  swasAgentStatus,
  swasInvocationResult,
  swasInvocations,
  swasRunCommand,
} from './swas-commands.ts';

/** The most names or instances of a request. */
const MOST = 50;

const token = { ClientToken: optional(text) };

const NAME = /^[A-Za-z][A-Za-z0-9:_-]{1,63}$/;

/** Pairs have neither tags nor resource groups. */
function newPair(name: string) {
  checkName(name, NAME);
  return { name, group: '', tags: [] };
}

function keyPairRow(pair: StoredPair, instances: readonly StoredInstance[], now: Date): Result {
  return {
    KeyPairName: pair.name,
    PublicKey: pair.publicKey,
    // The document's example ends at the minute: 2024-05-06T02:28Z.
    CreationTime: `${pair.createdAt.slice(0, 16)}Z`,
    InstanceIds: boundInstances(instances, pair.id, now)
      .map(({ id }) => id)
      .slice(0, MOST),
  };
}

const bound = fields({ KeyPairName: text, InstanceIds: list(text), ...token });

/** Counts are numbers, codes and successes strings, as the SDK declares them. */
function boundResult({ total, failed, results }: ReturnType<typeof bindPair>): Result {
  return {
    TotalCount: total,
    FailCount: failed,
    Results: results.map((row) => ({ ...row, Code: String(row['Code']), Success: String(row['Success']) })),
  };
}

/** SWAS ListInstances, by numbered pages. */
const listInstances = action(
  PER_SECOND,
  fields({ InstanceIds: optional(text), InstanceName: optional(text), Status: optional(text), ...numberedPages }),
  async (params, call) => {
    const ids = params.InstanceIds === undefined ? null : parseJsonList(params.InstanceIds, badInstanceIds);
    if (ids !== null && ids.length > 100) throw badInstanceIds();
    const found = call.repository
      .read()
      .instances.filter(
        (instance) =>
          (ids?.includes(instance.id) ?? true) &&
          (params.InstanceName ?? instance.name) === instance.name &&
          (params.Status ?? statusOf(instance, call)) === statusOf(instance, call),
      );
    const { page, ...paging } = numberedPage(found, params, call, 100);
    return { ...paging, Instances: await Promise.all(page.map((instance) => instanceRow(instance, call))) };
  },
);

function badInstanceIds(): ApiError {
  return aliyunInvalidParameter('InstanceIds');
}

function statusOf(instance: StoredInstance, { now }: Call): string {
  return phaseOf(instance, now) === 'running' ? 'Running' : 'Stopped';
}

async function instanceRow(instance: StoredInstance, call: Call): Promise<Result> {
  const windows = instance.platform === 'windows';
  const { v4 } = await publicAddressesOf(instance, call);
  return {
    InstanceId: instance.id,
    InstanceName: instance.name,
    RegionId: call.region,
    Status: statusOf(instance, call),
    BusinessStatus: 'Normal',
    ChargeType: 'PrePaid',
    PlanId: 'swas.s2.c2m2s50b4t08',
    ImageId: 'fe9c66133a9d4688872869726b520000',
    Image: {
      ImageName: windows ? 'Windows Server' : 'Ubuntu',
      ImageVersion: windows ? '2022' : '24.04',
      ImageType: 'system',
      OsType: instance.platform,
    },
    CreationTime: '2021-03-08T05:31:06Z',
    ExpiredTime: '2099-05-08T16:00:00Z',
    PublicIpAddress: v4 ?? '',
    InnerIpAddress: instance.address,
    NetworkAttributes: [{ PublicIpAddress: v4 ?? '', PrivateIpAddress: instance.address, PeakBandwidth: 30 }],
    Tags: [],
  };
}

/** Alibaba Cloud Simple Application Server 2020-06-01. The name identifies a pair; there is no id. */
export const SWAS_ACTIONS: Actions = new Map([
  [
    'CreateKeyPair',
    action(PER_SECOND, fields({ KeyPairName: text, ...token }), async ({ KeyPairName }, call) => {
      const { privateKey } = await createPair('swas', newPair(KeyPairName), call);
      return { KeyPairName, PrivateKeyBody: privateKey };
    }),
  ],
  [
    'ImportKeyPair',
    action(PER_SECOND, fields({ KeyPairName: text, PublicKeyBody: text, ...token }), (params, call) => {
      const pair = importPair('swas', newPair(params.KeyPairName), params.PublicKeyBody, call);
      return { KeyPairName: pair.name };
    }),
  ],
  [
    'ListKeyPairs',
    action(PER_SECOND, fields({ KeyPairName: optional(text), ...numberedPages, ...token }), (params, call) => {
      const { pairs, instances } = call.repository.read();
      const found = pairs.filter(({ name }) => (params.KeyPairName ?? name) === name);
      const { page, ...paging } = numberedPage(found, params, call);
      return { ...paging, KeyPairs: page.map((pair) => keyPairRow(pair, instances, call.now)) };
    }),
  ],
  [
    'DeleteKeyPairs',
    action(PER_SECOND, fields({ KeyPairNames: list(text), ...token }), ({ KeyPairNames }, call) => {
      if (KeyPairNames.length === 0) throw badPairNames();
      return deletePairs(KeyPairNames, MOST, call);
    }),
  ],
  [
    'AttachKeyPair',
    action(PER_SECOND, bound, ({ KeyPairName, InstanceIds }, call) =>
      boundResult(bindPair(KeyPairName, InstanceIds, call)),
    ),
  ],
  [
    'DetachKeyPair',
    action(PER_SECOND, bound, ({ KeyPairName, InstanceIds }, call) =>
      boundResult(unbindPair(KeyPairName, InstanceIds, call)),
    ),
  ],
  ['ListInstances', listInstances],
  ['RebootInstance', rebootInstance],
  ['StartInstance', startInstance],
  ['StopInstance', stopInstance],
  [
    'ListRegions',
    action(PER_SECOND, fields({ AcceptLanguage: optional(text) }), () => ({
      Regions: [...SWAS_REGIONS].map((region) => ({
        RegionId: region,
        RegionEndpoint: `swas.${region}.aliyuncs.com`,
        LocalName: REGION_NAMES.get(region) ?? region,
      })),
    })),
  ],
  ['RunCommand', swasRunCommand],
  ['DescribeInvocations', swasInvocations],
  ['DescribeInvocationResult', swasInvocationResult],
  ['DescribeCloudAssistantAttributes', swasAgentAttributes],
  ['DescribeCloudAssistantStatus', swasAgentStatus],
]);
