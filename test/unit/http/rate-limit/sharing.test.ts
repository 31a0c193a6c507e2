import { describe, expect, it } from 'vitest';
import { Service, World, type Latency } from './world.ts';

const LATENCIES: Readonly<Record<string, Latency>> = {
  loopback: { there: (random) => 1 + random() * 2, back: (random) => 5 + random() * 5 },
  'the internet': { there: (random) => 15 + random() * 30, back: (random) => 60 + random() * 80 },
};

/** Three in a hundred are held up on their way, as when a first packet is lost. */
const ROUGH: Latency = {
  there: (random) => (random() < 0.03 ? 400 + random() * 600 : 20 + random() * 60),
  back: (random) => 100 + random() * 300,
};

const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8];

interface Run {
  readonly seconds: number;
  readonly service: Service;
  readonly failed: number;
}

/** Processes that come after some seconds and make so many creates at once; names are their numbers. */
async function run(
  seed: number,
  latency: Latency,
  processes: readonly { readonly creates: number; readonly after?: number }[],
): Promise<Run> {
  const world = new World(seed);
  const service = new Service(world, latency);
  const outcomes = await world.until(
    Promise.all(
      processes.map(async ({ creates, after = 0 }, number) => {
        await world.pass(after * 1000);
        return service.creates(String(number), creates, world.limiter());
      }),
    ),
  );
  const failed = outcomes.flat().filter(({ status }) => status === 'rejected').length;
  return { seconds: world.now() / 1000, service, failed };
}

function countOf({ service }: Run, who: string, beforeSeconds = Infinity): number {
  return service.served.filter((one) => one.who === who && one.at < beforeSeconds * 1000).length;
}

describe.each(Object.entries(LATENCIES))('over %s', (_title, latency) => {
  it.each(SEEDS)('makes 300 at 10/s in the limit’s own time, never refused (seed %i)', async (seed) => {
    const { failed, seconds, service } = await run(seed, latency, [{ creates: 300 }]);
    expect(failed).toBe(0);
    expect(service.served).toHaveLength(300);
    expect(service.refused).toEqual([]);
    expect(seconds).toBeLessThan(31.5);
  });

  it.each(SEEDS)('shares the limit with a second process, to its full (seed %i)', async (seed) => {
    const both = await run(seed, latency, [{ creates: 300 }, { creates: 300 }]);
    expect(both.failed).toBe(0);
    expect(both.service.served).toHaveLength(600);
    expect(both.seconds).toBeLessThan(63);
    // Half of the way, each has had a fair part of what was to be had.
    for (const who of ['0', '1']) expect(countOf(both, who, 30)).toBeGreaterThan(75);
  });

  it.each(SEEDS)('lets in a process that comes later (seed %i)', async (seed) => {
    const both = await run(seed, latency, [{ creates: 300 }, { creates: 150, after: 7 }]);
    expect(both.failed).toBe(0);
    expect(both.seconds).toBeLessThan(49.5);
    expect(countOf(both, '1', 30)).toBeGreaterThan(30);
  });

  it.each(SEEDS)('lets a single request through beside a busy process (seed %i)', async (seed) => {
    const both = await run(seed, latency, [{ creates: 200 }, { creates: 1, after: 5 + seed / 13 }]);
    expect(both.failed).toBe(0);
    expect(countOf(both, '1', 15)).toBe(1);
  });
});

it.each(SEEDS)('shares it among three (seed %i)', async (seed) => {
  const processes = [{ creates: 150 }, { creates: 150, after: 3 }, { creates: 150, after: 9 }];
  const all = await run(seed, ROUGH, processes);
  expect(all.failed).toBe(0);
  expect(all.service.served).toHaveLength(450);
  expect(all.seconds).toBeLessThan(52);
});

// Vendors count by region; if one counts by account, refusals teach every region its share.
it.each(SEEDS)('shares one limit among 18 regions that count as if it were theirs alone (seed %i)', async (seed) => {
  const all = await run(
    seed,
    ROUGH,
    Array.from({ length: 18 }, () => ({ creates: 10 })),
  );
  expect(all.failed).toBe(0);
  expect(all.service.served).toHaveLength(180);
  expect(all.seconds).toBeLessThan(18 * 1.35);
});

it('catches up after the program was busy, within the limit', async () => {
  const world = new World(1);
  const service = new Service(world, { there: () => 1, back: () => 1 });
  let waits = 0;
  const limiter = world.limiter(10, 120_000, (ms, signal) =>
    // Every seventh timer is late.
    world.pass(ms + ((waits += 1) % 7 === 0 ? 80 : 1), signal),
  );
  await world.until(service.creates('one', 300, limiter));
  expect(service.refused).toEqual([]);
  expect(world.now()).toBeLessThan(31_500);
});

it.each(SEEDS)('bears requests that are held up on their way (seed %i)', async (seed) => {
  const { failed, seconds, service } = await run(seed, ROUGH, [{ creates: 300 }]);
  expect(failed).toBe(0);
  expect(service.refused.length).toBeGreaterThan(0);
  expect(seconds).toBeLessThan(36);
});

it('finds a limit that is lower than the documents say', async () => {
  const world = new World(3);
  const service = new Service(world, ROUGH, 4);
  const outcomes = await world.until(service.creates('one', 100, world.limiter(10)));
  expect(outcomes.every(({ status }) => status === 'fulfilled')).toBe(true);
  expect(world.now()).toBeLessThan(25_000 * 1.15);
});

it('comes back to full speed when the other process is gone', async () => {
  const both = await run(4, ROUGH, [{ creates: 300 }, { creates: 50, after: 5 }]);
  const gone = both.service.served.filter(({ who }) => who === '1').at(-1)?.at ?? Infinity;
  const later = both.service.served.filter(({ at }) => at > gone + 5000 && at <= gone + 10_000);
  expect(later.length).toBeGreaterThan(42);
});

it('keeps up a high rate although timers are late', async () => {
  const world = new World(1);
  const service = new Service(world, { there: () => 1, back: () => 1 }, 100);
  await world.until(service.creates('one', 500, world.limiter(100)));
  expect(service.refused).toEqual([]);
  expect(world.now()).toBeLessThan(5500);
});

it('starts at once, and again at once after a while', async () => {
  const world = new World(1);
  const service = new Service(world, { there: () => 0, back: () => 0 });
  const limiter = world.limiter();
  for (const at of [0, 5000]) {
    await world.until(world.pass(at - world.now()));
    await world.until(service.creates('one', 1, limiter));
    expect(world.now()).toBe(at);
  }
});

it('counts each action for itself', async () => {
  const world = new World(1);
  const limiter = world.limiter();
  const starts: string[] = [];
  const call = (action: string): Promise<void> =>
    limiter({ action, changes: false, signal: new AbortController().signal }, () => {
      starts.push(`${action} ${Math.round(world.now() / 100)}`);
      return Promise.resolve();
    });
  await world.until(Promise.all([call('A'), call('A'), call('B')]));
  expect(starts).toEqual(['A 0', 'B 0', 'A 1']);
});
