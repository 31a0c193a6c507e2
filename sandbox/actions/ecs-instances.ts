import { aliyunInvalidParameter, ApiError } from '../api-error.ts';
import { type Binding, bindingsOf, phaseOf, restarted, startEcsOperation, type StoredInstance } from '../instances.ts';
import { fields, flag, integer, optional, text } from '../params.ts';
import { type Contents, withInstances } from '../repository.ts';
import { action, type Action, type Call, type Result } from './action.ts';
import { publicAddressesOf } from './addresses.ts';
import { pagePlace, pageToken, parseJsonList, PER_SECOND } from './ecs-params.ts';

/** ECS DescribeInstances. MaxResults or NextToken selects pages by token; otherwise pages have numbers. */
export const describeInstances = action(
  PER_SECOND,
  fields({
    InstanceIds: optional(text),
    KeyPairName: optional(text),
    MaxResults: optional(integer),
    NextToken: optional(text),
    PageNumber: optional(integer),
    PageSize: optional(integer),
  }),
  async (params, call) => {
    const contents = call.repository.read();
    const ids = params.InstanceIds === undefined ? null : parseJsonList(params.InstanceIds, malformedInstanceIds);
    if (ids !== null && ids.length > 100) throw malformedInstanceIds();
    const found = contents.instances
      .map((instance) => ({ instance, key: keyNameOf(instance, contents, call.now) }))
      .filter(({ instance, key }) => (ids?.includes(instance.id) ?? true) && (params.KeyPairName ?? key) === key);
    const rows = async (from: number, to: number): Promise<Result> => ({
      Instance: await Promise.all(found.slice(from, to).map(({ instance, key }) => instanceRow(instance, key, call))),
    });
    const { MaxResults: max, NextToken: token, PageNumber: number = 1, PageSize: pageSize = 10 } = params;
    if (max !== undefined || token !== undefined) {
      const from = pagePlace(token);
      const to = from + call.pages.size(Math.min(100, Math.max(10, max ?? 10)));
      // The document calls the total meaningless with tokens.
      return { TotalCount: 0, NextToken: to < found.length ? pageToken(to) : '', Instances: await rows(from, to) };
    }
    if (number < 1 || pageSize < 1 || pageSize > 100)
      throw aliyunInvalidParameter(number < 1 ? 'PageNumber' : 'PageSize');
    const size = call.pages.fixedSize(pageSize);
    return {
      TotalCount: found.length,
      PageNumber: number,
      PageSize: size,
      Instances: await rows((number - 1) * size, number * size),
    };
  },
);

/** The name of the pair that is bound to an instance; empty for none. */
function keyNameOf(instance: StoredInstance, { pairs }: Contents, now: Date): string {
  const [bound] = bindingsOf(instance, now);
  return pairs.find(({ id }) => id === bound?.keyId)?.name ?? '';
}

async function instanceRow(instance: StoredInstance, key: string, call: Call): Promise<Result> {
  const { region, now } = call;
  const windows = instance.platform === 'windows';
  const { v4: publicAddress } = await publicAddressesOf(instance, call);
  const isElastic = instance.name === 'web-2';
  return {
    InstanceId: instance.id,
    InstanceName: instance.name,
    RegionId: region,
    ZoneId: `${region}-a`,
    Status: phaseOf(instance, now) === 'running' ? 'Running' : 'Stopped',
    OSType: instance.platform,
    OSName: windows ? 'Windows Server 2022 64bit' : 'Ubuntu 24.04 64bit',
    KeyPairName: key,
    CreationTime: '2020-09-22T00:00Z',
    VpcAttributes: { PrivateIpAddress: { IpAddress: [instance.address] } },
    // A public address of its own, or an elastic one.
    PublicIpAddress: { IpAddress: isElastic || publicAddress === null ? [] : [publicAddress] },
    EipAddress: { IpAddress: isElastic ? publicAddress : '', AllocationId: isElastic ? 'eip-sandbox' : '' },
    InnerIpAddress: { IpAddress: [] },
  };
}

function malformedInstanceIds(): ApiError {
  return new ApiError('InvalidInstanceIds.Malformed', 'The specified InstanceIds are not valid.', 400);
}

const params = fields({ KeyPairName: text, InstanceIds: text });

/** ECS AttachKeyPair: the new key replaces the old one. The document's table has the counts as strings. */
export const attachKeyPair = action(PER_SECOND, params, (given, call) => {
  const ids = parseJsonList(given.InstanceIds, invalidInstanceIds);
  const { total, failed, ...rest } = nested(bindPair(given.KeyPairName, ids, call));
  return { TotalCount: String(total), FailCount: String(failed), KeyPairName: given.KeyPairName, ...rest };
});

/** ECS DetachKeyPair: skips instances with another key or none. The document's examples have the counts as numbers. */
export const detachKeyPair = action(PER_SECOND, params, (given, call) => {
  const ids = parseJsonList(given.InstanceIds, invalidInstanceIds);
  const { total, failed, ...rest } = nested(unbindPair(given.KeyPairName, ids, call));
  return { TotalCount: total, FailCount: failed, KeyPairName: given.KeyPairName, ...rest };
});

function nested({ results, ...counts }: Bound) {
  return { ...counts, Results: { Result: results } };
}

/** Binds a pair to instances in place of the pairs that they have. @throws ApiError */
export function bindPair(name: string, ids: readonly string[], call: Call): Bound {
  return changeBindings('AttachKeyPair', name, ids, call, (_, keyId) => [{ keyId, user: null }]);
}

/** Unbinds a pair from instances. It skips those with another pair or none. @throws ApiError */
export function unbindPair(name: string, ids: readonly string[], call: Call): Bound {
  return changeBindings('DetachKeyPair', name, ids, call, (bound, id) => bound.filter(({ keyId }) => keyId !== id));
}

/** How many instances were named, how many failed, and how each fared. */
interface Bound {
  readonly total: number;
  readonly failed: number;
  readonly results: readonly Result[];
}

type Failure = readonly [code: string, message: string];

const NO_INSTANCE: Failure = ['InvalidInstanceId.NotFound', 'The specified InstanceId does not exist.'];
const WINDOWS: Failure = [
  'DependencyViolation.WindowsInstance',
  'The instance creating is in windows, cannot use ssh key pair to login.',
];

/**
 * Changes the bindings; on a running instance they wait for a restart. The results list the failures; the request fails
 * only if all instances run Windows.
 */
function changeBindings(
  name: string,
  keyPairName: string,
  list: readonly string[],
  call: Call,
  next: (bound: readonly Binding[], keyId: string) => readonly Binding[],
): Bound {
  const ids = [...new Set(list)];
  if (ids.length > 50) {
    throw new ApiError('InstanceKeyPairLimitExceeded', 'The number of instances exceeds the limit.', 403);
  }
  let failures: readonly (Failure | null)[] = [];
  call.repository.update((contents) => {
    const pair = contents.pairs.find((candidate) => candidate.name === keyPairName);
    if (pair === undefined) {
      throw new ApiError('InvalidKeyPairName.NotFound', 'The specified KeyPairName does not exist.', 400);
    }
    const chosen = ids.map((id) => contents.instances.find((instance) => instance.id === id));
    failures = chosen.map(failureOf);
    if (failures.every((failure) => failure === WINDOWS)) throw new ApiError(...WINDOWS, 403);
    const changed = chosen.flatMap((instance) => {
      if (instance === undefined || failureOf(instance) !== null) return [];
      const keys = next(bindingsOf(instance, call.now), pair.id);
      const { requestId, now } = call;
      return [startEcsOperation(instance, { name, requestId, keys }, now)];
    });
    return withInstances(contents, changed);
  });
  return {
    total: ids.length,
    failed: failures.filter((failure) => failure !== null).length,
    results: ids.map((id, index) => bindingResult(id, failures[index] ?? null, index)),
  };
}

function failureOf(instance: StoredInstance | undefined): Failure | null {
  if (instance === undefined) return NO_INSTANCE;
  return instance.platform === 'windows' ? WINDOWS : null;
}

/** One row of the results. Documents and examples disagree about strings and other types, so rows alternate. */
function bindingResult(id: string, failure: Failure | null, index: number): Result {
  const text = index % 2 === 0;
  const success = failure === null;
  return {
    InstanceId: id,
    Code: failure?.[0] ?? (text ? '200' : 200),
    Message: failure?.[1] ?? 'successful',
    Success: text ? String(success) : success,
  };
}

/**
 * RebootInstance, StartInstance and StopInstance: at once. A key that was attached or detached while the instance ran
 * takes effect.
 *
 * @param from whether the instance must run.
 * @param to whether it runs afterwards.
 */
const power = (from: boolean, to: boolean, more: Readonly<Record<string, typeof optionalText>> = {}): Action =>
  action(
    PER_SECOND,
    fields({ InstanceId: text, DryRun: optional(flag), ...more }),
    ({ InstanceId: id, DryRun }, call) => {
      call.repository.update((contents) => {
        const instance = contents.instances.find((one) => one.id === id);
        if (instance === undefined) throw new ApiError(...NO_INSTANCE, 404);
        if (instance.running !== from) {
          const message = 'The current status of the resource does not support this operation.';
          throw new ApiError('IncorrectInstanceStatus', message, 403);
        }
        if (DryRun === true) {
          throw new ApiError('DryRunOperation', 'Request validation has been passed with DryRun flag set.', 400);
        }
        return withInstances(contents, [restarted(instance, to)]);
      });
      return {};
    },
  );

const optionalText = optional(text);

/** The actions of ECS and SWAS on the power of an instance. */
export const rebootInstance = power(true, true, { ForceStop: optionalText });
export const startInstance = power(false, true, { InitLocalDisk: optionalText });
export const stopInstance = power(true, false, {
  ConfirmStop: optionalText,
  ForceStop: optionalText,
  StoppedMode: optionalText,
});

function invalidInstanceIds(): ApiError {
  return new ApiError(
    'InvalidInstanceIds.ValueNotSupported',
    'The specified parameter "InstanceIds" is not valid.',
    400,
  );
}
