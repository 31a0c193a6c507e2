import { afterEach, describe, expect, it } from 'vitest';
import { type Bench, INTERFACES, NEVER, openBench } from './interfaces.ts';

// C13: regions come from the service.
describe.each(INTERFACES)('regions: $title', (under) => {
  let bench: Bench | null = null;
  const isTencent = ['cvm', 'lighthouse'].includes(under.at);
  // CI takes a skipped test for a failure: what the others have not is not registered for them.
  const tencentOnly = (name: string, test: () => Promise<void>): void => {
    if (isTencent) it(name, test);
  };

  afterEach(async () => {
    await bench?.close();
    bench = null;
  });

  it('are those of the service, each once and with its name, or are not told', async () => {
    bench = await openBench(under);
    const regions = await bench.provider.listRegions?.(NEVER);
    expect(regions === undefined).toBe(under.apiVersion === 'v2');
    if (regions === undefined) return;
    expect(regions.map(({ id }) => id)).toContain(under.descriptor.defaultRegion);
    expect(new Set(regions.map(({ id }) => id)).size).toBe(regions.length);
    expect(regions.find(({ id }) => /^(ap|cn)-shanghai$/.test(id))?.name).toContain('上海');
    expect(bench.count('DescribeRegions') + bench.count('ListRegions')).toBe(1);
    if (isTencent) expect(bench.sandbox.log.at(-1)).toMatchObject({ host: 'region.tencentcloudapi.com' });
  });

  tencentOnly('are the product’s own where those of all products may not be asked', async () => {
    bench = await openBench(under);
    const code = 'UnauthorizedOperation';
    bench.sandbox.fault({ kind: 'error', code, action: 'DescribeRegions', interface: 'tencent-region' });
    const regions = await bench.provider.listRegions?.(NEVER);
    expect(regions?.length).toBeGreaterThan(10);
    expect(bench.sandbox.log.at(-1)).toMatchObject({ host: under.descriptor.host('ap-guangzhou', 'cn') });
  });

  tencentOnly('are asked for at the site of the account, also from a finance region', async () => {
    bench = await openBench(under);
    await (await bench.adapter({ site: 'intl' })).listRegions?.(NEVER);
    expect(bench.sandbox.log.at(-1)).toMatchObject({ host: 'region.intl.tencentcloudapi.com' });
    await (await bench.adapter({ region: 'ap-shanghai-fsi' })).listRegions?.(NEVER);
    expect(bench.sandbox.log.at(-1)).toMatchObject({ host: 'region.tencentcloudapi.com', statusOrCode: 200 });
  });

  it('are none that are no regions, whatever the service sends', async () => {
    bench = await openBench(under);
    const evil = ['evil.example/', '../../x', `ap-${'x'.repeat(100)}`, '\u001b[2J', 7, null, {}];
    let next = 0;
    bench.sandbox.fault({
      kind: 'patch',
      times: 1,
      patch: (answer) =>
        JSON.parse(JSON.stringify(answer), (key, value: unknown) =>
          /^Region(Id)?$/.test(key) && typeof value === 'string' && next < evil.length ? evil[next++] : value,
        ) as unknown,
    });
    for (const { id } of (await bench.provider.listRegions?.(NEVER)) ?? [])
      expect(id).toMatch(/^[a-z]{2}-[a-z0-9-]{1,40}$/);
  });

  it('are no regions at all where the list is empty or nonsense', async () => {
    for (const list of [[], null, 'ap-guangzhou', [{ Region: 'x' }]]) {
      await bench?.close();
      bench = await openBench(under);
      bench.sandbox.fault({
        kind: 'patch',
        times: 2,
        patch: (answer) =>
          JSON.parse(JSON.stringify(answer), (key, value: unknown) =>
            key === 'RegionSet' || (/^Regions?$/.test(key) && Array.isArray(value)) ? list : value,
          ) as unknown,
      });
      await expect(bench.provider.listRegions?.(NEVER) ?? Promise.reject(new Error('none'))).rejects.toThrow();
    }
  });

  it('that the account does not have are named in the error', async () => {
    bench = await openBench(under);
    const elsewhere = await bench.adapter({ region: 'xx-nowhere' });
    const list = async (): Promise<void> => {
      for await (const pair of elsewhere.listKeyPairs({}, NEVER)) expect(pair).toBeNull();
    };
    await expect(list()).rejects.toMatchObject({ region: 'xx-nowhere' });
  });
});
