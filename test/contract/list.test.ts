import { afterEach, describe, expect, it } from 'vitest';
import { type Bench, INTERFACES, listed, NEVER, openBench, plain } from './interfaces.ts';

describe.each(INTERFACES)('list: $title', (under) => {
  let bench: Bench | null = null;

  afterEach(async () => {
    await bench?.close();
    bench = null;
  });

  it('is empty where nothing is', async () => {
    bench = await openBench(under);
    expect(await listed(bench.provider)).toEqual([]);
    expect(await listed(bench.provider, { name: 'foo' })).toEqual([]);
  });

  it.each([1, 3, null])('walks all pages, of %s, and gives each pair once', async (maxPageSize) => {
    bench = await openBench(under, { behaviour: { maxPageSize } });
    const names = ['foo', 'foo2', 'afoo', 'bar', 'Foo', 'fo', 'o1'];
    for (const name of names) await bench.provider.createKeyPair!(plain(name), NEVER);
    const pairs = await listed(bench.provider);
    expect(pairs.map(({ name }) => name).sort()).toEqual([...names].sort());
    expect(new Set(pairs.map(({ id, name }) => id ?? name)).size).toBe(names.length);
    expect((await listed(bench.provider, { name: 'foo' })).map(({ name }) => name)).toEqual(['foo']);
  });

  it('tells of each pair what the service tells, and null for the rest', async () => {
    bench = await openBench(under);
    const before = Date.now();
    await bench.provider.createKeyPair!(plain('foo'), NEVER);
    const [pair] = await listed(bench.provider);
    expect(pair).toMatchObject({ name: 'foo', publicKey: expect.stringMatching(/^ssh-rsa AAAA/) as string });
    if (pair?.createdAt !== null) {
      // Alibaba tells whole minutes, and the legacy interface no zone.
      expect(Math.abs(Date.parse(pair?.createdAt ?? '') - before)).toBeLessThan(120_000);
    }
  });

  it.each([0, -1, '7', 'many', 1e15, null, {}])('is not led astray by a total of %j', async (total) => {
    bench = await openBench(under, { behaviour: { maxPageSize: 2 } });
    for (const name of ['a1', 'a2', 'a3', 'a4', 'a5']) await bench.provider.createKeyPair!(plain(name), NEVER);
    bench.sandbox.fault({
      kind: 'patch',
      times: 100,
      patch: (answer) =>
        JSON.parse(JSON.stringify(answer), (key, value: unknown) =>
          /^totalcount$/i.test(key) ? total : value,
        ) as unknown,
    });
    const pairs = await listed(bench.provider);
    expect(pairs.length).toBe(5);
    expect(bench.sandbox.log.length).toBeLessThan(30);
  });
});
