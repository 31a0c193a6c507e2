import { startOperation, bindingsOf, type Binding, type StoredInstance } from '../instances.ts';
import type { ApiError } from '../api-error.ts';
import { withInstances } from '../repository.ts';
import type { Call, Result } from './action.ts';

/** Binding or unbinding as Tencent's services do it: all of the instances, or none and an error. */
export interface BindingChange {
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
