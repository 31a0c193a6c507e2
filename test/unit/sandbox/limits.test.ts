import { expect, test } from 'vitest';

import { codeOf, rpc, send, startSandbox, tc3, v1 } from './client.ts';
import { error, startCloud } from './cloud.ts';

test('quotas, small pages and the choices of behaviour', async () => {
  await using cloud = await startCloud({
    quota: { cvm: 1, lighthouse: 1, ecs: 1, swas: 1 },
    maxPageSize: 1,
    ecsDeleteUnknown: 'not-found',
  });
  const cvm = (KeyName: string): Promise<unknown> => cloud.cvm('CreateKeyPair', { KeyName, ProjectId: 0 });
  const lighthouse = (KeyName: string): Promise<unknown> => cloud.lighthouse('CreateKeyPair', { KeyName });
  const ecs = (KeyPairName: string): Promise<unknown> => cloud.ecs('CreateKeyPair', { KeyPairName });
  await Promise.all([cvm('aa'), lighthouse('aa'), ecs('aa')]);
  expect(await cvm('bb')).toMatchObject(error('InvalidKeyPair.LimitExceeded'));
  expect(await lighthouse('bb')).toMatchObject(error('LimitExceeded.KeyPairLimitExceeded'));
  expect(await ecs('bb')).toMatchObject({ Code: 'QuotaExceed.KeyPair' });
  expect(await cloud.legacy('CreateKeyPair', { keyName: 'bb' })).toMatchObject({ code: 4400 });
  expect(await cloud.ecs('DeleteKeyPairs', { KeyPairNames: '["bb"]' })).toMatchObject({
    Code: 'InvalidKeyPair.NotFound',
  });
  // CVM's is one of the account, Lighthouse's one of the region.
  expect(await cloud.cvm('CreateKeyPair', { KeyName: 'cc', ProjectId: 0 }, 'ap-beijing')).toMatchObject(
    error('InvalidKeyPair.LimitExceeded'),
  );
  expect(await cloud.lighthouse('CreateKeyPair', { KeyName: 'cc' }, 'ap-beijing')).toHaveProperty('KeyPair');
  expect(await cloud.ecs('DescribeKeyPairs', { PageSize: '50' })).toMatchObject({ PageSize: 1 });
});

test('the quota holds against creates at the same time', async () => {
  await using cloud = await startCloud({ quota: { cvm: 3, lighthouse: 3, ecs: 3, swas: 3 } });
  await Promise.all(Array.from({ length: 8 }, (_, n) => cloud.ecs('CreateKeyPair', { KeyPairName: `key${n}` })));
  expect(await cloud.ecs('DescribeKeyPairs')).toMatchObject({ TotalCount: 3 });
});

test('without limits there is neither a rate nor a quota, whatever the behaviour says', async () => {
  const quota = { cvm: 1, lighthouse: 1, ecs: 1, swas: 1 };
  await using cloud = await startCloud({ requestsPerSecond: 'documented', quota }, { limits: false });
  cloud.sandbox.seed({ service: 'ecs', region: 'cn-hangzhou', count: 5000, name: (n) => `key_${n}` });
  const made = await Promise.all(
    Array.from({ length: 12 }, (_, n) => cloud.lighthouse('CreateKeyPair', { KeyName: `key_${n}` })),
  );
  expect(made.filter((answer) => 'Error' in answer)).toEqual([]);
  expect(await cloud.ecs('CreateKeyPair', { KeyPairName: 'one_more' })).toHaveProperty('KeyPairId');
  const quotas = await cloud.lighthouse('DescribeGeneralResourceQuotas', { ResourceNames: ['USER_KEY_PAIR'] });
  expect(quotas).toMatchObject({ GeneralResourceQuotaSet: [{ ResourceQuotaTotal: 1_000_000 }] });
});

test('rate limits: ten of an action in a second over all regions, interfaces and clients, and again a second later', async () => {
  let time = Date.now();
  await using own = await startSandbox({
    now: () => new Date(time),
    behaviour: { requestsPerSecond: 'documented' },
  });
  const pair = own.sandbox.credentials;
  const list = async (region = 'ap-guangzhou'): Promise<unknown> =>
    codeOf(await send(own.port, tc3(pair, 'cvm', 'DescribeKeyPairs', {}, { region })));
  for (let n = 0; n < 10; n += 1) expect(await list()).toBeNull();
  expect(await list()).toBe('RequestLimitExceeded');
  expect(await list('ap-beijing')).toBe('RequestLimitExceeded');
  const temporary = tc3(own.sandbox.temporaryCredentials, 'cvm', 'DescribeKeyPairs');
  expect(codeOf(await send(own.port, temporary))).toBe('RequestLimitExceeded');
  expect(codeOf(await send(own.port, tc3(pair, 'cvm', 'DescribeInstances')))).toBeNull();
  const older = v1(pair, { Action: 'DescribeKeyPairs' });
  expect(codeOf(await send(own.port, older))).toBe(4400);
  time += 1000;
  expect(await list('ap-beijing')).toBeNull();
});

test('every action has the limit that its document gives, or a guess', async () => {
  const now = new Date();
  await using own = await startSandbox({ now: () => now, behaviour: { requestsPerSecond: 'documented' } });
  const pair = own.sandbox.credentials;
  const allowed = async (one: () => Parameters<typeof send>[1]): Promise<number> => {
    for (let count = 0; ; count += 1) {
      const code = String(codeOf(await send(own.port, one())));
      if (code === 'RequestLimitExceeded' || code === 'Throttling.User' || code === '4400') return count;
    }
  };
  for (const action of ['ModifyKeyPairAttribute', 'AssociateInstancesKeyPairs', 'DisassociateInstancesKeyPairs']) {
    expect(await allowed(() => tc3(pair, 'cvm', action)), action).toBe(10);
  }
  for (const action of ['CreateKeyPair', 'DisassociateInstancesKeyPairs']) {
    expect(await allowed(() => tc3(pair, 'lighthouse', action)), action).toBe(20);
  }
  expect(await allowed(() => v1(pair, { Action: 'BindInstanceKey' }))).toBe(10);
  expect(await allowed(() => rpc(pair, 'TagResources'))).toBe(50);
});

test('rate limits of Lighthouse and ECS have their own numbers and words', async () => {
  const now = new Date();
  await using own = await startSandbox({ now: () => now, behaviour: { requestsPerSecond: 'documented' } });
  const pair = own.sandbox.credentials;
  const codes = async (count: number, one: () => Parameters<typeof send>[1]): Promise<unknown[]> => {
    const answers = await Promise.all(Array.from({ length: count }, () => send(own.port, one())));
    return answers.map(codeOf);
  };
  const lighthouse = await codes(101, () => tc3(pair, 'lighthouse', 'DescribeKeyPairs'));
  expect(lighthouse.filter((code) => code === 'RequestLimitExceeded')).toHaveLength(1);
  const ecs = await codes(51, () => rpc(pair, 'DescribeKeyPairs'));
  expect(ecs.filter((code) => code === 'Throttling.User')).toHaveLength(1);
});
