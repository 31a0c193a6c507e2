import type { BindState } from './binding.ts';

/** How long is waited in all, in milliseconds: longer than a server takes to stop and to start. */
const PATIENCE_MS = 5 * 60_000;

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 5000;

/** How to look, and how to let time pass between looks. */
export interface Watch {
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
