import { ApiError } from '../api-error.ts';
import { type Binding, bindingsOf, isBusy, type StoredInstance } from '../instances.ts';
import { fields, list, optional, text } from '../params.ts';
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
import {
  checkGiven,
  checkInstanceIds,
  checkKeyIds,
  invalidValue,
  keyPairNotFound,
  selectPage,
  unknownFilter,
} from './lighthouse-params.ts';
import { listFields } from './tencent-filters.ts';

/** Lighthouse DescribeInstances. Rows have the fields about key pairs and a few more. */
export const describeInstances = action(
  20,
  fields({
    InstanceIds: optional(list(text)),
    ...listFields,
    OrderField: optional(text),
    Order: optional(text),
  }),
  async ({ InstanceIds: ids, OrderField: field, Order: order, ...listing }, call) => {
    checkInstanceIds(ids ?? []);
    // All instances expire at the same time, so every order is correct.
    if ((field ?? 'EXPIRED_TIME') !== 'EXPIRED_TIME' || !['ASC', 'DESC'].includes(order ?? 'ASC')) {
      throw invalidValue('OutOfRange', 'OrderField or Order is not valid.');
    }
    const tests = instanceTests(INSTANCE_FILTERS, call, unknownFilter);
    const { all, page } = selectPage(call.repository.read().instances, { ids, ...listing }, 100, call, tests);
    return { TotalCount: all, InstanceSet: await Promise.all(page.map((instance) => instanceRow(instance, call))) };
  },
);

async function instanceRow(instance: StoredInstance, call: Call): Promise<Result> {
  const { operation } = instance;
  const windows = instance.platform === 'windows';
  const { v4, v6 } = await publicAddressesOf(instance, call);
  return {
    InstanceId: instance.id,
    InstanceName: instance.name,
    InstanceState: stateOf(instance, call),
    PlatformType: windows ? 'WINDOWS' : 'LINUX_UNIX',
    Platform: windows ? 'WINDOWS' : 'UBUNTU',
    OsName: windows ? 'Windows Server 2022 Datacenter 64bit' : 'Ubuntu Server 24.04 LTS 64bit',
    Zone: zoneOf(call),
    // A key of several users is listed once.
    LoginSettings: { KeyIds: [...new Set(bindingsOf(instance, call.now).map(({ keyId }) => keyId))] },
    PrivateAddresses: [instance.address],
    PublicAddresses: v4 === null ? null : [v4],
    PublicIpv6Addresses: v6 === null ? [] : [v6],
    CreatedTime: '2020-09-22T00:00:00Z',
    ExpiredTime: '2036-09-22T00:00:00Z',
    ...latestOperation(instance, call),
    LatestOperationStartedTime: operation?.startedAt.replace(/\.\d+Z$/, 'Z') ?? null,
    Tags: [],
  };
}

const shared = { KeyIds: list(text), InstanceIds: list(text), Username: optional(text) };

/** The login user when the request names none. */
const DEFAULT_USER = 'root';

/** Lighthouse AssociateInstancesKeyPairs: OFFLINE replaces the old keys, ONLINE adds to them (a guess). */
export const associateKeyPairs = action(
  20,
  fields({ ...shared, AssociateType: optional(text) }),
  ({ AssociateType: type, ...given }, call) =>
    changeBindings('AssociateInstancesKeyPairs', { ...given, type }, call, (bound) => {
      const user = given.Username ?? DEFAULT_USER;
      const added = given.KeyIds.map((keyId): Binding => ({ keyId, user }));
      const duplicate = added.find((one) => bound.some((old) => old.keyId === one.keyId && old.user === user));
      if (duplicate !== undefined)
        throw unsupported('KeyPairBindDuplicate', `The key ${duplicate.keyId} is bound already.`);
      return [...(type === 'ONLINE' ? bound : []), ...added];
    }),
);

/** Lighthouse DisassociateInstancesKeyPairs: unbinds from one user, or from all users if the request names none. */
export const disassociateKeyPairs = action(
  20,
  fields({ ...shared, DisassociateType: optional(text) }),
  ({ DisassociateType: type, ...given }, call) =>
    changeBindings('DisassociateInstancesKeyPairs', { ...given, type }, call, (bound) => {
      const { KeyIds, Username: user } = given;
      const isUnbound = ({ keyId, user: holder }: Binding): boolean =>
        KeyIds.includes(keyId) && (user ?? holder) === holder;
      for (const id of KeyIds) {
        const found = bound.filter(({ keyId }) => keyId === id);
        if (found.length === 0)
          throw unsupported('KeyPairNotBoundToInstance', `The key ${id} is not bound to the instance.`);
        if (!found.some(isUnbound))
          throw unsupported('KeyPairUnbindUsernameMismatch', `The key ${id} is bound to another user.`);
      }
      return bound.filter((binding) => !isUnbound(binding));
    }),
);

interface Given {
  readonly KeyIds: readonly string[];
  readonly InstanceIds: readonly string[];
  readonly Username: string | undefined;
  readonly type: string | undefined;
}

/** Starts the operation. It is asynchronous for both types. */
function changeBindings(
  name: string,
  { KeyIds, InstanceIds, Username, type = 'OFFLINE' }: Given,
  call: Call,
  next: (bound: readonly Binding[]) => readonly Binding[],
): Result {
  checkGiven('KeyIds', KeyIds);
  checkGiven('InstanceIds', InstanceIds);
  checkKeyIds(KeyIds);
  checkInstanceIds(InstanceIds);
  const online = type === 'ONLINE';
  if (!online && type !== 'OFFLINE') throw invalidValue('OutOfRange', 'The type must be ONLINE or OFFLINE.');
  if (!online && Username !== undefined) {
    throw new ApiError('InvalidParameter', 'Username is not supported when the type is OFFLINE.');
  }
  return startBindingChange(
    {
      action: name,
      instanceIds: InstanceIds,
      keyIds: KeyIds,
      milliseconds: call.behaviour.operationMs,
      restarts: !online,
      keyPairNotFound,
      instanceNotFound: (id) =>
        new ApiError('ResourceNotFound.InstanceIdNotFound', `The instance ID ${id} does not exist.`),
      newBindings(instance, bound) {
        checkInstance(instance, online, call.now);
        return next(bound);
      },
    },
    call,
  );
}

function checkInstance(instance: StoredInstance, online: boolean, now: Date): void {
  const { id } = instance;
  if (instance.platform === 'windows') {
    throw unsupported('WindowsNotAllowToAssociateKeyPair', `The instance ${id} runs Windows.`);
  }
  if (isBusy(instance, now)) {
    throw unsupported('LatestOperationUnfinished', `The last operation of the instance ${id} has not been completed.`);
  }
  if (online && !instance.running) {
    throw unsupported('InvalidInstanceState', `The instance ${id} in the STOPPED state does not support it.`);
  }
}

function unsupported(what: string, message: string): ApiError {
  return new ApiError(`UnsupportedOperation.${what}`, message);
}
