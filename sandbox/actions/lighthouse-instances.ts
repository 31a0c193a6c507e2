import { bindingsOf, type StoredInstance } from '../instances.ts';
import { fields, list, optional, text } from '../params.ts';
import { action, type Call, type Result } from './action.ts';
import { selectPage, unknownFilter } from './lighthouse-describe.ts';
import { invalidValue, checkInstanceIds } from './lighthouse-ids.ts';
import { listFields } from './tencent-filters.ts';
import { INSTANCE_FILTERS, instanceTests, latestOperation, stateOf, zoneOf } from './tencent-instances.ts';

/** Lighthouse DescribeInstances, with the fields that have to do with key pairs and a few more. */
export const describeInstances = action(
  20,
  fields({
    InstanceIds: optional(list(text)),
    ...listFields,
    OrderField: optional(text),
    Order: optional(text),
  }),
  ({ InstanceIds: ids, OrderField: field, Order: order, ...listing }, call) => {
    checkInstanceIds(ids ?? []);
    // All expire at the same time, so any order by that is right.
    if ((field ?? 'EXPIRED_TIME') !== 'EXPIRED_TIME' || !['ASC', 'DESC'].includes(order ?? 'ASC')) {
      throw invalidValue('OutOfRange', 'OrderField or Order is not valid.');
    }
    const tests = instanceTests(INSTANCE_FILTERS, call, unknownFilter);
    const { all, page } = selectPage(call.repository.read().instances, { ids, ...listing }, 100, call, tests);
    return { TotalCount: all, InstanceSet: page.map((instance) => show(instance, call)) };
  },
);

function show(instance: StoredInstance, call: Call): Result {
  const { operation } = instance;
  const windows = instance.platform === 'windows';
  return {
    InstanceId: instance.id,
    InstanceName: instance.name,
    InstanceState: stateOf(instance, call),
    PlatformType: windows ? 'WINDOWS' : 'LINUX_UNIX',
    Platform: windows ? 'WINDOWS' : 'UBUNTU',
    OsName: windows ? 'Windows Server 2022 Datacenter 64bit' : 'Ubuntu Server 24.04 LTS 64bit',
    Zone: zoneOf(call),
    // A key of several users comes once.
    LoginSettings: { KeyIds: [...new Set(bindingsOf(instance, call.now).map(({ keyId }) => keyId))] },
    PrivateAddresses: [instance.address],
    PublicAddresses: null,
    CreatedTime: '2020-09-22T00:00:00Z',
    ExpiredTime: '2036-09-22T00:00:00Z',
    ...latestOperation(instance, call),
    LatestOperationStartedTime: operation?.startedAt.replace(/\.\d+Z$/, 'Z') ?? null,
    Tags: [],
  };
}
