import { ApiError, tencentMissingParameter } from '../api-error.ts';
import { type Binding, bindingsOf, isBusy, type StoredInstance } from '../instances.ts';
import { fields, flag, list, optional, text } from '../params.ts';
import { action, type Call, type Result } from './action.ts';
import { publicAddressesOf } from './addresses.ts';
import {
  INSTANCE_FILTERS,
  instanceTests,
  latestOperation,
  startBindingChange,
  stateOf,
  zoneOf,
} from './tencent-instances.ts';
import { checkInstanceIds, checkKeyIds, keyPairNotFound, selectPage, unknownFilter } from './cvm-params.ts';
import { listFields } from './tencent-filters.ts';

const FILTERS = new Map([
  ...INSTANCE_FILTERS,
  ['instance-id', ({ id }: StoredInstance) => id],
  ['project-id', () => '0'],
]);

/** CVM DescribeInstances. Rows have the fields about key pairs and a few more. */
export const describeInstances = action(
  10,
  fields({ InstanceIds: optional(list(text)), ...listFields }),
  async ({ InstanceIds: ids, ...listing }, call) => {
    checkInstanceIds(ids ?? []);
    const tests = instanceTests(FILTERS, call, unknownFilter);
    const { all, page } = selectPage(call.repository.read().instances, { ids, ...listing }, call, tests);
    return { TotalCount: all, InstanceSet: await Promise.all(page.map((instance) => instanceRow(instance, call))) };
  },
);

async function instanceRow(instance: StoredInstance, call: Call): Promise<Result> {
  const { id, name, platform, address } = instance;
  const keys = bindingsOf(instance, call.now).map(({ keyId }) => keyId);
  const windows = platform === 'windows';
  const { v4, v6, login } = await publicAddressesOf(instance, call);
  return {
    Placement: { Zone: zoneOf(call), ProjectId: 0 },
    InstanceId: id,
    InstanceName: name,
    InstanceState: stateOf(instance, call),
    OsName: windows ? 'Windows Server 2022 Datacenter 64bit' : 'Ubuntu Server 24.04 LTS 64bit',
    // The document allows null for empty lists.
    LoginSettings: { KeyIds: keys.length > 0 ? keys : null },
    PrivateIpAddresses: [address],
    PublicIpAddresses: v4 === null ? null : [v4],
    IPv6Addresses: v6 === null ? null : [v6],
    // The documents' examples use two forms of ISO 8601; this is the second.
    CreatedTime: '2020-09-22T00:00:00+00:00',
    ...latestOperation(instance, call),
    LatestOperationErrorMsg: null,
    DefaultLoginUser: login?.user ?? (windows ? 'Administrator' : 'ubuntu'),
    DefaultLoginPort: login?.port ?? (windows ? 3389 : 22),
  };
}

const params = fields({ InstanceIds: list(text), KeyIds: list(text), ForceStop: optional(flag) });

interface Params {
  readonly InstanceIds: readonly string[];
  readonly KeyIds: readonly string[];
  readonly ForceStop: boolean | undefined;
}

/** CVM AssociateInstancesKeyPairs: the new keys replace the old ones. */
export const associateKeyPairs = action(10, params, (given, call) =>
  changeBindings('AssociateInstancesKeyPairs', given, call, () => given.KeyIds.map((keyId) => ({ keyId, user: null }))),
);

/** CVM DisassociateInstancesKeyPairs. The error for a key that is not bound is not documented. */
export const disassociateKeyPairs = action(10, params, (given, call) =>
  changeBindings('DisassociateInstancesKeyPairs', given, call, (bound) => {
    const { KeyIds } = given;
    if (!KeyIds.every((id) => bound.some(({ keyId }) => keyId === id))) {
      throw new ApiError('FailedOperation.DisassociateKeyPairFailed', 'The key pair is not bound.');
    }
    return bound.filter(({ keyId }) => !KeyIds.includes(keyId));
  }),
);

function changeBindings(
  name: string,
  { InstanceIds, KeyIds, ForceStop = false }: Params,
  call: Call,
  next: (bound: readonly Binding[]) => readonly Binding[],
): Result {
  checkInstanceIds(InstanceIds);
  checkKeyIds(KeyIds);
  for (const [what, ids] of Object.entries({ InstanceIds, KeyIds })) {
    if (ids.length === 0) throw tencentMissingParameter(what);
  }
  return startBindingChange(
    {
      action: name,
      instanceIds: InstanceIds,
      keyIds: KeyIds,
      milliseconds: ForceStop ? call.behaviour.operationMs : 0,
      restarts: ForceStop,
      keyPairNotFound,
      instanceNotFound: (id) => new ApiError('InvalidInstanceId.NotFound', `The instance ID \`${id}\` does not exist.`),
      newBindings(instance, bound) {
        checkInstance(instance, ForceStop, call.now);
        return next(bound);
      },
    },
    call,
  );
}

function checkInstance(instance: StoredInstance, forceStop: boolean, now: Date): void {
  const { id } = instance;
  if (instance.platform === 'windows') {
    throw new ApiError(
      'UnsupportedOperation.InstanceOsWindows',
      `The instance \`${id}\` runs Windows, which does not support this operation.`,
    );
  }
  if (isBusy(instance, now)) {
    throw new ApiError(
      'OperationDenied.InstanceOperationInProgress',
      `The last operation of the instance \`${id}\` has not been completed.`,
    );
  }
  if (instance.running && !forceStop) {
    throw new ApiError(
      'UnsupportedOperation.InstanceStateRunning',
      `The instance \`${id}\` in the \`RUNNING\` state does not support this operation.`,
    );
  }
}
