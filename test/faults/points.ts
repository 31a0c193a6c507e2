import type { Scenario } from './scenarios.ts';
import type { Call } from './traced.ts';
import type { World } from './world.ts';

/** All calls of a run that goes well which touch the key directory, the state directory or the socket. */
export async function pointsOf(
  world: World,
  scenario: Scenario,
  prepare?: (home: string) => Promise<void>,
): Promise<readonly Call[]> {
  const points: Call[] = [];
  for (const thread of ['disk', 'network'] as const) {
    const calls = await world.run(
      scenario,
      thread,
      [],
      (_home, { run, calls: found }) => {
        if (run.exit !== 0) throw new Error(`${scenario.title} does not even work: ${run.stderr}`);
        return found;
      },
      prepare,
    );
    points.push(...calls);
  }
  // A call that fails all the time cannot be made to fail otherwise.
  const always = new Set(scenario.always?.map((expression) => expression.split(':')[0]));
  // What stands in the cache is a convenience: it may be missing, and is written aside from the rest.
  return points.filter(({ name, text }) => !always.has(name) && !text.includes('~/.cache'));
}

/** The exhaustive run: every error at every call of every scenario. */
export const EXHAUSTIVE = process.env['KEYPAIR_FAULTS'] === 'all';

/**
 * The points of a scenario that is not the main one: with {@link EXHAUSTIVE} all, else every second one from when the
 * place is taken and the intent noted, when something can be lost.
 */
export function sampled(points: readonly Call[]): readonly Call[] {
  if (EXHAUSTIVE) return points;
  const noted = points.findIndex(({ text }) => text.startsWith('fsync(<~/.local/state/keypair/journal>'));
  return points.slice(noted + 1).filter((_point, index) => index % 2 === 0);
}

/** The time for one scenario, in milliseconds: machines are slow, and tracing makes them slower. */
export const PATIENCE_MS = EXHAUSTIVE ? 3_600_000 : 600_000;

/** Does something with all items, a few at a time, each in a world of its own. */
export async function inWorlds<T>(
  worlds: readonly World[],
  items: readonly T[],
  act: (world: World, item: T) => Promise<void>,
): Promise<void> {
  const queue = [...items];
  await Promise.all(
    worlds.map(async (world) => {
      for (let item = queue.shift(); item !== undefined; item = queue.shift()) await act(world, item);
    }),
  );
}
