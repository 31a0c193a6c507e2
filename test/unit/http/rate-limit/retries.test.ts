import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { KeypairError } from '../../../../src/errors.ts';
import { atOnce, type RateLimiter } from '../../../../src/http/rate-limit.ts';
import { NEVER, Service, throttled, World } from './world.ts';

const UNREACHABLE = new KeypairError('UNAVAILABLE', 'cannot reach it', { outcome: 'none' });
const BROKEN = new KeypairError('UNAVAILABLE', 'the connection broke', { outcome: 'unknown' });

/** Fails with these errors, one after the other, then succeeds; notes when it was called. */
function failing(world: World, ...errors: readonly Error[]) {
  const calls: number[] = [];
  const attempt = (): Promise<string> => {
    calls.push(world.now());
    const error = errors[calls.length - 1];
    return error === undefined ? Promise.resolve('done') : Promise.reject(error);
  };
  return { calls, attempt };
}

function read(limiter: RateLimiter, attempt: () => Promise<string>, signal = NEVER): Promise<string> {
  return limiter({ action: 'DescribeKeyPairs', changes: false, signal }, attempt);
}

function change(limiter: RateLimiter, attempt: () => Promise<string>, signal = NEVER): Promise<string> {
  return limiter({ action: 'CreateKeyPair', changes: true, signal }, attempt);
}

describe('what changes the cloud', () => {
  it('is repeated when it was refused for the number of requests', async () => {
    const world = new World(1);
    const { attempt, calls } = failing(world, throttled(), throttled());
    await expect(world.until(change(world.limiter(), attempt))).resolves.toBe('done');
    expect(calls).toHaveLength(3);
  });

  it.each([
    ['may have happened', BROKEN],
    ['never left', UNREACHABLE],
    ['was throttled by who knows whom', throttled({ outcome: 'unknown' })],
    ['was refused', new KeypairError('CONFLICT', 'taken')],
    ['met a bug', new TypeError('oops')],
  ])('is not repeated when it %s', async (_title, error) => {
    const world = new World(1);
    const { attempt, calls } = failing(world, error);
    await expect(world.until(change(world.limiter(), attempt))).rejects.toBe(error);
    expect(calls).toHaveLength(1);
  });
});

describe('what changes the cloud and is idempotent', () => {
  const ask = (world: World, attempt: () => Promise<string>, signal = NEVER): Promise<string> =>
    world.until(world.limiter()({ action: 'RunCommand', changes: true, idempotent: true, signal }, attempt));

  it.each([UNREACHABLE, BROKEN, throttled({ outcome: 'unknown' })])('is repeated: $message', async (error) => {
    const world = new World(1);
    const { attempt, calls } = failing(world, error, error);
    await expect(ask(world, attempt)).resolves.toBe('done');
    expect(calls).toHaveLength(3);
  });

  it('is not repeated after a refusal', async () => {
    const world = new World(1);
    const error = new KeypairError('CONFLICT', 'taken');
    const { attempt, calls } = failing(world, error);
    await expect(ask(world, attempt)).rejects.toBe(error);
    expect(calls).toHaveLength(1);
  });

  it.each([
    [UNREACHABLE, 4],
    [new KeypairError('CONFLICT', 'taken', { providerCode: 'Taken', hints: ['wait'] }), 2],
  ])('may have happened if one attempt may have: $0.message', async (last, attempts) => {
    const world = new World(1);
    const { attempt, calls } = failing(world, BROKEN, last, last, last);
    const { code, message, hints, providerCode } = last;
    const expected = { code, message, hints, providerCode, outcome: 'unknown' };
    await expect(ask(world, attempt)).rejects.toMatchObject(expected);
    expect(calls).toHaveLength(attempts);
  });

  it('may have happened if it is cancelled before it is repeated', async () => {
    const world = new World(1);
    const controller = new AbortController();
    const attempt = (): Promise<string> => {
      controller.abort();
      return Promise.reject(BROKEN);
    };
    await expect(ask(world, attempt, controller.signal)).rejects.toMatchObject({
      code: 'CANCELLED',
      outcome: 'unknown',
    });
  });
});

describe('a read', () => {
  it.each([UNREACHABLE, BROKEN])('is repeated three times: $message', async (error) => {
    const world = new World(5);
    const { attempt, calls } = failing(world, error, error, error);
    await expect(world.until(read(world.limiter(), attempt))).resolves.toBe('done');
    expect(calls).toHaveLength(4);
    const pauses = calls.slice(1).map((at, index) => at - (calls[index] ?? 0));
    // At most the pause, a timer's lateness, and the turn that each attempt waits for.
    for (const [index, pause] of pauses.entries()) expect(pause).toBeLessThan(500 * 2 ** index + 110);
  });

  it('waits for random times', async () => {
    const totals = [1, 2, 3].map(async (seed) => {
      const world = new World(seed);
      const { attempt } = failing(world, BROKEN, BROKEN, BROKEN);
      await world.until(read(world.limiter(), attempt));
      return Math.round(world.now());
    });
    expect(new Set(await Promise.all(totals)).size).toBe(3);
  });

  it('fails in the end, with the last error and soon', async () => {
    const world = new World(1);
    const last = new KeypairError('UNAVAILABLE', 'the last');
    const { attempt, calls } = failing(world, BROKEN, BROKEN, UNREACHABLE, last, BROKEN);
    await expect(world.until(read(world.limiter(), attempt))).rejects.toBe(last);
    expect(calls).toHaveLength(4);
    expect(world.now()).toBeLessThan(4000);
  });

  it('is not repeated for another reason', async () => {
    const world = new World(1);
    const error = new KeypairError('AUTH', 'who are you');
    const { attempt, calls } = failing(world, error);
    await expect(world.until(read(world.limiter(), attempt))).rejects.toBe(error);
    expect(calls).toHaveLength(1);
  });

  it('is not repeated for longer than the limiter retries', async () => {
    const world = new World(1);
    const slow = async (): Promise<string> => {
      await world.pass(400);
      throw BROKEN;
    };
    await expect(world.until(read(world.limiter(10, 300), slow))).rejects.toBe(BROKEN);
    expect(world.now()).toBe(400);
  });
});

describe('when the service says when to come back', () => {
  it.each([
    ['too many requests', throttled({ retryAfterMs: 7000 })],
    ['a failure', new KeypairError('UNAVAILABLE', 'in maintenance', { retryAfterMs: 7000 })],
  ])('waits for as long after %s', async (_title, error) => {
    const world = new World(1);
    const { attempt, calls } = failing(world, error);
    await world.until(read(world.limiter(), attempt));
    expect(calls[1]).toBeGreaterThanOrEqual(7000);
    expect(calls[1]).toBeLessThan(8500);
  });

  it('leaves it alone altogether', async () => {
    const world = new World(1);
    const limiter = world.limiter();
    const { attempt, calls } = failing(world, throttled({ retryAfterMs: 7000 }));
    const all = Promise.all(Array.from({ length: 20 }, () => change(limiter, attempt)));
    await world.until(all);
    expect(calls.filter((at) => at > 0 && at < 7000)).toEqual([]);
    expect(calls).toHaveLength(21);
  });

  it('gives up at once when that is longer than the limiter retries, and so do those who wait', async () => {
    const world = new World(1);
    const limiter = world.limiter();
    const error = throttled({ retryAfterMs: 86_400_000 });
    const { attempt, calls } = failing(world, ...Array.from({ length: 300 }, () => error));
    const all = Promise.allSettled(Array.from({ length: 300 }, () => change(limiter, attempt)));
    const outcomes = await world.until(all);
    expect(outcomes.every((one) => one.status === 'rejected' && one.reason === error)).toBe(true);
    expect(calls.length).toBeLessThan(5);
    expect(world.now()).toBeLessThan(2000);
  });
});

it('asks ever more seldom when everything is refused, and gives up for all who wait', async () => {
  const world = new World(1);
  const service = new Service(world, { there: () => 20, back: () => 20 }, 0);
  const outcomes = await world.until(service.creates('one', 300, world.limiter(10, 60_000)));
  expect(outcomes).toHaveLength(300);
  for (const outcome of outcomes) {
    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'UNAVAILABLE', outcome: 'none' } });
  }
  expect(service.refused.length).toBeLessThan(40);
  expect(service.refused.filter((at) => at < 10_000).length).toBeGreaterThan(5);
  expect(world.now()).toBeGreaterThan(60_000);
  expect(world.now()).toBeLessThan(75_000);
});

it('lets a refused call go before those that have not had a turn', async () => {
  const world = new World(1);
  const limiter = world.limiter();
  const started: string[] = [];
  const call = (name: string, refusals: number): Promise<string> =>
    change(limiter, async () => {
      const before = started.filter((one) => one === name).length;
      started.push(name);
      await world.pass(10);
      if (before < refusals) throw throttled();
      return name;
    });
  await world.until(Promise.all([call('a', 1), call('b', 0), call('c', 0), call('d', 0)]));
  // While a was under way, b had come to the front.
  expect(started).toEqual(['a', 'b', 'a', 'c', 'd']);
});

it('believes in no share of the limit that it has not used for long', async () => {
  const world = new World(1);
  const limiter = world.limiter();
  const fine = failing(world);
  const calls = Array.from({ length: 20 }, () => change(limiter, fine.attempt));
  await world.until(Promise.all(calls));
  await world.until(world.pass(60_000));
  const began = world.now();
  const refused = failing(world, ...Array.from({ length: 8 }, () => throttled()));
  await world.until(change(limiter, refused.attempt));
  expect(refused.calls.filter((at) => at < began + 1000).length).toBeLessThan(5);
});

describe('cancelling', () => {
  it('ends at once all that wait, leaves those that are under way, and nothing behind', async () => {
    const world = new World(1);
    const limiter = world.limiter();
    const aborting = new AbortController();
    let started = 0;
    const attempt = async (): Promise<string> => {
      started += 1;
      await world.pass(3000);
      return 'done';
    };
    const calls = Array.from({ length: 100 }, () => change(limiter, attempt, aborting.signal));
    const all = Promise.allSettled(calls);
    await world.until(world.pass(1000));
    const before = started;
    expect(before).toBeGreaterThan(8);
    aborting.abort();
    await expect(world.until(Promise.race(calls.slice(-1)))).rejects.toMatchObject({
      code: 'CANCELLED',
      outcome: 'none',
    });
    expect(world.now()).toBe(1000);
    expect(world.waits).toBe(before);
    const outcomes = await world.until(all);
    expect(started).toBe(before);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(before);
    expect(getEventListeners(aborting.signal, 'abort')).toEqual([]);
  });

  it('ends a pause', async () => {
    const world = new World(1);
    const aborting = new AbortController();
    const { attempt } = failing(world, throttled({ retryAfterMs: 50_000 }));
    const call = read(world.limiter(), attempt, aborting.signal);
    call.catch(() => undefined);
    await world.until(world.pass(10_000));
    aborting.abort();
    await expect(world.until(call)).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(world.now()).toBe(10_000);
    expect(world.waits).toBe(0);
  });

  it('makes no request when it came before', async () => {
    const world = new World(1);
    const { attempt, calls } = failing(world);
    const call = read(world.limiter(), attempt, AbortSignal.abort());
    await expect(world.until(call)).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(calls).toEqual([]);
  });

  it('lets the others go on', async () => {
    const world = new World(1);
    const limiter = world.limiter();
    const aborting = new AbortController();
    const done = failing(world);
    const first = read(limiter, done.attempt);
    const front = read(limiter, done.attempt, aborting.signal);
    const second = read(limiter, done.attempt, aborting.signal);
    const third = read(limiter, done.attempt);
    for (const call of [front, second]) call.catch(() => undefined);
    await world.until(first);
    aborting.abort();
    await expect(world.until(third)).resolves.toBe('done');
    expect(done.calls).toHaveLength(2);
  });
});

it('without a limit is one attempt', async () => {
  const world = new World(1);
  const { attempt, calls } = failing(world, throttled());
  await expect(read(atOnce, attempt)).rejects.toMatchObject({ throttled: true });
  expect(calls).toEqual([0]);
});
