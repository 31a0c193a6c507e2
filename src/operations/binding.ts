import type { BindOptions, Instance, KeyPairRef, Provider } from '../providers/types.ts';

/** Whether a pair comes to an instance or goes from it. */
export type Direction = 'attach' | 'detach';

/** What was asked for. */
export interface BindTask {
  readonly direction: Direction;
  readonly pair: KeyPairRef;
  readonly options: BindOptions;
}

/** How far a binding, or its end, has come on one instance. */
export interface BindState {
  readonly instance: string;
  /** As the service lists it; null where it does not. */
  readonly seen: Instance | null;
  /** `unknown`: the service tells neither the instance's key pairs nor its latest operation. */
  readonly progress: 'done' | 'under way' | 'failed' | 'unknown';
}

/**
 * Looks how far it has come on these instances; a state for each, in order.
 *
 * @throws KeypairError, as listing does.
 */
export async function bindStates(
  provider: Provider,
  task: BindTask,
  instances: readonly string[],
  signal: AbortSignal,
): Promise<readonly BindState[]> {
  if (provider.listInstances === undefined) return statesByPair(provider, task, instances, signal);
  const found = new Map<string, Instance>();
  for await (const instance of provider.listInstances({ ids: instances }, signal)) {
    found.set(instance.id, instance);
  }
  return instances.map((id) => {
    const seen = found.get(id) ?? null;
    return { instance: id, seen, progress: seen === null ? 'unknown' : progressOf(seen, task) };
  });
}

/** Where instances cannot be listed, the pair tells to which it is bound. */
async function statesByPair(
  provider: Provider,
  { direction, pair: { id, name } }: BindTask,
  instances: readonly string[],
  signal: AbortSignal,
): Promise<readonly BindState[]> {
  let bound: readonly string[] | null = null;
  const filter = id === null ? { name } : { id };
  for await (const pair of provider.listKeyPairs(filter, signal)) bound = pair.instances;
  return instances.map((instance) => ({
    instance,
    seen: null,
    progress: bound === null ? 'unknown' : bound.includes(instance) === (direction === 'attach') ? 'done' : 'under way',
  }));
}

/** What an instance shows. An operation that is done may be an older one: the key must be there, or gone, as well. */
export function progressOf(instance: Instance, { direction, pair, options }: BindTask): BindState['progress'] {
  const { operation, keyPairs } = instance;
  if (operation === 'failed' || operation === 'under way') return operation;
  if (keyPairs === null) return operation ?? 'unknown';
  const bound = keyPairs.some((key) => key === pair.id || key === pair.name);
  if (bound === (direction === 'attach')) return 'done';
  // Taken from one user of the instance, it may stay with another.
  return direction === 'detach' && options.onlineUser !== null && operation === 'done' ? 'done' : 'under way';
}

/** How long is waited in all, in milliseconds: longer than a server takes to stop and to start. */
const PATIENCE_MS = 5 * 60_000;

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 5000;

/** How to look, and how to let time pass between looks. */
interface Watch {
  /** A state for each of these instances. */
  look(instances: readonly string[]): Promise<readonly BindState[]>;
  pause(ms: number): Promise<void>;
}

/**
 * Watches instances until it is done on each: gives each state once, as soon as it is final, and after five minutes
 * the rest as they were seen last.
 *
 * A failure counts when it was seen twice in a row: the first may be that of an older operation.
 *
 * @throws what looking and pausing throw.
 */
export async function* untilDone(
  instances: readonly string[],
  watch: Watch,
): AsyncGenerator<BindState, void, undefined> {
  let waiting = instances;
  let failing: ReadonlySet<string> = new Set();
  let waited = 0;
  for (let ms = FIRST_PAUSE_MS; ; ms = Math.min(2 * ms, LONGEST_PAUSE_MS)) {
    const states = await watch.look(waiting);
    const isFinal = ({ instance, progress }: BindState): boolean =>
      progress === 'done' || (progress === 'failed' && failing.has(instance)) || waited >= PATIENCE_MS;
    yield* states.filter(isFinal);
    const open = states.filter((state) => !isFinal(state));
    if (open.length === 0) return;
    waiting = open.map(({ instance }) => instance);
    failing = new Set(open.filter(({ progress }) => progress === 'failed').map(({ instance }) => instance));
    await watch.pause(ms);
    waited += ms;
  }
}
