import { expect, test } from 'vitest';

import { instancesOf, startCloud, type Cloud, type Fields } from './cloud.ts';

const [RUNNING, , STOPPED, STOPPED_TOO, WINDOWS] = [1, 2, 3, 4, 5].map((n) => `i-sandbox${n}`);
const ids = (...list: unknown[]): string => JSON.stringify(list);

async function keyOf(cloud: Cloud, id: unknown): Promise<unknown> {
  return instancesOf(await cloud.ecs('DescribeInstances'))[String(id)]?.['KeyPairName'];
}

async function withKeys(...names: string[]): Promise<Cloud> {
  const cloud = await startCloud();
  for (const KeyPairName of names) await cloud.ecs('CreateKeyPair', { KeyPairName });
  return cloud;
}

test('ECS: attaching succeeds for some and says so inside an HTTP 200, each row in another typing', async () => {
  await using cloud = await withKeys('one', 'two');
  const attach = (KeyPairName: string, InstanceIds: string): Promise<Fields> =>
    cloud.ecs('AttachKeyPair', { KeyPairName, InstanceIds });
  expect(await attach('one', ids(RUNNING, STOPPED, 'i-nobody', WINDOWS))).toEqual({
    TotalCount: '4',
    FailCount: '2',
    KeyPairName: 'one',
    Results: {
      Result: [
        { InstanceId: RUNNING, Code: '200', Message: 'successful', Success: 'true' },
        { InstanceId: STOPPED, Code: 200, Message: 'successful', Success: true },
        {
          InstanceId: 'i-nobody',
          Code: 'InvalidInstanceId.NotFound',
          Message: expect.any(String) as unknown,
          Success: 'false',
        },
        {
          InstanceId: WINDOWS,
          Code: 'DependencyViolation.WindowsInstance',
          Message: expect.any(String) as unknown,
          Success: false,
        },
      ],
    },
    RequestId: expect.any(String) as unknown,
  });
  expect(await keyOf(cloud, RUNNING)).toBe('one');
  expect(await keyOf(cloud, WINDOWS)).toBe('');
  // The new key replaces the old one.
  await attach('two', ids(RUNNING));
  expect(await keyOf(cloud, RUNNING)).toBe('two');
  expect(await keyOf(cloud, STOPPED)).toBe('one');
  const gone = (names: string): Promise<Fields> => cloud.ecs('DeleteKeyPairs', { KeyPairNames: names });
  expect(await gone('["one","two"]')).toMatchObject({
    Code: 'InvalidParameter.KeypairAlreadyAttachedInstance',
  });
  const detach = (KeyPairName: string, InstanceIds: string): Promise<Fields> =>
    cloud.ecs('DetachKeyPair', { KeyPairName, InstanceIds });
  expect(await detach('one', ids(RUNNING, STOPPED, STOPPED_TOO, 'i-nobody'))).toMatchObject({
    TotalCount: 4,
    FailCount: 1,
    Results: { Result: [{ Success: 'true' }, { Success: true }, { Success: 'true' }, { Success: false }] },
  });
  expect(await keyOf(cloud, RUNNING)).toBe('two');
  expect(await keyOf(cloud, STOPPED)).toBe('');
  expect(Object.keys(await gone('["one"]'))).toEqual(['RequestId']);
});

test('ECS: what is refused as a whole', async () => {
  await using cloud = await withKeys('one');
  for (const action of ['AttachKeyPair', 'DetachKeyPair']) {
    const refused = (params: Record<string, string>): Promise<Fields> =>
      cloud.ecs(action, { KeyPairName: 'one', InstanceIds: ids(RUNNING), ...params });
    expect(await refused({ KeyPairName: 'nobody' })).toMatchObject({ Code: 'InvalidKeyPairName.NotFound' });
    for (const text of ['i-sandbox1', '[]', '"i-sandbox1"', '[1]']) {
      expect(await refused({ InstanceIds: text }), text).toMatchObject({
        Code: 'InvalidInstanceIds.ValueNotSupported',
      });
    }
    const many = ids(...Array.from({ length: 51 }, (_, n) => `i-${n}`));
    expect(await refused({ InstanceIds: many })).toMatchObject({ Code: 'InstanceKeyPairLimitExceeded' });
    expect(await refused({ InstanceIds: ids(WINDOWS) })).toMatchObject({
      Code: 'DependencyViolation.WindowsInstance',
    });
    expect(await cloud.ecs(action, { KeyPairName: 'one' })).toMatchObject({ Code: 'MissingInstanceIds' });
  }
  expect(await keyOf(cloud, RUNNING)).toBe('');
});

test('ECS: a pair made anew under the name of a deleted one is another pair', async () => {
  await using cloud = await withKeys('one');
  await cloud.ecs('AttachKeyPair', { KeyPairName: 'one', InstanceIds: ids(STOPPED) });
  cloud.sandbox.remove({ service: 'ecs', region: 'cn-hangzhou', names: ['one'] });
  await cloud.ecs('CreateKeyPair', { KeyPairName: 'one' });
  expect(await keyOf(cloud, STOPPED)).toBe('');
});

test('ECS: instances by key pair, by ids, by token and by page', async () => {
  await using cloud = await startCloud({ pageSize: () => 2 });
  await cloud.ecs('CreateKeyPair', { KeyPairName: 'one' });
  await cloud.ecs('AttachKeyPair', { KeyPairName: 'one', InstanceIds: ids(RUNNING, STOPPED_TOO) });
  const list = (params: Record<string, string>): Promise<Fields> => cloud.ecs('DescribeInstances', params);
  expect(Object.keys(instancesOf(await list({ KeyPairName: 'one', MaxResults: '100' })))).toEqual([
    RUNNING,
    STOPPED_TOO,
  ]);
  expect(await list({ KeyPairName: 'nobody' })).toMatchObject({ TotalCount: 0 });
  expect(Object.keys(instancesOf(await list({ InstanceIds: ids(STOPPED, 'i-nobody') })))).toEqual([STOPPED]);
  const walked: string[] = [];
  let token: unknown = '';
  do {
    const page: Fields = await list({
      MaxResults: '3',
      ...(token === '' ? {} : { NextToken: String(token) }),
    });
    expect(page).toMatchObject({ TotalCount: 0 });
    walked.push(...Object.keys(instancesOf(page)));
    token = page['NextToken'];
  } while (token !== '');
  expect(walked).toEqual([1, 2, 3, 4, 5].map((n) => `i-sandbox${n}`));
  const last = await list({ PageNumber: '3', PageSize: '50' });
  expect(last).toMatchObject({ TotalCount: 5, PageNumber: 3, PageSize: 2 });
  expect(instancesOf(last)).toEqual({
    [String(WINDOWS)]: expect.objectContaining({ OSType: 'windows', Status: 'Stopped' }) as unknown,
  });
  expect(await list({ NextToken: 'x' })).toMatchObject({ Code: 'InvalidParameter' });
  expect(await list({ PageNumber: '0' })).toMatchObject({ Code: 'InvalidParameter' });
  expect(await list({ InstanceIds: 'i-sandbox1' })).toMatchObject({ Code: 'InvalidInstanceIds.Malformed' });
});

test('without a limit on pages, MaxResults below 10 gives 10', async () => {
  await using cloud = await startCloud();
  const page = await cloud.ecs('DescribeInstances', { MaxResults: '1' });
  expect(Object.keys(instancesOf(page))).toHaveLength(5);
  expect(page).toMatchObject({ NextToken: '' });
});
