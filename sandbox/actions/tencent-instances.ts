import type { ApiError } from '../api-error.ts';
import {
  type Binding,
  bindingsOf,
  isBusy,
  phaseOf,
  startOperation,
  type StoredInstance,
} from '../instances.ts';
import { withInstances } from '../repository.ts';
import type { Call, Result } from './action.ts';
import type { FilterTest } from './tencent-filters.ts';

type ValueOf = (instance: StoredInstance, call: Call) => string;

/** The filters on instances that CVM and Lighthouse share, by their names: what each looks at. */
export const INSTANCE_FILTERS: ReadonlyMap<string, ValueOf> = new Map<string, ValueOf>([
  ['instance-name', ({ name }) => name],
  ['instance-state', (instance, call) => stateOf(instance, call)],
  ['private-ip-address', ({ address }) => address],
  ['zone', (_, call) => zoneOf(call)],
]);

/** Makes the tests of filters that compare one value. @throws what `noFilter` makes, for a name that is not there */
export function instanceTests(
  values: ReadonlyMap<string, ValueOf>,
  call: Call,
  noFilter: (name: string) => ApiError,
): (name: string) => FilterTest<StoredInstance> {
  return (name) => {
    const valueOf = values.get(name);
    if (valueOf === undefined) throw noFilter(name);
    return (instance, value) => valueOf(instance, call) === value;
  };
}

/** `RUNNING`, `STOPPING`, `STARTING` or `STOPPED`. */
export function stateOf(instance: StoredInstance, { now }: Call): string {
  return phaseOf(instance, now).toUpperCase();
}

/** The one zone of a region that the sandbox's instances are in. */
export function zoneOf({ region }: Call): string {
  return `${region}-1`;
}

/** The fields that tell of an instance's latest operation; null where there was none. */
export function latestOperation(instance: StoredInstance, { now }: Call): Result {
  const { operation } = instance;
  return {
    LatestOperation: operation?.name ?? null,
    LatestOperationState: operation === null ? null : isBusy(instance, now) ? 'OPERATING' : 'SUCCESS',
    LatestOperationRequestId: operation?.requestId ?? null,
  };
}

/** Binding or unbinding as Tencent's services do it: all of the instances, or none and an error. */
interface BindingChange {
  readonly action: string;
  readonly instanceIds: readonly string[];
  readonly keyIds: readonly string[];
  /** How long it stays under way. */
  readonly milliseconds: number;
  /** Whether running instances are stopped for it. */
  readonly restarts: boolean;
  readonly keyPairNotFound: (id: string) => ApiError;
  readonly instanceNotFound: (id: string) => ApiError;
  /** What will be bound to the instance. Throws the service's ApiError for an instance that cannot have it. */
  readonly newBindings: (instance: StoredInstance, held: readonly Binding[]) => readonly Binding[];
}

/** Begins the operation on every instance at once. @throws ApiError */
export function startBindingChange(wanted: BindingChange, { repository, now, requestId }: Call): Result {
  repository.update((contents) => {
    const unknown = wanted.keyIds.find((keyId) => !contents.pairs.some(({ id }) => id === keyId));
    if (unknown !== undefined) throw wanted.keyPairNotFound(unknown);
    const chosen = [...new Set(wanted.instanceIds)].map((wantedId) => {
      const instance = contents.instances.find(({ id }) => id === wantedId);
      if (instance === undefined) throw wanted.instanceNotFound(wantedId);
      return instance;
    });
    const begun = chosen.map((instance) => {
      const { action: name, milliseconds } = wanted;
      const keys = wanted.newBindings(instance, bindingsOf(instance, now));
      const restarts = wanted.restarts && instance.running;
      return startOperation(instance, { name, requestId, milliseconds, restarts, keys }, now);
    });
    return withInstances(contents, begun);
  });
  return {};
}
