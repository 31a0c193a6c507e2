import { readFileSync } from 'node:fs';
import { beforeAll, expect, it } from 'vitest';
import { readMarkdown } from '../support/markdown.ts';
import { instanceAt, INTERFACES, listed, NEVER, openBench, plain } from './interfaces.ts';

/** What the adapters call, as policies spell it: `cvm:CreateKeyPair`. */
const called = new Set<string>();

beforeAll(async () => {
  for (const under of INTERFACES) {
    // The policies of today know nothing of the oldest interface's actions.
    if (under.apiVersion === 'v2') continue;
    const bench = await openBench(under, { behaviour: { operationMs: 0 } });
    const { provider, sandbox } = bench;
    const { pair } = await provider.createKeyPair!(plain('foo'), NEVER);
    await provider.importPublicKey({ ...plain('imp'), publicKey: pair.publicKey ?? '' }, NEVER).catch(() => null);
    await listed(provider);
    const still = { forceStop: true, onlineUser: null };
    await provider.attachKeyPair?.(pair, ['ins-none'], still, NEVER);
    await provider.detachKeyPair?.(pair, ['ins-none'], still, NEVER);
    for await (const instance of provider.listInstances?.({}, NEVER) ?? []) expect(instance.id).not.toBe('');
    const retagged = { tags: { a: 'b' }, removeTags: ['c'] };
    const change = under.at === 'ecs' ? retagged : { name: 'bar', ...(under.at === 'cvm' ? retagged : {}) };
    await provider.updateKeyPair?.(pair, change, NEVER).catch(() => null);
    await provider.listRegions?.(NEVER);
    await provider.keyPairQuota?.(NEVER);
    const script = { text: 'true', user: 'root', marker: 'run', timeoutSeconds: 60 };
    // Its answer is lost, so that the run is looked up.
    sandbox.fault({ kind: 'drop', when: 'after', action: 'RunCommand' });
    await provider.startScript?.(script, [instanceAt(under.at === 'ecs' ? 'cvm' : under.at, 1)], NEVER);
    await provider.scriptResults?.('run', ['ins-none'], NEVER).catch(() => null);
    await provider.agentStates?.(['ins-none'], NEVER).catch(() => null);
    if (under.at === 'cvm' || under.at === 'ecs')
      sandbox.seedTemplate({
        service: under.at,
        region: under.descriptor.defaultRegion,
        name: 'web',
        keyPairs: [null],
      });
    await provider.launchTemplatesWith?.(pair, NEVER);
    await provider.deleteKeyPairs([pair], NEVER);
    for (const { interface: at, action } of sandbox.log) {
      const product = at === 'cvm-v2' ? 'cvm' : at === 'swas' ? 'swas-open' : (at ?? '').replace('tencent-', '');
      called.add(`${product}:${action}`);
    }
    await bench.close();
  }
});

it.each(['docs/policies.md', 'docs/policies.zh-CN.md'])('D22: %s allows what is called, and nothing else', (file) => {
  const blocks = readMarkdown(readFileSync(file, 'utf8')).flatMap((section) => section.blocks);
  const allowed = blocks.flatMap(({ lines }) => {
    const policy = JSON.parse(lines.join('\n')) as Record<string, readonly Record<string, unknown>[]>;
    const [statement] = policy['Statement'] ?? policy['statement'] ?? [];
    return (statement?.['Action'] ?? statement?.['action']) as readonly string[];
  });
  expect(blocks).toHaveLength(2);
  // A pair's own list of regions is asked only where that of all products is refused.
  called.add('cvm:DescribeRegions').add('lighthouse:DescribeRegions');
  expect([...allowed].sort()).toEqual([...called].sort());
});
