import { expect, test } from 'vitest';

import { handClock, startCloud, type Cloud, type Fields } from './cloud.ts';

const [RUNNING, RUNNING_TOO, STOPPED, WINDOWS] = ['i-sandbox1', 'i-sandbox2', 'i-sandbox3', 'i-sandbox5'] as const;

const base64 = (text: string): string => Buffer.from(text).toString('base64');

function sent(cloud: Cloud, script: string, more: Record<string, string> = {}): Promise<Fields> {
  return cloud.ecs('RunCommand', {
    Type: 'RunShellScript',
    ContentEncoding: 'Base64',
    CommandContent: base64(script),
    'InstanceId.1': RUNNING,
    ...more,
  });
}

async function results(cloud: Cloud, InvokeId: unknown, more: Record<string, string> = {}): Promise<readonly Fields[]> {
  const answer = await cloud.ecs('DescribeInvocationResults', { InvokeId: String(InvokeId), ...more });
  return ((answer['Invocation'] as Fields)['InvocationResults'] as Fields)['InvocationResult'] as Fields[];
}

test('Cloud Assistant: a script goes from Pending to Success by the clock', async () => {
  const clock = handClock();
  await using cloud = await startCloud({ agentMs: 3000 }, { now: clock.now });
  const answer = await sent(cloud, 'echo a b', { 'InstanceId.2': RUNNING_TOO });
  expect(Object.keys(answer)).toEqual(['CommandId', 'InvokeId', 'RequestId']);
  const run = answer['InvokeId'];
  const states = async (): Promise<unknown[]> =>
    (await results(cloud, run)).map((row) => [row['InvocationStatus'], row['InvokeRecordStatus']]);
  expect(await states()).toEqual([
    ['Pending', 'Running'],
    ['Pending', 'Running'],
  ]);
  clock.pass(2500);
  expect((await states())[0]).toEqual(['Running', 'Running']);
  expect(await cloud.ecs('DescribeCloudAssistantStatus', { 'InstanceId.1': RUNNING })).toMatchObject({
    InstanceCloudAssistantStatusSet: { InstanceCloudAssistantStatus: [{ ActiveTaskCount: 1 }] },
  });
  clock.pass(1000);
  const [first] = await results(cloud, run);
  expect(first).toMatchObject({
    InvokeId: run,
    InstanceId: RUNNING,
    InvocationStatus: 'Success',
    InvokeRecordStatus: 'Finished',
    ExitCode: 0,
    Output: base64('a b\n'),
    Dropped: 0,
    ErrorCode: '',
    ErrorInfo: '',
    Username: 'root',
    Repeats: 1,
  });
  expect(await results(cloud, run, { ContentEncoding: 'PlainText' })).toMatchObject([{ Output: 'a b\n' }, {}]);
  expect(await results(cloud, run, { InstanceId: RUNNING_TOO })).toMatchObject([{ InstanceId: RUNNING_TOO }]);
  const page = await cloud.ecs('DescribeInvocationResults', { InvokeId: String(run), MaxResults: '1' });
  const token = String((page['Invocation'] as Fields)['NextToken']);
  expect(await results(cloud, run, { MaxResults: '1', NextToken: token })).toMatchObject([{ InstanceId: RUNNING_TOO }]);
  expect(await results(cloud, 't-0')).toEqual([]);
  expect(await cloud.ecs('DescribeInvocations', { InvokeId: String(run), IncludeOutput: 'true' })).toMatchObject({
    Invocations: {
      Invocation: [
        {
          InvokeStatus: 'Finished',
          CommandContent: base64('echo a b'),
          InvokeInstances: { InvokeInstance: [{ InstanceId: RUNNING, Output: base64('a b\n') }, {}] },
        },
      ],
    },
  });
});

test('Cloud Assistant: the same ClientToken is the same run, with other parameters an error', async () => {
  await using cloud = await startCloud();
  const first = await sent(cloud, 'echo a', { ClientToken: 'one' });
  const again = await sent(cloud, 'echo a', { ClientToken: 'one' });
  expect(again).toMatchObject({ InvokeId: first['InvokeId'], CommandId: first['CommandId'] });
  expect(await sent(cloud, 'echo b', { ClientToken: 'one' })).toMatchObject({ Code: 'IdempotentParameterMismatch' });
  expect((await sent(cloud, 'echo a', { ClientToken: 'two' }))['InvokeId']).not.toBe(first['InvokeId']);
  for (const token of ['密', 'x'.repeat(65)]) {
    expect(await sent(cloud, 'true', { ClientToken: token })).toMatchObject({ Code: 'InvalidClientToken.Malformed' });
  }
  expect(await cloud.ecs('DescribeInvocations')).toMatchObject({ TotalCount: 2 });
});

test('Cloud Assistant: what cannot run, in the result of each instance or as an error of the call', async () => {
  const agent = (id: string): 'online' | 'offline' => (id === RUNNING_TOO ? 'offline' : 'online');
  await using cloud = await startCloud({ agent, agentMs: 0 });
  const many = { 'InstanceId.2': RUNNING_TOO, 'InstanceId.3': STOPPED };
  const mixed = await results(cloud, (await sent(cloud, 'true', many))['InvokeId']);
  expect(mixed.map((row) => [row['InstanceId'], row['InvocationStatus'], row['ErrorCode']])).toEqual([
    [RUNNING, 'Success', ''],
    [RUNNING_TOO, 'Aborted', 'ClientNotRunning'],
    [STOPPED, 'Aborted', 'InstanceNotRunning'],
  ]);
  const one = async (more: Record<string, string>, script = 'true'): Promise<unknown> => {
    const [row] = await results(cloud, (await sent(cloud, script, more))['InvokeId']);
    return [row?.['InvocationStatus'], row?.['ErrorCode'], row?.['ErrorInfo']];
  };
  expect(await one({ Username: 'nobody1' })).toEqual([
    'Invalid',
    'AccountNotExists',
    'the specified account does not exists',
  ]);
  expect(await one({ WorkingDir: '/no' })).toEqual([
    'Invalid',
    'DirectoryNotExists',
    'the specified directory does not exists',
  ]);
  expect(await one({ Username: 'ecs-user', WorkingDir: '/home/ecs-user' })).toEqual(['Success', '', '']);
  expect(await one({}, 'id')).toEqual(['Error', 'ExecutionException', expect.stringContaining('--run-commands')]);

  const refused = (more: Record<string, string>, script = 'true'): Promise<Fields> => sent(cloud, script, more);
  expect(await refused({ 'InstanceId.2': WINDOWS })).toMatchObject({ Code: 'InvalidInstance.NotMatch' });
  expect(await refused({ 'InstanceId.2': 'i-0' })).toMatchObject({ Code: 'InvalidInstance.NotFound' });
  expect(await refused({ Type: 'RunPythonScript' })).toMatchObject({ Code: 'InvalidCmdType.NotFound' });
  expect(await refused({ RepeatMode: 'Sometimes' })).toMatchObject({ Code: 'InvalidRepeatMode.NotFound' });
  expect(await refused({ WorkingDir: `/${'x'.repeat(200)}` })).toMatchObject({ Code: 'InvalidParameter.WorkingDir' });
  expect(await refused({ Username: 'x'.repeat(256) })).toMatchObject({ Code: 'Username.ExceedLimit' });
  expect(await refused({}, 'x'.repeat(18_433))).toMatchObject({ Code: 'CmdContent.ExceedLimit' });
  expect(await refused({}, `true${' '.repeat(18_428)}`)).not.toHaveProperty('Code');
  expect(await cloud.ecs('RunCommand', { Type: 'RunShellScript', CommandContent: 'true' })).toMatchObject({
    Code: 'MissingParam.InstanceId',
  });
  // An encoding that is not known is plain text: the base64 itself is the script then.
  expect(await one({ ContentEncoding: 'base-64' })).toEqual(['Error', 'ExecutionException', expect.any(String)]);
});

test('Cloud Assistant: a dry run stores nothing, and refuses what would not run', async () => {
  await using cloud = await startCloud({ agent: (id) => (id === RUNNING_TOO ? 'absent' : 'online') });
  const dry = (more: Record<string, string> = {}): Promise<Fields> =>
    sent(cloud, 'true', { RepeatMode: 'DryRun', ...more });
  expect(await dry()).not.toHaveProperty('Code');
  expect(await dry({ 'InstanceId.2': RUNNING_TOO })).toMatchObject({ Code: 'InvalidInstance.NotMatch' });
  expect(await dry({ Username: 'nobody1' })).toMatchObject({ Code: 'InvalidInstance.NotMatch' });
  expect(await cloud.ecs('DescribeInvocations')).toMatchObject({ TotalCount: 0 });
});

test('Cloud Assistant: its status, as strings', async () => {
  await using cloud = await startCloud({ agent: (id) => (id === RUNNING_TOO ? 'absent' : 'online') });
  const ids = { 'InstanceId.1': RUNNING, 'InstanceId.2': RUNNING_TOO, 'InstanceId.3': STOPPED, 'InstanceId.4': 'i-0' };
  expect(await cloud.ecs('DescribeCloudAssistantStatus', ids)).toMatchObject({
    TotalCount: 3,
    InstanceCloudAssistantStatusSet: {
      InstanceCloudAssistantStatus: [
        { InstanceId: RUNNING, CloudAssistantStatus: 'true', OSType: 'Linux' },
        { InstanceId: RUNNING_TOO, CloudAssistantStatus: 'false', CloudAssistantVersion: '' },
        { InstanceId: STOPPED, CloudAssistantStatus: 'false', LastHeartbeatTime: '' },
      ],
    },
  });
  expect(await cloud.ecs('DescribeCloudAssistantStatus', { OSType: 'Windows' })).toMatchObject({ TotalCount: 1 });
});
