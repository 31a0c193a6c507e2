import { generateKeyPairSync } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KeypairError } from '../../src/errors.ts';
import { formatPublicKey, parsePublicKey } from '../../src/keys/public-key.ts';
import type { BindOptions, Instance, KeyPair, Provider } from '../../src/providers/types.ts';
import { type Bench, instanceAt, INTERFACES, listed, NEVER, openBench, plain, serviceAt } from './interfaces.ts';

const OFFLINE: BindOptions = { forceStop: false, onlineUser: null };

function publicLine(bits: number): string {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: bits });
  return formatPublicKey(parsePublicKey(publicKey.export({ type: 'spki', format: 'pem' }).toString()), 'me@here');
}

const LINE = publicLine(2048);

const TENCENT = INTERFACES.filter(({ at }) => at === 'cvm' || at === 'cvm-v2' || at === 'legacy');

describe.each(
  TENCENT.flatMap((under) => [
    { under, title: `${under.title}, pairs of the account`, behaviour: { tencentScope: 'account' } as const },
    { under, title: `${under.title}, names of the account`, behaviour: { tencentNames: 'account' } as const },
    { under, title: `${under.title}, names of a region`, behaviour: { tencentNames: 'region' } as const },
  ]),
)('a name in two regions: $title', ({ under, behaviour }) => {
  it('is refused as taken or is another pair, and each pair is found, renamed and deleted', async () => {
    const bench = await openBench(under, { behaviour });
    try {
      const [here, there] = [bench.provider, await bench.adapter({ region: 'ap-shanghai' })];
      await here.createKeyPair!(plain('foo'), NEVER);
      const again = await there.createKeyPair!(plain('foo'), NEVER).catch((error: unknown) => error);
      if ('tencentNames' in behaviour && behaviour.tencentNames === 'region') {
        expect(again).toMatchObject({ pair: { name: 'foo' } });
      } else {
        // The oldest interface has one code for all failures.
        if (under.at === 'legacy') expect(again).toBeInstanceOf(KeypairError);
        else expect(again).toMatchObject({ code: 'CONFLICT', outcome: 'none' });
        await there.createKeyPair!(plain('bar'), NEVER);
      }
      const [pair] = await listed(here, { name: 'foo' });
      expect(pair?.name).toBe('foo');
      await here.updateKeyPair!(pair!, { name: 'baz' }, NEVER);
      expect(await listed(here, { name: 'foo' })).toEqual([]);
      const regional = !('tencentScope' in behaviour);
      expect(await listed(there, { name: 'baz' })).toHaveLength(regional ? 0 : 1);
      const all = [...(await listed(here)), ...(regional ? await listed(there) : [])];
      expect(all).toHaveLength(2);
      for (const provider of regional ? [here, there] : [here]) {
        const outcomes = await provider.deleteKeyPairs(await listed(provider), NEVER);
        expect(outcomes.filter(({ error }) => error !== null)).toEqual([]);
      }
      expect([...(await listed(here)), ...(await listed(there))]).toEqual([]);
    } finally {
      await bench.close();
    }
  });
});

describe.each(INTERFACES)('the life of a pair: $title', (under) => {
  const { descriptor, apiVersion, at } = under;
  const lacks = (ability: keyof typeof descriptor.abilities): boolean =>
    descriptor.abilities[ability] === false || (descriptor.lackedBy?.[apiVersion] ?? []).includes(ability);
  const isAliyun = descriptor.vendor === 'aliyun';
  let bench: Bench;
  let provider: Provider;
  beforeEach(async () => {
    bench = await openBench(under, { behaviour: { operationMs: 50 } });
    ({ provider } = bench);
  });
  afterEach(() => bench.close());

  async function made(name: string): Promise<KeyPair> {
    await provider.createKeyPair!(plain(name), NEVER);
    const [pair] = await listed(provider, { name });
    return pair!;
  }

  async function settled(id: string): Promise<Instance> {
    for (let round = 0; round < 100; round += 1) {
      for await (const instance of provider.listInstances!({ ids: [id] }, NEVER)) {
        if (instance.operation !== 'under way') return instance;
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`${id} never settled`);
  }

  it('imports a public key, and tells a taken name and a taken key', async () => {
    const { pair } = await provider.importPublicKey({ ...plain('mine'), publicKey: LINE }, NEVER);
    expect(pair.name).toBe('mine');
    const [seen] = await listed(provider, { name: 'mine' });
    expect(seen?.publicKey?.split(' ').slice(0, 2)).toEqual(LINE.split(' ').slice(0, 2));
    const again = provider.importPublicKey({ ...plain('mine'), publicKey: publicLine(2048) }, NEVER);
    if (at === 'legacy') await expect(again).rejects.toBeInstanceOf(KeypairError);
    else await expect(again).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(bench.count('ImportKeyPair')).toBe(2);
  });

  it('never sends an import twice, whatever becomes of the answer', async () => {
    bench.sandbox.fault({ kind: 'drop', when: 'after', action: 'ImportKeyPair' });
    const lost = provider.importPublicKey({ ...plain('mine'), publicKey: LINE }, NEVER);
    await expect(lost).rejects.toMatchObject({ outcome: 'unknown' });
    expect(bench.count('ImportKeyPair')).toBe(1);
    expect(await listed(provider, { name: 'mine' })).toHaveLength(1);
  });

  it('finds a pair by id and by tags', async () => {
    const pair = await made('foo');
    await made('bar');
    if (isAliyun) expect(pair.id).toBeNull();
    else {
      const found = await listed(provider, { id: pair.id ?? '' });
      expect(found.map(({ name }) => name)).toEqual(['foo']);
      expect(descriptor.isId(pair.id ?? '')).toBe(true);
    }
    expect(descriptor.isId('foo')).toBe(false);
    if (descriptor.tagRule !== null) {
      await provider.createKeyPair!(plain('tagged', { tags: { env: 'prod' } }), NEVER);
      expect((await listed(provider, { tags: { env: 'prod' } })).map(({ name }) => name)).toEqual(['tagged']);
      expect(await listed(provider, { tags: { env: 'test' } })).toEqual([]);
    }
  });

  it('deletes in batches, and tells of each pair how it fared', async () => {
    const count = descriptor.deleteBatch + 3;
    const names = Array.from({ length: count }, (_, i) => `n${i}`);
    bench.sandbox.seed({ service: serviceAt(at), region: descriptor.defaultRegion, count, name: (i) => `n${i}` });
    const pairs = await listed(provider);
    expect(pairs).toHaveLength(count);
    const outcomes = await provider.deleteKeyPairs(pairs, NEVER);
    expect(outcomes.map(({ item }) => item).sort()).toEqual([...names].sort());
    expect(outcomes.filter(({ error }) => error !== null)).toEqual([]);
    expect(await listed(provider)).toEqual([]);
  });

  it('deletes what it can beside a pair that is bound', async () => {
    const bound = await made('bound');
    const free = await made('free');
    const instance = instanceAt(at, 3);
    const attached = await provider.attachKeyPair!(bound, [instance], OFFLINE, NEVER);
    expect(attached).toEqual([{ item: instance, error: null }]);
    if (provider.listInstances !== undefined) await settled(instance);
    const outcomes = await provider.deleteKeyPairs([bound, free], NEVER);
    expect(outcomes.map(({ item, error }) => [item, error?.code ?? null])).toEqual([
      ['bound', 'CONFLICT'],
      ['free', null],
    ]);
    expect((await listed(provider)).map(({ name }) => name)).toEqual(['bound']);
  });

  it('changes what the service can change', async () => {
    const pair = await made('foo');
    if (lacks('rename') && lacks('description') && lacks('retag')) {
      expect('updateKeyPair' in provider).toBe(false);
      return;
    }
    if (!lacks('rename')) {
      await provider.updateKeyPair!(pair, { name: 'renamed' }, NEVER);
      expect((await listed(provider)).map(({ name }) => name)).toEqual(['renamed']);
    }
    if (!lacks('description')) {
      await provider.updateKeyPair!(pair, { description: 'for the web servers' }, NEVER);
      expect((await listed(provider))[0]?.description).toBe('for the web servers');
    }
    if (!lacks('retag')) {
      await provider.updateKeyPair!(pair, { tags: { env: 'prod', team: 'a' } }, NEVER);
      await provider.updateKeyPair!(pair, { tags: { env: 'test' }, removeTags: ['team'] }, NEVER);
      expect((await listed(provider))[0]?.tags).toEqual({ env: 'test' });
    }
  });

  it('binds and unbinds, and tells of each instance how it fared', async () => {
    const pair = await made('foo');
    const [stopped, windows, nowhere] = [instanceAt(at, 3), instanceAt(at, 5), instanceAt(at, 'nowhere')];
    const outcomes = await provider.attachKeyPair!(pair, [stopped, windows, nowhere], OFFLINE, NEVER);
    expect(outcomes.map(({ item, error }) => [item, error === null])).toEqual([
      [stopped, true],
      [windows, false],
      [nowhere, false],
    ]);
    if (provider.listInstances !== undefined) {
      const instance = await settled(stopped);
      expect(instance.keyPairs).toContain(isAliyun ? 'foo' : pair.id);
      const bound: string[] = [];
      for await (const { id } of provider.listInstances({ keyPair: pair }, NEVER)) bound.push(id);
      expect(bound).toEqual([stopped]);
    } else {
      expect((await listed(provider, { name: 'foo' }))[0]?.instances).toEqual([stopped]);
    }
    expect(await provider.detachKeyPair!(pair, [stopped], OFFLINE, NEVER)).toEqual([{ item: stopped, error: null }]);
    if (provider.listInstances !== undefined) expect((await settled(stopped)).keyPairs ?? []).toEqual([]);
  });

  it('says that a running instance is in the way, or stops it when told', async () => {
    if (isAliyun) return;
    const pair = await made('foo');
    const running = instanceAt(at, 1);
    if (at !== 'lighthouse') {
      const [refused] = await provider.attachKeyPair!(pair, [running], OFFLINE, NEVER);
      expect(refused?.error?.code).toBe('CONFLICT');
    }
    if (lacks('forceStop') && lacks('online')) return;
    const options = lacks('online') ? { ...OFFLINE, forceStop: true } : { ...OFFLINE, onlineUser: 'ubuntu' };
    expect(await provider.attachKeyPair!(pair, [running], options, NEVER)).toEqual([{ item: running, error: null }]);
    expect((await settled(running)).keyPairs).toContain(pair.id);
  });

  it('lists all instances, each once, whatever the pages', async () => {
    if (provider.listInstances === undefined) {
      expect(lacks('instances')).toBe(true);
      return;
    }
    const ids: string[] = [];
    for await (const { id } of provider.listInstances({}, NEVER)) ids.push(id);
    expect(ids).toHaveLength(5);
    expect(new Set(ids).size).toBe(5);
  });

  it('tells the addresses and the system of an instance', async () => {
    if (provider.listInstances === undefined) return;
    const found: Instance[] = [];
    for await (const instance of provider.listInstances({}, NEVER)) found.push(instance);
    expect(found.map(({ publicAddresses }) => publicAddresses)).toEqual([
      isAliyun ? ['203.0.113.1'] : ['203.0.113.1', '2001:db8::1'],
      ['203.0.113.2'],
      [],
      [],
      [],
    ]);
    expect(found.map(({ privateAddresses }) => privateAddresses)).toEqual([1, 2, 3, 4, 5].map((n) => [`10.0.0.${n}`]));
    for (const { system, platform } of found)
      expect(system).toMatch(platform === 'windows' ? /^Windows Server/ : /^Ubuntu/);
  });
});
