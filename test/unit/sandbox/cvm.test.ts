import { expect, test } from 'vitest';

import { ED25519, error, idOf, RSA, startCloud } from './cloud.ts';

test('CVM: names, projects, tags and doubles in the documented codes', async () => {
  await using cloud = await startCloud();
  const create = (KeyName: string, more: object = {}): Promise<Record<string, unknown>> =>
    cloud.cvm('CreateKeyPair', { KeyName, ProjectId: 0, ...more });
  const tagged = (Tags: object[], ResourceType = 'keypair'): object => ({
    TagSpecification: [{ ResourceType, Tags }],
  });
  expect(await create('')).toMatchObject(error('InvalidKeyPairNameEmpty'));
  expect(await create('a'.repeat(26))).toMatchObject(error('InvalidKeyPairNameTooLong'));
  expect(await create('a-b')).toMatchObject(error('InvalidKeyPairNameIncludeIllegalChar'));
  expect(await create('../a')).toMatchObject(error('InvalidKeyPairNameIncludeIllegalChar'));
  expect(await create('a', { ProjectId: 7 })).toMatchObject(error('InvalidProjectId.NotFound'));
  expect(await create('a', tagged([], 'instance'))).toMatchObject(error('InvalidParameterValue'));
  expect(await create('a', tagged([{ Key: 'qcs:a', Value: '' }]))).toMatchObject(
    error('FailedOperation.TagKeyReserved'),
  );
  const twice = [
    { Key: 'a', Value: '1' },
    { Key: 'a', Value: '2' },
  ];
  expect(await create('a', tagged(twice))).toMatchObject(error('InvalidParameterValue'));
  expect(await create('a'.repeat(25), { ProjectId: 1_000_001 })).toMatchObject({
    KeyPair: { ProjectId: 1_000_001 },
  });
  expect(await create('a'.repeat(25))).toMatchObject(error('InvalidKeyPairName.Duplicate'));
  expect(await cloud.cvm('DescribeKeyPairs')).toMatchObject({ TotalCount: 1 });
});

test('CVM: import takes OpenSSH RSA, once, and writes its own comment', async () => {
  await using cloud = await startCloud();
  const put = (KeyName: string, PublicKey: string): Promise<Record<string, unknown>> =>
    cloud.cvm('ImportKeyPair', { KeyName, ProjectId: 0, PublicKey });
  expect(await put('a', ED25519)).toMatchObject(error('InvalidPublicKey.Malformed'));
  expect(await put('a', 'ssh-rsa AAAA+/== a')).toMatchObject(error('InvalidPublicKey.Malformed'));
  expect(await put('a', `ssh-rsa ${RSA.slice(0, -8)} a`)).toMatchObject(error('InvalidPublicKey.Malformed'));
  expect(await put('a', `ssh-rsa ${RSA} a\nssh-rsa ${RSA} b`)).toMatchObject(error('InvalidPublicKey.Malformed'));
  const first = await put('a', `ssh-rsa ${RSA} me@home\n`);
  expect(Object.keys(first)).toEqual(['KeyId', 'RequestId']);
  expect(await put('b', `ssh-rsa ${RSA}`)).toMatchObject(error('InvalidPublicKey.Duplicate'));
  const listed = await cloud.cvm('DescribeKeyPairs');
  expect(listed).toMatchObject({ KeyPairSet: [{ PublicKey: `ssh-rsa ${RSA} ${idOf(first)}` }] });
});

test('CVM: filters, pages and ids', async () => {
  await using cloud = await startCloud();
  for (const [index, name] of ['foo', 'foobar', 'bar'].entries()) {
    const Tags = [{ Key: 'n', Value: String(index) }];
    const TagSpecification = [{ ResourceType: 'keypair', Tags }];
    await cloud.cvm('CreateKeyPair', {
      KeyName: name,
      ProjectId: index === 0 ? 0 : 1_000_001,
      TagSpecification,
    });
  }
  const names = async (params: object): Promise<unknown> => {
    const { KeyPairSet: set } = (await cloud.cvm('DescribeKeyPairs', params)) as {
      KeyPairSet: { KeyName: string }[];
    };
    return set.map((pair) => pair.KeyName);
  };
  const by = (Name: string, ...Values: string[]): object => ({ Name, Values });
  expect(await names({})).toEqual(['bar', 'foobar', 'foo']);
  expect(await names({ Filters: [by('key-name', 'foo')] })).toEqual(['foo']);
  expect(await names({ Filters: [by('key-name', 'foo', 'bar')] })).toEqual(['bar', 'foo']);
  expect(await names({ Filters: [by('key-name', 'foo', 'bar'), by('project-id', '1000001')] })).toEqual(['bar']);
  expect(await names({ Filters: [by('tag:n', '1', '2')] })).toEqual(['bar', 'foobar']);
  expect(await names({ Filters: [by('tag-key', 'n'), by('tag-value', '0')] })).toEqual(['foo']);
  expect(await names({ Offset: 1, Limit: 1 })).toEqual(['foobar']);
  expect(await cloud.cvm('DescribeKeyPairs', { Offset: 2, Limit: 1 })).toMatchObject({ TotalCount: 3 });
  expect(await names({ KeyIds: ['skey-00000000'] })).toEqual([]);
  const refused = async (params: object): Promise<unknown> => cloud.cvm('DescribeKeyPairs', params);
  expect(await refused({ KeyIds: [], Filters: [] })).toMatchObject(error('InvalidParameter'));
  expect(await refused({ KeyIds: ['skey-1122'] })).toMatchObject(error('InvalidKeyPairId.Malformed'));
  expect(await refused({ Limit: 101 })).toMatchObject(error('InvalidParameterValueLimit'));
  expect(await refused({ Offset: -1 })).toMatchObject(error('InvalidParameterValueOffset'));
  expect(await refused({ Filters: [by('name', 'a')] })).toMatchObject(error('InvalidFilter'));
  const six = ['1', '2', '3', '4', '5', '6'];
  expect(await refused({ Filters: [by('key-name', ...six)] })).toMatchObject(error('InvalidFilterValue.LimitExceeded'));
});

test('CVM: a delete stops at the first bad id, and what came before it is gone', async () => {
  await using cloud = await startCloud();
  const a = idOf(await cloud.cvm('CreateKeyPair', { KeyName: 'a', ProjectId: 0 }));
  const b = idOf(await cloud.cvm('CreateKeyPair', { KeyName: 'b', ProjectId: 0 }));
  const gone = (KeyIds: string[]): Promise<unknown> => cloud.cvm('DeleteKeyPairs', { KeyIds });
  expect(await gone([a, 'skey-00000000', b])).toMatchObject(error('InvalidKeyPairId.NotFound'));
  expect(await cloud.cvm('DescribeKeyPairs')).toMatchObject({ TotalCount: 1, KeyPairSet: [{ KeyId: b }] });
  expect(await gone([])).toMatchObject(error('MissingParameter'));
  expect(await gone(Array<string>(101).fill(b))).toMatchObject(error('InvalidParameterValue.LimitExceeded'));
  expect(Object.keys((await gone([b])) as object)).toEqual(['RequestId']);
});

test('a pair belongs to its service and region; the three CVM interfaces see the same', async () => {
  await using cloud = await startCloud();
  const id = idOf(await cloud.cvm('CreateKeyPair', { KeyName: 'a', ProjectId: 0 }));
  expect(await cloud.legacy('DescribeKeyPairs')).toMatchObject({
    data: { totalCount: 1, sshSet: [{ keyId: id }] },
  });
  // Lists count from 1 in this interface's documents, from 0 in the others': both are taken.
  expect(await cloud.v2('DescribeKeyPairs', { 'KeyIds.1': id })).toMatchObject({ TotalCount: 1 });
  expect(await cloud.v2('DescribeKeyPairs', { 'KeyIds.0': id, Region: 'ap-guangzhou' })).toMatchObject({
    TotalCount: 1,
  });
  expect(await cloud.cvm('DescribeKeyPairs', {}, 'ap-beijing')).toMatchObject({ TotalCount: 0 });
  expect(await cloud.lighthouse('DescribeKeyPairs')).toMatchObject({ TotalCount: 0 });
  expect(await cloud.lighthouse('CreateKeyPair', { KeyName: 'a' })).toHaveProperty('KeyPair');
  expect(await cloud.cvm('CreateKeyPair', { KeyName: 'a', ProjectId: 0 }, 'ap-beijing')).toHaveProperty('KeyPair');
});
