import { expect, test } from 'vitest';

import { ED25519, RSA, startCloud } from './cloud.ts';

test('ECS: names, groups, tags and doubles in the documented codes', async () => {
  await using cloud = await startCloud();
  const create = (KeyPairName: string, more: Record<string, string> = {}): Promise<Record<string, unknown>> =>
    cloud.ecs('CreateKeyPair', { KeyPairName, ...more });
  for (const name of ['a', '1a', 'a.b', 'é1', 'a b', 'a'.repeat(129), 'http://a']) {
    expect(await create(name), name).toMatchObject({ Code: 'InvalidKeyPairName.Malformed' });
  }
  expect(await create('ab', { ResourceGroupId: 'rg-x' })).toMatchObject({
    Code: 'InvalidResourceGroup.NotFound',
  });
  expect(await create('ab', { 'Tag.1.Key': 'acs:a' })).toMatchObject({ Code: 'InvalidTagKey.Malformed' });
  expect(await create('ab', { 'Tag.1.Key': '' })).toMatchObject({ Code: 'InvalidTagKey.Malformed' });
  expect(await create('ab', { 'Tag.1.Key': 'a', 'Tag.1.Value': 'http://a' })).toMatchObject({
    Code: 'InvalidTagValue.Malformed',
  });
  expect(await create('ab', { 'Tag.1.Key': 'a', 'Tag.2.Key': 'a' })).toMatchObject({
    Code: 'Duplicate.TagKey',
  });
  const many = Object.fromEntries(Array.from({ length: 21 }, (_, n) => [`Tag.${n + 1}.Key`, `k${n}`]));
  expect(await create('ab', many)).toMatchObject({ Code: 'QuotaExceed.Tags' });
  const made = await create('a:b_c-1', {
    ResourceGroupId: 'rg-sandbox',
    'Tag.1.Key': 'k',
    'Tag.1.Value': '',
  });
  expect(Object.keys(made)).toEqual(['KeyPairId', 'KeyPairName', 'KeyPairFingerPrint', 'PrivateKeyBody', 'RequestId']);
  expect(await create('a:b_c-1')).toMatchObject({ Code: 'KeyPair.AlreadyExist' });
  expect(await create('A:b_c-1')).toHaveProperty('KeyPairId');
});

test('ECS: import takes more kinds and more names, keeps the comment, tells no id', async () => {
  await using cloud = await startCloud();
  const put = (KeyPairName: string, PublicKeyBody: string): Promise<Record<string, unknown>> =>
    cloud.ecs('ImportKeyPair', { KeyPairName, PublicKeyBody });
  expect(await put('ab', ED25519)).toMatchObject({ Code: 'InvalidPublicKeyBody.Malformed' });
  expect(await put('.ab', `ssh-rsa ${RSA}`)).toMatchObject({ Code: 'InvalidKeyPairName.Malformed' });
  const made = await put('密钥.1', `ssh-rsa ${RSA} me@home`);
  expect(made).toEqual({
    KeyPairName: '密钥.1',
    // The SHA-1 of this key's blob, by openssl.
    KeyPairFingerPrint: 'af:98:de:a3:a3:3e:b8:bc:57:d3:38:2e:4f:b3:f0:de:2a:70:df:24',
    RequestId: expect.any(String) as unknown,
  });
  const listed = await cloud.ecs('DescribeKeyPairs', { IncludePublicKey: 'true' });
  expect(listed).toMatchObject({ KeyPairs: { KeyPair: [{ PublicKey: `ssh-rsa ${RSA} me@home` }] } });
  const without = await cloud.ecs('DescribeKeyPairs');
  expect(JSON.stringify(without)).not.toContain('PublicKey');
});

test('ECS: wildcards, pages, groups, tags, deletes', async () => {
  await using cloud = await startCloud();
  for (const name of ['abc', 'xabc', 'abcx', 'xabcx']) {
    const more = name === 'abc' ? { ResourceGroupId: 'rg-sandbox' } : { 'Tag.1.Key': 'k', 'Tag.1.Value': name };
    await cloud.ecs('CreateKeyPair', { KeyPairName: name, ...more });
  }
  const names = async (params: Record<string, string>): Promise<unknown> => {
    const { KeyPairs: pairs } = (await cloud.ecs('DescribeKeyPairs', params)) as {
      KeyPairs: { KeyPair: { KeyPairName: string }[] };
    };
    return pairs.KeyPair.map((pair) => pair.KeyPairName).sort();
  };
  expect(await names({ KeyPairName: 'abc' })).toEqual(['abc']);
  expect(await names({ KeyPairName: '*abc' })).toEqual(['abc', 'xabc']);
  expect(await names({ KeyPairName: 'abc*' })).toEqual(['abc', 'abcx']);
  expect(await names({ KeyPairName: '*abc*' })).toEqual(['abc', 'abcx', 'xabc', 'xabcx']);
  expect(await names({ KeyPairName: 'a.c' })).toEqual([]);
  expect(await names({ ResourceGroupId: 'rg-sandbox' })).toEqual(['abc']);
  expect(await names({ 'Tag.1.Key': 'k', 'Tag.1.Value': 'abcx' })).toEqual(['abcx']);
  expect(await names({ 'Tag.1.Key': 'k' })).toEqual(['abcx', 'xabc', 'xabcx']);
  const second = await cloud.ecs('DescribeKeyPairs', { PageNumber: '2', PageSize: '3' });
  expect(second).toMatchObject({ TotalCount: 4, PageNumber: 2, PageSize: 3, KeyPairs: { KeyPair: [{}] } });
  expect(await cloud.ecs('DescribeKeyPairs', { PageSize: '51' })).toMatchObject({ Code: 'InvalidParameter' });
  expect(await cloud.ecs('DescribeKeyPairs', { PageNumber: '0' })).toMatchObject({
    Code: 'InvalidParameter',
  });
  const gone = (KeyPairNames: string): Promise<unknown> => cloud.ecs('DeleteKeyPairs', { KeyPairNames });
  for (const text of ['abc', '"abc"', '[]', '[1]']) {
    expect(await gone(text), text).toMatchObject({ Code: 'InvalidKeyPairNames.ValueNotSupported' });
  }
  const many = JSON.stringify(Array.from({ length: 101 }, (_, n) => `k${n}`));
  expect(await gone(many)).toMatchObject({ Code: 'InstanceKeyPairLimitExceeded' });
  expect(Object.keys((await gone('["abc","nobody"]')) as object)).toEqual(['RequestId']);
  expect(await names({ KeyPairName: '*abc*' })).toEqual(['abcx', 'xabc', 'xabcx']);
});
