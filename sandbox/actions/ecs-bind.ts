import { startOperation, bindingsOf, type Binding, type StoredInstance } from '../instances.ts';
import { fields, text } from '../params.ts';
import { ApiError } from '../api-error.ts';
import { withInstances } from '../repository.ts';
import { action, type Call, type Result } from './action.ts';
import { PER_SECOND } from './ecs-describe.ts';
import { parseJsonList } from './json-names.ts';

const params = fields({ KeyPairName: text, InstanceIds: text });

interface Params {
  readonly KeyPairName: string;
  readonly InstanceIds: string;
}

/** ECS AttachKeyPair: the new key replaces the old one. The counts are text, as its table says. */
export const attachKeyPair = action(PER_SECOND, params, (given, call) => {
  const { total, failed, ...rest } = changeBindings('AttachKeyPair', given, call, (_, keyId) => [
    { keyId, user: null },
  ]);
  return { TotalCount: String(total), FailCount: String(failed), ...rest };
});

/** ECS DetachKeyPair: an instance that has another key, or none, is left as it is. The counts are numbers, as in examples. */
export const detachKeyPair = action(PER_SECOND, params, (given, call) => {
  const { total, failed, ...rest } = changeBindings('DetachKeyPair', given, call, (held, id) =>
    held.filter(({ keyId }) => keyId !== id),
  );
  return { TotalCount: total, FailCount: failed, ...rest };
});

type Failure = readonly [code: string, message: string];

const NO_INSTANCE: Failure = ['InvalidInstanceId.NotFound', 'The specified InstanceId does not exist.'];
const WINDOWS: Failure = [
  'DependencyViolation.WindowsInstance',
  'The instance creating is in windows, cannot use ssh key pair to login.',
];

/** At once in the service's view. HTTP 200 as soon as one instance could take a key: the others are told of inside. */
function changeBindings(
  name: string,
  { KeyPairName, InstanceIds }: Params,
  call: Call,
  next: (held: readonly Binding[], keyId: string) => readonly Binding[],
): { readonly total: number; readonly failed: number } & Result {
  const ids = [...new Set(parseJsonList(InstanceIds, badInstanceIds))];
  if (ids.length > 50) {
    throw new ApiError('InstanceKeyPairLimitExceeded', 'The number of instances exceeds the limit.', 403);
  }
  let failures: readonly (Failure | null)[] = [];
  call.repository.update((contents) => {
    const pair = contents.pairs.find((candidate) => candidate.name === KeyPairName);
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
      return [startOperation(instance, { name, requestId, milliseconds: 0, restarts: false, keys }, now)];
    });
    return withInstances(contents, changed);
  });
  return {
    total: ids.length,
    failed: failures.filter((failure) => failure !== null).length,
    KeyPairName,
    Results: { Result: ids.map((id, index) => show(id, failures[index] ?? null, index)) },
  };
}

function failureOf(instance: StoredInstance | undefined): Failure | null {
  if (instance === undefined) return NO_INSTANCE;
  return instance.platform === 'windows' ? WINDOWS : null;
}

/** Documents and examples differ on whether a code is `"200"` or `200`, and success `"true"` or `true`: by turns. */
function show(id: string, failure: Failure | null, index: number): Result {
  const text = index % 2 === 0;
  const success = failure === null;
  return {
    InstanceId: id,
    Code: failure?.[0] ?? (text ? '200' : 200),
    Message: failure?.[1] ?? 'successful',
    Success: text ? String(success) : success,
  };
}

function badInstanceIds(): ApiError {
  return new ApiError(
    'InvalidInstanceIds.ValueNotSupported',
    'The specified parameter "InstanceIds" is not valid.',
    400,
  );
}
