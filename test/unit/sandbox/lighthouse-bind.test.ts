import { expect, test } from 'vitest';

import { error, handClock, idOf, instancesOf, startCloud, type Cloud, type Fields } from './cloud.ts';

const [RUNNING, RUNNING_TOO, STOPPED, , WINDOWS] = [1, 2, 3, 4, 5].map((n) => `lhins-sandbox${n}`);
const unsupported = (what: string): object => error(`UnsupportedOperation.${what}`);

async function made(cloud: Cloud, KeyName: string): Promise<string> {
  return idOf(await cloud.lighthouse('CreateKeyPair', { KeyName }));
}

async function instance(cloud: Cloud, id = RUNNING): Promise<Fields | undefined> {
  return instancesOf(await cloud.lighthouse('DescribeInstances', {}))[String(id)];
}

test('Lighthouse: binding is under way for a while, and keys come beside each other', async () => {
  const clock = handClock();
  await using cloud = await startCloud({}, { now: clock.now });
  const [a, b] = [await made(cloud, 'a'), await made(cloud, 'b')];
  const bind = (KeyIds: string[], InstanceIds: unknown[], more: object = {}): Promise<Fields> =>
    cloud.lighthouse('AssociateInstancesKeyPairs', { KeyIds, InstanceIds, ...more });
  const answer = await bind([a], [RUNNING, STOPPED]);
  expect(Object.keys(answer)).toEqual(['RequestId']);
  expect(await instance(cloud)).toMatchObject({
    InstanceState: 'STOPPING',
    LoginSettings: { KeyIds: [] },
    LatestOperation: 'AssociateInstancesKeyPairs',
    LatestOperationState: 'OPERATING',
    LatestOperationRequestId: answer['RequestId'],
  });
  expect(await bind([b], [RUNNING])).toMatchObject(unsupported('LatestOperationUnfinished'));
  expect(await cloud.lighthouse('DeleteKeyPairs', { KeyIds: [a] })).toMatchObject(error('ResourceInUse.KeyPairInUse'));
  clock.pass(1500);
  expect(await instance(cloud)).toMatchObject({
    InstanceState: 'RUNNING',
    LoginSettings: { KeyIds: [a] },
    LatestOperationState: 'SUCCESS',
  });
  expect(await instance(cloud, STOPPED)).toMatchObject({ InstanceState: 'STOPPED' });
  expect(await bind([a], [RUNNING])).toMatchObject(unsupported('KeyPairBindDuplicate'));
  await bind([b], [RUNNING], { AssociateType: 'ONLINE', Username: 'ann' });
  expect(await instance(cloud)).toMatchObject({
    InstanceState: 'RUNNING',
    LatestOperationState: 'OPERATING',
  });
  clock.pass(1500);
  expect(await instance(cloud)).toMatchObject({ LoginSettings: { KeyIds: [a, b] } });
  expect(await cloud.lighthouse('DescribeKeyPairs', { KeyIds: [b] })).toMatchObject({
    KeyPairSet: [
      { AssociatedInstanceIds: [RUNNING], AssociatedInstanceSet: [{ InstanceId: RUNNING, Username: 'ann' }] },
    ],
  });
  // Online, a second key of one user comes beside the first; offline, one replaces all.
  const c = await made(cloud, 'c');
  await bind([c], [RUNNING], { AssociateType: 'ONLINE', Username: 'ann' });
  clock.pass(1500);
  expect(await instance(cloud)).toMatchObject({ LoginSettings: { KeyIds: [a, b, c] } });
  await cloud.lighthouse('DisassociateInstancesKeyPairs', { KeyIds: [c], InstanceIds: [RUNNING] });
  clock.pass(1500);
  // One key for two users is one key, on one instance.
  await bind([b], [RUNNING], { AssociateType: 'ONLINE', Username: 'bob' });
  clock.pass(1500);
  expect(await cloud.lighthouse('DescribeKeyPairs', { KeyIds: [b] })).toMatchObject({
    KeyPairSet: [{ AssociatedInstanceIds: [RUNNING], AssociatedInstanceSet: [{}, { Username: 'bob' }] }],
  });
  expect(await instance(cloud)).toMatchObject({ LoginSettings: { KeyIds: [a, b] } });
  await bind([c], [RUNNING]);
  clock.pass(1500);
  expect(await instance(cloud)).toMatchObject({ LoginSettings: { KeyIds: [c] } });
});

test('Lighthouse: unbinding from one user, from all, and from what is not bound', async () => {
  await using cloud = await startCloud({ operationMs: 0 });
  const [a, b] = [await made(cloud, 'a'), await made(cloud, 'b')];
  for (const Username of ['ann', 'bob']) {
    const online = { KeyIds: [a], InstanceIds: [RUNNING], AssociateType: 'ONLINE', Username };
    await cloud.lighthouse('AssociateInstancesKeyPairs', online);
  }
  const unbind = (KeyIds: string[], InstanceIds: unknown[], more: object = {}): Promise<Fields> =>
    cloud.lighthouse('DisassociateInstancesKeyPairs', { KeyIds, InstanceIds, ...more });
  const from = (Username: string): object => ({ DisassociateType: 'ONLINE', Username });
  expect(await unbind([b], [RUNNING])).toMatchObject(unsupported('KeyPairNotBoundToInstance'));
  expect(await unbind([a], [RUNNING_TOO])).toMatchObject(unsupported('KeyPairNotBoundToInstance'));
  expect(await unbind([a], [RUNNING], from('eve'))).toMatchObject(unsupported('KeyPairUnbindUsernameMismatch'));
  expect(await unbind([a], [RUNNING], from('ann'))).not.toHaveProperty('Error');
  expect(await cloud.lighthouse('DescribeKeyPairs', { KeyIds: [a] })).toMatchObject({
    KeyPairSet: [{ AssociatedInstanceSet: [{ InstanceId: RUNNING, Username: 'bob' }] }],
  });
  expect(await unbind([a], [RUNNING])).not.toHaveProperty('Error');
  expect(await instance(cloud)).toMatchObject({
    LoginSettings: { KeyIds: [] },
    LatestOperation: 'DisassociateInstancesKeyPairs',
  });
  expect(await cloud.lighthouse('DeleteKeyPairs', { KeyIds: [a] })).not.toHaveProperty('Error');
});

test('Lighthouse: what cannot be bound, in the documented codes', async () => {
  await using cloud = await startCloud();
  const key = await made(cloud, 'a');
  const refused = (params: object): Promise<Fields> =>
    cloud.lighthouse('AssociateInstancesKeyPairs', { KeyIds: [key], InstanceIds: [RUNNING], ...params });
  const bad = (what: string): object => error(`InvalidParameterValue.${what}`);
  expect(await refused({ InstanceIds: [WINDOWS] })).toMatchObject(unsupported('WindowsNotAllowToAssociateKeyPair'));
  expect(await refused({ InstanceIds: ['ins-sandbox1'] })).toMatchObject(bad('InstanceIdMalformed'));
  expect(await refused({ InstanceIds: ['lhins-00000000'] })).toMatchObject(
    error('ResourceNotFound.InstanceIdNotFound'),
  );
  expect(await refused({ InstanceIds: [RUNNING, RUNNING] })).toMatchObject(bad('Duplicated'));
  expect(await refused({ InstanceIds: [] })).toMatchObject(error('MissingParameter'));
  expect(await refused({ KeyIds: ['skey-00000000'] })).toMatchObject(bad('KeyPairIdMalformed'));
  expect(await refused({ KeyIds: ['lhkp-00000000'] })).toMatchObject(error('ResourceNotFound.KeyIdNotFound'));
  expect(await refused({ KeyIds: Array<string>(101).fill(key) })).toMatchObject(bad('LimitExceeded'));
  expect(await refused({ AssociateType: 'online' })).toMatchObject(bad('OutOfRange'));
  expect(await refused({ AssociateType: 'OFFLINE', Username: 'ann' })).toMatchObject(error('InvalidParameter'));
  expect(await refused({ AssociateType: 'ONLINE', InstanceIds: [STOPPED] })).toMatchObject(
    unsupported('InvalidInstanceState'),
  );
  expect(await refused({ ForceStop: true })).toMatchObject(error('UnknownParameter'));
  expect(await instance(cloud)).toMatchObject({ LatestOperation: null });
});

test('Lighthouse: instances by id and filter, and the quota of key pairs', async () => {
  await using cloud = await startCloud({ quota: { cvm: 1, lighthouse: 3, ecs: 1, swas: 1 } });
  await made(cloud, 'a');
  const ids = async (params: object): Promise<string[]> =>
    Object.keys(instancesOf(await cloud.lighthouse('DescribeInstances', params)));
  const by = (Name: string, ...Values: string[]): object => ({ Filters: [{ Name, Values }] });
  expect(await ids({ InstanceIds: [STOPPED] })).toEqual([STOPPED]);
  expect(await ids(by('instance-state', 'RUNNING'))).toEqual([RUNNING, RUNNING_TOO]);
  expect(await ids({ OrderField: 'EXPIRED_TIME', Order: 'DESC', Offset: 1, Limit: 1 })).toHaveLength(1);
  const refused = (params: object): Promise<Fields> => cloud.lighthouse('DescribeInstances', params);
  expect(await refused({ OrderField: 'NAME' })).toMatchObject(error('InvalidParameterValue.OutOfRange'));
  expect(await refused({ InstanceIds: [], Filters: [] })).toMatchObject(error('InvalidParameter.ParameterConflict'));
  expect(await refused(by('key-id', 'a'))).toMatchObject(error('InvalidParameter.InvalidFilter'));
  expect(await cloud.lighthouse('DescribeGeneralResourceQuotas', { ResourceNames: ['USER_KEY_PAIR'] })).toMatchObject({
    GeneralResourceQuotaSet: [{ ResourceName: 'USER_KEY_PAIR', ResourceQuotaAvailable: 2, ResourceQuotaTotal: 3 }],
  });
  expect(await cloud.lighthouse('DescribeGeneralResourceQuotas', { ResourceNames: [] })).toMatchObject(
    error('MissingParameter'),
  );
});
