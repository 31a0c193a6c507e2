import { expect, test } from 'vitest';

import { startCloud, type Cloud, type Fields } from './cloud.ts';

async function tagsOf(cloud: Cloud, KeyPairName: string): Promise<unknown> {
  const listed = await cloud.ecs('DescribeKeyPairs', { KeyPairName });
  const [pair] = (listed['KeyPairs'] as { KeyPair: { Tags: { Tag: Fields[] } }[] }).KeyPair;
  return Object.fromEntries((pair?.Tags.Tag ?? []).map(({ TagKey, TagValue }) => [String(TagKey), String(TagValue)]));
}

const onKeys = (...names: string[]): Record<string, string> => ({
  ResourceType: 'keypair',
  ...Object.fromEntries(names.map((name, index) => [`ResourceId.${index + 1}`, name])),
});

test('ECS: tags are set, set anew, found by and taken away; a name is the id', async () => {
  await using cloud = await startCloud();
  await cloud.ecs('CreateKeyPair', { KeyPairName: 'one', 'Tag.1.Key': 'old', 'Tag.1.Value': '1' });
  await cloud.ecs('CreateKeyPair', { KeyPairName: 'two' });
  const tag = (params: Record<string, string>): Promise<Fields> => cloud.ecs('TagResources', params);
  const set = { 'Tag.1.Key': 'team', 'Tag.1.Value': 'a b', 'Tag.2.Key': 'old', 'Tag.2.Value': '2' };
  expect(Object.keys(await tag({ ...onKeys('one', 'two'), ...set }))).toEqual(['RequestId']);
  expect(await tagsOf(cloud, 'one')).toEqual({ team: 'a b', old: '2' });
  expect(await tagsOf(cloud, 'two')).toEqual({ team: 'a b', old: '2' });
  const untag = (params: Record<string, string>): Promise<Fields> => cloud.ecs('UntagResources', params);
  expect(Object.keys(await untag({ ...onKeys('one'), 'TagKey.1': 'old', 'TagKey.2': 'none' }))).toEqual(['RequestId']);
  expect(await tagsOf(cloud, 'one')).toEqual({ team: 'a b' });
  const by = { 'Tag.1.Key': 'team', 'Tag.1.Value': 'a b', 'Tag.2.Key': 'old' };
  expect(await cloud.ecs('DescribeKeyPairs', by)).toMatchObject({
    TotalCount: 1,
    KeyPairs: { KeyPair: [{ KeyPairName: 'two' }] },
  });
  await untag({ ...onKeys('two'), All: 'true' });
  expect(await tagsOf(cloud, 'two')).toEqual({});
});

test('ECS: tags are listed by names and by tags, page by page', async () => {
  await using cloud = await startCloud({ maxPageSize: 2 });
  for (const name of ['one', 'two', 'none']) await cloud.ecs('CreateKeyPair', { KeyPairName: name });
  const set = { 'Tag.1.Key': 'a', 'Tag.1.Value': '1', 'Tag.2.Key': 'b', 'Tag.2.Value': '2' };
  await cloud.ecs('TagResources', { ...onKeys('one', 'two'), ...set });
  const rows = (answer: Fields): string[] =>
    (answer['TagResources'] as { TagResource: Fields[] }).TagResource.map(
      ({ ResourceId, TagKey }) => `${String(ResourceId)} ${String(TagKey)}`,
    );
  const first = await cloud.ecs('ListTagResources', { ResourceType: 'keypair', 'Tag.1.Key': 'a' });
  const NextToken = String(first['NextToken']);
  const second = await cloud.ecs('ListTagResources', { ResourceType: 'keypair', 'Tag.1.Key': 'a', NextToken });
  expect([...rows(first), ...rows(second)].sort()).toEqual(['one a', 'one b', 'two a', 'two b']);
  expect(second['NextToken']).toBe('');
  expect(rows(await cloud.ecs('ListTagResources', onKeys('one')))).toEqual(['one a', 'one b']);
  expect(rows(await cloud.ecs('ListTagResources', onKeys('none')))).toEqual([]);
  const code = async (action: string, params: Record<string, string>): Promise<unknown> =>
    (await cloud.ecs(action, params))['Code'];
  expect(await code('ListTagResources', { ResourceType: 'keypair' })).toBe('MissingParameter.ResourceIds');
  const join = { ResourceType: 'keypair', ResourceId: 'one', ResourceGroupId: 'rg-sandbox' };
  expect(await code('JoinResourceGroup', { ...join, ResourceId: 'nobody' })).toBe('InvalidResourceId.NotFound');
  expect(await code('JoinResourceGroup', { ...join, ResourceGroupId: 'rg-x' })).toBe('InvalidResourceGroup.NotFound');
});

test('ECS: tagging that is refused, in the documented codes, and changes nothing', async () => {
  await using cloud = await startCloud();
  const made = await cloud.ecs('CreateKeyPair', { KeyPairName: 'one' });
  const good = { ...onKeys('one'), 'Tag.1.Key': 'a', 'Tag.1.Value': '1' };
  const code = async (action: string, params: Record<string, string>): Promise<unknown> =>
    (await cloud.ecs(action, params))['Code'];
  const tag = (params: Record<string, string>): Promise<unknown> => code('TagResources', { ...good, ...params });
  expect(await tag({ ResourceType: 'pair' })).toBe('InvalidResourceType.NotFound');
  expect(await tag({ 'ResourceId.2': 'nobody' })).toBe('InvalidResourceId.NotFound');
  expect(await tag({ 'ResourceId.1': String(made['KeyPairId']) })).toBe('InvalidResourceId.NotFound');
  expect(await tag({ 'Tag.1.Key': 'acs:a' })).toBe('InvalidTagKey.Malformed');
  expect(await tag({ 'Tag.1.Value': 'http://a' })).toBe('InvalidTagValue.Malformed');
  expect(await tag({ 'Tag.2.Key': 'a', 'Tag.2.Value': '' })).toBe('Duplicate.TagKey');
  const many = (name: (n: number) => string, count: number, what = 'v'): Record<string, string> =>
    Object.fromEntries(Array.from({ length: count }, (_, n) => [name(n + 1), `${what}${n}`]));
  expect(await tag(many((n) => `Tag.${n}.Key`, 21))).toBe('NumberExceed.Tags');
  expect(await tag(many((n) => `ResourceId.${n}`, 51))).toBe('NumberExceed.ResourceIds');
  expect(await code('TagResources', onKeys('one'))).toBe('MissingParameter.Tags');
  expect(await code('TagResources', { ...good, ResourceType: 'keypair', 'ResourceId.1': '' })).toBe(
    'InvalidResourceId.NotFound',
  );
  expect(await code('TagResources', { 'Tag.1.Key': 'a', ResourceType: 'keypair' })).toBe(
    'MissingParameter.ResourceIds',
  );
  expect(await code('TagResources', { 'Tag.1.Key': 'a', 'ResourceId.1': 'one' })).toBe('MissingParameter.ResourceType');
  expect(await tagsOf(cloud, 'one')).toEqual({});
  await tag(many((n) => `Tag.${n}.Key`, 20, 'x'));
  expect(await tag({})).toBe('OperationDenied.QuotaExceed');
  const untag = (params: Record<string, string>): Promise<unknown> =>
    code('UntagResources', { ...onKeys('one'), ...params });
  expect(await untag({})).toBe('MissingParameter.Tags');
  expect(await untag({ All: 'true', 'TagKey.1': 'x1' })).toBe('Param.Conflict');
  expect(await untag({ All: 'yes' })).toBe('InvalidParameter.Format');
  expect(await untag(many((n) => `TagKey.${n}`, 21))).toBe('NumberExceed.Tags');
  expect(Object.keys((await tagsOf(cloud, 'one')) as object)).toHaveLength(20);
});
