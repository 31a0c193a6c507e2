import type { ApiError } from '../api-error.ts';
import { type Binding, bindingsOf, isBusy, phaseOf, startOperation, type StoredInstance } from '../instances.ts';
import { withInstances } from '../repository.ts';
import type { Call, Result } from './action.ts';
import type { FilterTest } from './tencent-filters.ts';

type ValueOf = (instance: StoredInstance, call: Call) => string;

/** The instance filters that CVM and Lighthouse share: the value that each compares, by filter name. */
export const INSTANCE_FILTERS: ReadonlyMap<string, ValueOf> = new Map<string, ValueOf>([
  ['instance-name', ({ name }) => name],
  ['instance-state', (instance, call) => stateOf(instance, call)],
  ['private-ip-address', ({ address }) => address],
  ['zone', (_, call) => zoneOf(call)],
]);

/** Makes filter tests that compare one value. @throws `unknownFilter(name)` for an unknown filter */
export function instanceTests(
  values: ReadonlyMap<string, ValueOf>,
  call: Call,
  unknownFilter: (name: string) => ApiError,
): (name: string) => FilterTest<StoredInstance> {
  return (name) => {
    const valueOf = values.get(name);
    if (valueOf === undefined) throw unknownFilter(name);
    return (instance, value) => valueOf(instance, call) === value;
  };
}

/** `RUNNING`, `STOPPING`, `STARTING` or `STOPPED`. */
export function stateOf(instance: StoredInstance, { now }: Call): string {
  return phaseOf(instance, now).toUpperCase();
}

/** The zone of all instances in a region. */
export function zoneOf({ region }: Call): string {
  return `${region}-1`;
}

/** The fields about an instance's latest operation; null where there was none. */
export function latestOperation(instance: StoredInstance, { now }: Call): Result {
  const { operation } = instance;
  return {
    LatestOperation: operation?.name ?? null,
    LatestOperationState: operation === null ? null : isBusy(instance, now) ? 'OPERATING' : 'SUCCESS',
    LatestOperationRequestId: operation?.requestId ?? null,
  };
}

/** A change of bindings on Tencent's services. It applies to all instances or to none. */
interface BindingChange {
  readonly action: string;
  readonly instanceIds: readonly string[];
  readonly keyIds: readonly string[];
  /** How long the operation takes. */
  readonly milliseconds: number;
  /** Whether the operation restarts running instances. */
  readonly restarts: boolean;
  readonly keyPairNotFound: (id: string) => ApiError;
  readonly instanceNotFound: (id: string) => ApiError;
  /** The bindings after the operation. @throws ApiError for an unsuitable instance */
  readonly newBindings: (instance: StoredInstance, bound: readonly Binding[]) => readonly Binding[];
}

/** Starts the operation on all instances. @throws ApiError */
export function startBindingChange(change: BindingChange, { repository, now, requestId }: Call): Result {
  repository.update((contents) => {
    const unknown = change.keyIds.find((keyId) => !contents.pairs.some(({ id }) => id === keyId));
    if (unknown !== undefined) throw change.keyPairNotFound(unknown);
    const chosen = [...new Set(change.instanceIds)].map((wantedId) => {
      const instance = contents.instances.find(({ id }) => id === wantedId);
      if (instance === undefined) throw change.instanceNotFound(wantedId);
      return instance;
    });
    const begun = chosen.map((instance) => {
      const { action: name, milliseconds } = change;
      const keys = change.newBindings(instance, bindingsOf(instance, now));
      const restarts = change.restarts && instance.running;
      return startOperation(instance, { name, requestId, milliseconds, restarts, keys }, now);
    });
    return withInstances(contents, begun);
  });
  return {};
}
