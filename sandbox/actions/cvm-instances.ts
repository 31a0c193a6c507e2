import { bindingsOf, type StoredInstance } from '../instances.ts';
import { fields, list, optional, text } from '../params.ts';
import { action, type Call, type Result } from './action.ts';
import { selectPage, unknownFilter } from './cvm-describe.ts';
import { checkInstanceIds } from './cvm-ids.ts';
import { listFields } from './tencent-filters.ts';
import { INSTANCE_FILTERS, instanceTests, latestOperation, stateOf, zoneOf } from './tencent-instances.ts';

/** CVM DescribeInstances, with the fields that have to do with key pairs and a few more. */
export const describeInstances = action(
  10,
  fields({ InstanceIds: optional(list(text)), ...listFields }),
  ({ InstanceIds: ids, ...listing }, call) => {
    checkInstanceIds(ids ?? []);
    const tests = instanceTests(FILTERS, call, unknownFilter);
    const { all, page } = selectPage(call.repository.read().instances, { ids, ...listing }, call, tests);
    return { TotalCount: all, InstanceSet: page.map((instance) => show(instance, call)) };
  },
);

const FILTERS = new Map([
  ...INSTANCE_FILTERS,
  ['instance-id', ({ id }: StoredInstance) => id],
  ['project-id', () => '0'],
]);

function show(instance: StoredInstance, call: Call): Result {
  const { id, name, platform, address } = instance;
  const keys = bindingsOf(instance, call.now).map(({ keyId }) => keyId);
  const windows = platform === 'windows';
  return {
    Placement: { Zone: zoneOf(call), ProjectId: 0 },
    InstanceId: id,
    InstanceName: name,
    InstanceState: stateOf(instance, call),
    OsName: windows ? 'Windows Server 2022 Datacenter 64bit' : 'Ubuntu Server 24.04 LTS 64bit',
    // Null where a list would be empty; the document allows for it.
    LoginSettings: { KeyIds: keys.length > 0 ? keys : null },
    PrivateIpAddresses: [address],
    PublicIpAddresses: null,
    // The second form of ISO 8601 in the documents' examples.
    CreatedTime: '2020-09-22T00:00:00+00:00',
    ...latestOperation(instance, call),
    LatestOperationErrorMsg: null,
    DefaultLoginUser: windows ? 'Administrator' : 'ubuntu',
    DefaultLoginPort: windows ? 3389 : 22,
  };
}
