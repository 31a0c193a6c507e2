import { expect, test } from 'vitest';

import { ED25519, error, idOf, startCloud } from './cloud.ts';

test('Lighthouse: its own limits and codes', async () => {
  await using cloud = await startCloud();
  const create = (KeyName: string, more: object = {}): Promise<Record<string, unknown>> =>
    cloud.lighthouse('CreateKeyPair', { KeyName, ...more });
  const bad = (what: string): object => error(`InvalidParameterValue.${what}`);
  expect(await create('')).toMatchObject(bad('InvalidKeyPairNameEmpty'));
  expect(await create('a'.repeat(26))).toMatchObject(bad('InvalidKeyPairNameTooLong'));
  expect(await create('a b')).toMatchObject(bad('InvalidKeyPairNameIncludeIllegalChar'));
  expect(await create('a', { ProjectId: 0 })).toMatchObject(error('UnknownParameter'));
  const tags = Array.from({ length: 11 }, (_, n) => ({ Key: String(n), Value: '' }));
  expect(await create('a', { Tags: tags })).toMatchObject(bad('LimitExceeded'));
  const made = await create('foobar', { Tags: tags.slice(1) });
  expect(idOf(made)).toMatch(/^lhkp-[0-9a-z]{8}$/);
  expect(Object.keys(made['KeyPair'] as object)).toEqual([
    'KeyId',
    'KeyName',
    'PublicKey',
    'AssociatedInstanceIds',
    'CreatedTime',
    'PrivateKey',
  ]);
  expect(await create('foobar')).toMatchObject(bad('DuplicateParameterValue'));
  const imported = { KeyName: 'imp', PublicKey: ED25519 };
  expect(await cloud.lighthouse('ImportKeyPair', imported)).toMatchObject(bad('KeyPairPublicKeyMalformed'));
  const list = (params: object): Promise<Record<string, unknown>> => cloud.lighthouse('DescribeKeyPairs', params);
  const by = (Name: string, ...Values: string[]): object => ({ Filters: [{ Name, Values }] });
  // Fuzzy: looking for `foo` finds `foobar`.
  expect(await list(by('key-name', 'foo'))).toMatchObject({
    TotalCount: 1,
    KeyPairSet: [{ KeyName: 'foobar' }],
  });
  expect(await list(by('project-id', '0'))).toMatchObject(error('InvalidParameter.InvalidFilter'));
  expect(await list({ ...by('key-name', 'a'), KeyIds: [] })).toMatchObject(error('InvalidParameter.ParameterConflict'));
  expect(await list({ Limit: 0 })).toMatchObject(bad('OutOfRange'));
  expect(await list({ Offset: -1 })).toMatchObject(bad('Negative'));
  const gone = (KeyIds: string[]): Promise<unknown> => cloud.lighthouse('DeleteKeyPairs', { KeyIds });
  expect(await gone(['skey-00000000'])).toMatchObject(bad('KeyPairIdMalformed'));
  expect(await gone([idOf(made), idOf(made)])).toMatchObject(bad('Duplicated'));
  const eleven = Array.from({ length: 11 }, (_, n) => `lhkp-000000${String(n).padStart(2, '0')}`);
  expect(await gone(eleven)).toMatchObject(bad('LimitExceeded'));
  // All or nothing.
  expect(await gone([idOf(made), 'lhkp-00000000'])).toMatchObject(error('ResourceNotFound.KeyIdNotFound'));
  expect(await list({})).toMatchObject({ TotalCount: 1 });
});
