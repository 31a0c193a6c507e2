import { describe, expect, test } from 'vitest';
import type { ListFilter } from '../../../src/providers/types.ts';
import { collect, fakeSend, providerFor, signal, type Reply } from './fake-service.ts';
import { INTERFACES } from './interfaces.ts';
import { parametersOf } from './wire.ts';

async function listed(index: number, filter: ListFilter, reply?: Reply) {
  const api = INTERFACES[index]!;
  const { send, requests } = fakeSend(reply ?? api.page([], 0));
  const provider = await providerFor(api.descriptor, { send, apiVersion: api.apiVersion });
  const pairs = await collect(provider.listKeyPairs(filter, signal));
  return { names: pairs.map(({ name }) => name), sent: requests.map(parametersOf) };
}

const PAGE = { Offset: 0, Limit: 100 };

test.each([0, 1])('interface %d is asked for ids or filters, never both', async (index) => {
  expect((await listed(index, {})).sent).toEqual([PAGE]);
  expect((await listed(index, { id: 'skey-1' })).sent).toEqual([{ ...PAGE, KeyIds: ['skey-1'] }]);
  const all = { id: 'skey-1', name: 'a', tags: { env: 'dev' } };
  expect((await listed(index, all)).sent).toEqual([{ ...PAGE, KeyIds: ['skey-1'] }]);
  expect((await listed(index, { name: 'a', tags: { env: 'dev' } })).sent).toEqual([
    {
      ...PAGE,
      Filters: [
        { Name: 'key-name', Values: ['a'] },
        { Name: 'tag:env', Values: ['dev'] },
      ],
    },
  ]);
});

test('projects and resource groups are asked for, and looked at again', async () => {
  const KeyPairSet = [0, 7].map((ProjectId) => ({ KeyName: `p${ProjectId}`, KeyId: `skey-${ProjectId}`, ProjectId }));
  const cvm = await listed(0, { projectId: 0 }, { body: { Response: { TotalCount: 2, KeyPairSet } } });
  expect(cvm.sent).toEqual([{ ...PAGE, Filters: [{ Name: 'project-id', Values: ['0'] }] }]);
  expect(cvm.names).toEqual(['p0']);
  const KeyPair = ['rg-1', 'rg-2', ''].map((ResourceGroupId) => ({
    KeyPairName: `k${ResourceGroupId}`,
    ResourceGroupId,
  }));
  const body = { TotalCount: 3, KeyPairs: { KeyPair } };
  const ecs = await listed(2, { resourceGroupId: 'rg-1' }, { body });
  expect(ecs.sent).toMatchObject([{ ResourceGroupId: 'rg-1' }]);
  expect(ecs.names).toEqual(['krg-1']);
});

test('Lighthouse tells its quota of key pairs, and an answer without it is no quota', async () => {
  const api = INTERFACES[1]!;
  const rows = [
    { ResourceName: 'SNAPSHOT', ResourceQuotaTotal: 2 },
    { ResourceName: 'USER_KEY_PAIR', ResourceQuotaTotal: 10 },
  ];
  const reply = (set: unknown): Reply => ({ body: { Response: { GeneralResourceQuotaSet: set, RequestId: '1' } } });
  const { send, requests } = fakeSend(reply(rows), reply([]));
  const provider = await providerFor(api.descriptor, { send });
  expect(await provider.keyPairQuota?.(signal)).toBe(10);
  expect(requests.map(parametersOf)).toEqual([{ ResourceNames: ['USER_KEY_PAIR'] }]);
  await expect(provider.keyPairQuota?.(signal)).rejects.toMatchObject({ code: 'FAILURE' });
});

test('no more filters are sent than the service takes; the rest is looked at here', async () => {
  const keys = Array.from({ length: 12 }, (_, index) => `t${index}`);
  const tags = Object.fromEntries(keys.map((key) => [key, 'v']));
  const row = (KeyName: string, own: readonly string[]) => ({
    KeyName,
    KeyId: `skey-${KeyName}`,
    Tags: own.map((Key) => ({ Key, Value: 'v' })),
  });
  const KeyPairSet = [row('all', keys), row('most', keys.slice(0, 10)), { KeyName: 'none' }];
  const { names, sent } = await listed(0, { tags }, { body: { Response: { TotalCount: 3, KeyPairSet } } });
  expect(names).toEqual(['all']);
  expect(sent[0]!['Filters']).toHaveLength(10);
});

test('ECS is asked for tags in its own spelling', async () => {
  const { sent } = await listed(2, { name: 'ab', tags: { env: 'dev', empty: '' } });
  expect(sent).toEqual([
    {
      IncludePublicKey: 'true',
      KeyPairName: 'ab',
      PageNumber: '1',
      PageSize: '50',
      'Tag.1.Key': 'env',
      'Tag.1.Value': 'dev',
      'Tag.2.Key': 'empty',
      'Tag.2.Value': '',
    },
  ]);
});

test('the gateway is asked in its two spellings', async () => {
  expect((await listed(3, { id: 'skey-1' })).sent).toEqual([{ Offset: '0', Limit: '100', 'KeyIds.1': 'skey-1' }]);
  expect((await listed(3, { name: 'a' })).sent).toEqual([
    { Offset: '0', Limit: '100', 'Filters.1.Name': 'key-name', 'Filters.1.Values.1': 'a' },
  ]);
  expect((await listed(4, { id: 'skey-1', name: 'a' })).sent).toEqual([
    { offset: '0', limit: '100', 'keyIds.0': 'skey-1', keyName: 'a' },
  ]);
});

describe.each(INTERFACES)('$label', (api) => {
  const index = INTERFACES.indexOf(api);

  test('what a service gives too much is left out', async () => {
    const reply = api.page(['a', 'b', 'ab'], 3);
    expect((await listed(index, { name: 'a' }, reply)).names).toEqual(['a']);
    expect((await listed(index, { tags: { env: 'dev' } }, reply)).names).toEqual([]);
    // Alibaba tells no ids when it lists.
    const byId = api.descriptor.vendor === 'aliyun' ? [] : ['b'];
    expect((await listed(index, { id: 'skey-b' }, reply)).names).toEqual(byId);
    expect((await listed(index, { id: 'skey-b', name: 'a' }, reply)).names).toEqual([]);
  });
});

test('tags are compared whole, and object members are none', async () => {
  const Tags = { Tag: [{ TagKey: 'env', TagValue: 'dev' }] };
  const body = { TotalCount: 1, KeyPairs: { KeyPair: [{ KeyPairName: 'ab', Tags }] } };
  const found = async (tags: Record<string, string>) => (await listed(2, { tags }, { body })).names;
  expect(await found({ env: 'dev' })).toEqual(['ab']);
  expect(await found({ env: 'de' })).toEqual([]);
  expect(await found({ env: 'dev', x: '' })).toEqual([]);
  expect(await found({ constructor: 'Object' })).toEqual([]);
});
