import type { BindOptions, Instance, KeyPairRef, Provider } from '../providers/types.ts';

/** Whether to bind a pair to instances or to unbind it. */
export type Direction = 'attach' | 'detach';

/** A requested binding or unbinding. */
export interface BindTask {
  readonly direction: Direction;
  readonly pair: KeyPairRef;
  readonly options: BindOptions;
}

/** The state of a binding or unbinding on one instance. */
export interface BindState {
  readonly instance: string;
  /** The instance as the service lists it, or null. */
  readonly seen: Instance | null;
  /** `unknown`: the service returns neither the instance's key pairs nor its latest operation. */
  readonly progress: 'done' | 'under way' | 'failed' | 'unknown';
}

/**
 * Checks the binding on these instances. Returns a state for each, in order.
 *
 * @throws KeypairError as listing does.
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

/** The states according to the pair's own list of instances, for services that cannot list instances. */
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

/**
 * The state of one instance. A finished operation may be an older one, so the key must be bound, or unbound, as well.
 */
export function progressOf(instance: Instance, { direction, pair, options }: BindTask): BindState['progress'] {
  const { operation, keyPairs } = instance;
  if (operation === 'failed' || operation === 'under way') return operation;
  if (keyPairs === null) return operation ?? 'unknown';
  const bound = hasPair(keyPairs, pair);
  if (bound === (direction === 'attach')) return 'done';
  // Removed for one user of the instance, the key may stay for another.
  return direction === 'detach' && options.onlineUser !== null && operation === 'done' ? 'done' : 'under way';
}

/** Whether the pair is bound already, or not bound when it is to be unbound; false if unknown. */
export function isNoChange({ seen, progress }: BindState, { direction, pair }: BindTask): boolean {
  // The pair's own list of instances is all there is.
  if (seen === null) return progress === 'done';
  return seen.keyPairs !== null && hasPair(seen.keyPairs, pair) === (direction === 'attach');
}

/** @param keyPairs the ids or names of an instance's pairs. */
function hasPair(keyPairs: readonly string[], { id, name }: KeyPairRef): boolean {
  return keyPairs.some((key) => key === id || key === name);
}

/** The maximum wait, in milliseconds: longer than a server takes to stop and start. */
const PATIENCE_MS = 5 * 60_000;

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 5000;

/** How to check, and how to wait between checks. */
interface Watch {
  /** Returns a state for each of these instances. */
  look(instances: readonly string[]): Promise<readonly BindState[]>;
  pause(ms: number): Promise<void>;
}

/**
 * Watches instances until the binding is done on each. Yields each state once, as soon as it is final; after five
 * minutes, yields the latest state of the rest.
 *
 * A failure counts only if seen twice in a row: the first may belong to an older operation.
 *
 * @throws as checking and waiting do.
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
