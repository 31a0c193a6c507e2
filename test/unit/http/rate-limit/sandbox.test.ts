import { setTimeout } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createRateLimiter, type RateLimiter } from '../../../../src/http/rate-limit.ts';
import { INTERFACES, listed, NEVER, openBench, plain } from '../../../contract/interfaces.ts';

const [cvm] = INTERFACES;

function realLimiter(): RateLimiter {
  return createRateLimiter({
    limitOf: () => 10,
    retryForMs: 20_000,
    now: () => performance.now(),
    wait: (ms, signal) => setTimeout(ms, undefined, { signal }),
    random: Math.random,
  });
}

it.each([
  ['one process', 1],
  ['two processes side by side', 2],
])('40 creates of %s pass the sandbox’s own limit, none lost and none refused', async (_title, processes) => {
  if (cvm === undefined) throw new Error('no interface to test');
  const bench = await openBench(cvm, { behaviour: { requestsPerSecond: 'documented' } });
  try {
    const limiters = Array.from({ length: processes }, realLimiter);
    const names = Array.from({ length: 40 }, (_, number) => `key_${number}`);
    const began = performance.now();
    const created = await Promise.all(
      names.map((name, number) => {
        const limiter = limiters[number % processes];
        if (limiter === undefined) throw new Error('no limiter');
        return limiter({ action: 'CreateKeyPair', changes: true, signal: NEVER }, () =>
          bench.provider.createKeyPair!(plain(name), NEVER),
        );
      }),
    );
    const refusals = bench.sandbox.log.filter(({ statusOrCode }) => statusOrCode === 'RequestLimitExceeded').length;
    if (processes > 1) expect(refusals).toBeGreaterThan(0);
    // 40 at 10/s, a tenth more, and what the last answer takes.
    expect(performance.now() - began).toBeLessThan(4400 + 800);
    expect(new Set(created.map(({ privateKey }) => privateKey.reveal())).size).toBe(40);
    const there = await listed(bench.provider);
    expect(new Set(there.map(({ name }) => name))).toEqual(new Set(names));
  } finally {
    await bench.close();
  }
});
