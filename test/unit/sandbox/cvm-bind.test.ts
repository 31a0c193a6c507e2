import { expect, test } from 'vitest';

import { error, handClock, idOf, instancesOf, startCloud, type Cloud, type Fields } from './cloud.ts';

const [RUNNING, RUNNING_TOO, STOPPED, STOPPED_TOO, WINDOWS] = [1, 2, 3, 4, 5].map((n) => `ins-sandbox${n}`);

async function made(cloud: Cloud, KeyName: string): Promise<string> {
  return idOf(await cloud.cvm('CreateKeyPair', { KeyName, ProjectId: 0 }));
}

async function instances(cloud: Cloud, params: object = {}): Promise<Readonly<Record<string, Fields>>> {
  return instancesOf(await cloud.cvm('DescribeInstances', params));
}

test('CVM: a stopped instance takes a key at once, and its next key replaces that', async () => {
  await using cloud = await startCloud();
  const [a, b] = [await made(cloud, 'a'), await made(cloud, 'b')];
  const bind = (KeyIds: string[], ...InstanceIds: unknown[]): Promise<Fields> =>
    cloud.cvm('AssociateInstancesKeyPairs', { KeyIds, InstanceIds });
  const answer = await bind([a], STOPPED, STOPPED_TOO);
  expect(Object.keys(answer)).toEqual(['RequestId']);
  const listed = await cloud.cvm('DescribeKeyPairs', { KeyIds: [a] });
  expect(listed).toMatchObject({ KeyPairSet: [{ AssociatedInstanceIds: [STOPPED, STOPPED_TOO] }] });
  expect((await instances(cloud))[String(STOPPED)]).toMatchObject({
    InstanceState: 'STOPPED',
    LoginSettings: { KeyIds: [a] },
    LatestOperation: 'AssociateInstancesKeyPairs',
    LatestOperationState: 'SUCCESS',
    LatestOperationRequestId: answer['RequestId'],
  });
  // The same key twice is no error here, unlike on Lighthouse.
  expect(await bind([a], STOPPED)).not.toHaveProperty('Error');
  await bind([b], STOPPED);
  expect((await instances(cloud))[String(STOPPED)]).toMatchObject({ LoginSettings: { KeyIds: [b] } });
  expect(await cloud.cvm('DescribeKeyPairs', { KeyIds: [a] })).toMatchObject({
    KeyPairSet: [{ AssociatedInstanceIds: [STOPPED_TOO] }],
  });
  const unbind = (KeyIds: string[], ...InstanceIds: unknown[]): Promise<Fields> =>
    cloud.cvm('DisassociateInstancesKeyPairs', { KeyIds, InstanceIds });
  expect(await unbind([a], STOPPED)).toMatchObject(error('FailedOperation.DisassociateKeyPairFailed'));
  expect(Object.keys(await unbind([b], STOPPED))).toEqual(['RequestId']);
  // Null, where a list would be empty.
  expect((await instances(cloud))[String(STOPPED)]).toMatchObject({ LoginSettings: { KeyIds: null } });
});

test('CVM: what cannot be bound, in the documented codes, and then nothing is', async () => {
  await using cloud = await startCloud();
  const key = await made(cloud, 'a');
  for (const action of ['AssociateInstancesKeyPairs', 'DisassociateInstancesKeyPairs']) {
    const refused = (InstanceIds: unknown[], more: object = {}): Promise<Fields> =>
      cloud.cvm(action, { KeyIds: [key], InstanceIds, ...more });
    expect(await refused([RUNNING])).toMatchObject(error('UnsupportedOperation.InstanceStateRunning'));
    expect(await refused([WINDOWS])).toMatchObject(error('UnsupportedOperation.InstanceOsWindows'));
    expect(await refused([WINDOWS], { ForceStop: true })).toMatchObject(
      error('UnsupportedOperation.InstanceOsWindows'),
    );
    expect(await refused(['ins-1'])).toMatchObject(error('InvalidInstanceId.Malformed'));
    expect(await refused(['lhins-sandbox1'])).toMatchObject(error('InvalidInstanceId.Malformed'));
    expect(await refused(['ins-00000000'])).toMatchObject(error('InvalidInstanceId.NotFound'));
    expect(await refused([])).toMatchObject(error('MissingParameter'));
    expect(await refused(Array<string>(101).fill('ins-sandbox3'))).toMatchObject(
      error('InvalidParameterValue.LimitExceeded'),
    );
    expect(await refused([STOPPED], { KeyIds: ['skey-1'] })).toMatchObject(error('InvalidKeyPairId.Malformed'));
    expect(await refused([STOPPED], { KeyIds: ['skey-00000000'] })).toMatchObject(error('InvalidKeyPairId.NotFound'));
    expect(await refused([STOPPED], { KeyIds: [] })).toMatchObject(error('MissingParameter'));
    expect(await refused([STOPPED], { ForceStop: 'true' })).toMatchObject(error('InvalidParameter'));
    expect(await refused([STOPPED], { Force: true })).toMatchObject(error('UnknownParameter'));
    expect(await refused([RUNNING, STOPPED])).toMatchObject(error('UnsupportedOperation.InstanceStateRunning'));
  }
  // One bad instance spoils it for the good ones before it.
  const mixed = { KeyIds: [key], InstanceIds: [STOPPED, RUNNING] };
  expect(await cloud.cvm('AssociateInstancesKeyPairs', mixed)).toMatchObject(
    error('UnsupportedOperation.InstanceStateRunning'),
  );
  const all = Object.values(await instances(cloud));
  expect(all).toHaveLength(5);
  for (const instance of all)
    expect(instance).toMatchObject({ LoginSettings: { KeyIds: null }, LatestOperation: null });
});

test('CVM with ForceStop: a running instance stops, has its key, starts; meanwhile nothing else is done to it', async () => {
  const clock = handClock();
  await using cloud = await startCloud({}, { now: clock.now });
  const [a, b] = [await made(cloud, 'a'), await made(cloud, 'b')];
  const bind = (KeyIds: string[], ...InstanceIds: unknown[]): Promise<Fields> =>
    cloud.cvm('AssociateInstancesKeyPairs', { KeyIds, InstanceIds, ForceStop: true });
  const one = async (): Promise<Fields | undefined> => (await instances(cloud))[String(RUNNING)];
  const keyInUse = error('InvalidParameterValue.KeyPairNotSupported');
  await bind([a], RUNNING, STOPPED);
  expect(await one()).toMatchObject({
    InstanceState: 'STOPPING',
    LoginSettings: { KeyIds: null },
    LatestOperationState: 'OPERATING',
  });
  expect((await instances(cloud))[String(STOPPED)]).toMatchObject({
    InstanceState: 'STOPPED',
    LatestOperationState: 'OPERATING',
  });
  expect(await cloud.cvm('DescribeKeyPairs', { KeyIds: [a] })).toMatchObject({
    KeyPairSet: [{ AssociatedInstanceIds: [] }],
  });
  expect(await cloud.cvm('DeleteKeyPairs', { KeyIds: [a] })).toMatchObject(keyInUse);
  expect(await bind([b], RUNNING)).toMatchObject(error('OperationDenied.InstanceOperationInProgress'));
  // Another instance is not concerned.
  expect(await bind([b], RUNNING_TOO)).not.toHaveProperty('Error');
  clock.pass(1000);
  expect(await one()).toMatchObject({ InstanceState: 'STARTING', LatestOperationState: 'OPERATING' });
  clock.pass(500);
  expect(await one()).toMatchObject({
    InstanceState: 'RUNNING',
    LoginSettings: { KeyIds: [a] },
    LatestOperationState: 'SUCCESS',
  });
  const unbind = await cloud.cvm('DisassociateInstancesKeyPairs', {
    KeyIds: [a],
    InstanceIds: [RUNNING, STOPPED],
    ForceStop: true,
  });
  expect(unbind).not.toHaveProperty('Error');
  // Still bound until it has ended.
  expect(await one()).toMatchObject({ LoginSettings: { KeyIds: [a] }, LatestOperationState: 'OPERATING' });
  expect(await cloud.cvm('DeleteKeyPairs', { KeyIds: [a] })).toMatchObject(keyInUse);
  clock.pass(1500);
  expect(await one()).toMatchObject({ InstanceState: 'RUNNING', LoginSettings: { KeyIds: null } });
  expect(await cloud.cvm('DeleteKeyPairs', { KeyIds: [a] })).not.toHaveProperty('Error');
});

test('CVM: instances by id, by filter and by page; no filter for keys', async () => {
  await using cloud = await startCloud();
  const ids = async (params: object): Promise<string[]> => Object.keys(await instances(cloud, params));
  const by = (Name: string, ...Values: unknown[]): object => ({ Filters: [{ Name, Values }] });
  expect(await ids({ InstanceIds: [STOPPED, 'ins-00000000'] })).toEqual([STOPPED]);
  expect(await ids(by('instance-state', 'RUNNING'))).toEqual([RUNNING, RUNNING_TOO]);
  expect(await ids(by('instance-name', 'batch-1', 'batch-2'))).toEqual([STOPPED, STOPPED_TOO]);
  expect(await ids(by('instance-id', WINDOWS))).toEqual([WINDOWS]);
  expect(await ids(by('private-ip-address', '10.0.0.4'))).toEqual([STOPPED_TOO]);
  expect(await ids({ Offset: 3, Limit: 1 })).toEqual([STOPPED_TOO]);
  expect(await cloud.cvm('DescribeInstances', { Limit: 2 })).toMatchObject({ TotalCount: 5 });
  const refused = (params: object): Promise<Fields> => cloud.cvm('DescribeInstances', params);
  expect(await refused(by('key-id', 'skey-00000000'))).toMatchObject(error('InvalidFilter'));
  expect(await refused({ InstanceIds: [], Filters: [] })).toMatchObject(error('InvalidParameter'));
  expect(await refused({ InstanceIds: ['i-1'] })).toMatchObject(error('InvalidInstanceId.Malformed'));
  expect(await refused({ Limit: 101 })).toMatchObject(error('InvalidParameterValueLimit'));
});

test('CVM: a new name and a new description', async () => {
  await using cloud = await startCloud();
  const [id] = [await made(cloud, 'a'), await made(cloud, 'b')];
  const modify = (params: object): Promise<Fields> => cloud.cvm('ModifyKeyPairAttribute', { KeyId: id, ...params });
  expect(Object.keys(await modify({ KeyName: 'c' }))).toEqual(['RequestId']);
  expect(await modify({ Description: '密'.repeat(60) })).not.toHaveProperty('Error');
  expect(await cloud.cvm('DescribeKeyPairs', { KeyIds: [id] })).toMatchObject({
    KeyPairSet: [{ KeyName: 'c', Description: '密'.repeat(60) }],
  });
  expect(await modify({ KeyName: 'c', Description: '' })).not.toHaveProperty('Error');
  expect(await cloud.cvm('DescribeKeyPairs', { KeyIds: [id] })).toMatchObject({
    KeyPairSet: [{ Description: '' }],
  });
  expect(await modify({ KeyName: 'b' })).toMatchObject(error('InvalidKeyPairName.Duplicate'));
  for (const name of ['', 'a-b', 'a'.repeat(26)]) {
    expect(await modify({ KeyName: name }), name).toMatchObject(error('InvalidParameterValue'));
  }
  expect(await modify({})).toMatchObject(error('MissingParameter'));
  expect(await modify({ KeyId: 'skey-1', KeyName: 'd' })).toMatchObject(error('InvalidKeyPairId.Malformed'));
  expect(await modify({ KeyId: 'skey-00000000', KeyName: 'd' })).toMatchObject(error('InvalidKeyPairId.NotFound'));
  const long = { KeyId: id, Description: 'x'.repeat(61) };
  expect(await cloud.cvm('ModifyKeyPairAttribute', long)).toMatchObject(error('InvalidParameterValue'));
  expect(await cloud.v2('ModifyKeyPairAttribute', long)).toMatchObject(error('InvalidKeyPairDescriptionTooLong'));
});

test('the v2 gateway does the same with the same instances', async () => {
  await using cloud = await startCloud();
  const key = await made(cloud, 'a');
  const ids = { 'KeyIds.1': key, 'InstanceIds.1': String(STOPPED) };
  expect(await cloud.v2('AssociateInstancesKeyPairs', ids)).toEqual({
    RequestId: expect.any(String) as unknown,
  });
  expect(await cloud.v2('AssociateInstancesKeyPairs', { ...ids, 'InstanceIds.1': String(RUNNING) })).toMatchObject(
    error('UnsupportedOperation.InstanceStateRunning'),
  );
  const seen = instancesOf(await cloud.v2('DescribeInstances', { 'InstanceIds.1': String(STOPPED) }));
  expect(seen[String(STOPPED)]).toMatchObject({ LoginSettings: { KeyIds: [key] } });
  expect(await cloud.v2('DeleteKeyPairs', { 'KeyIds.1': key })).toMatchObject(
    error('InvalidParameterValue.KeyPairNotSupported'),
  );
  await cloud.v2('DisassociateInstancesKeyPairs', { ...ids, ForceStop: 'false' });
  expect(await cloud.v2('DeleteKeyPairs', { 'KeyIds.1': key })).not.toHaveProperty('Error');
});
