import { expect, test } from 'vitest';

import { error, handClock, startCloud, type Cloud, type Fields } from './cloud.ts';

const [RUNNING, RUNNING_TOO, STOPPED, WINDOWS] = ['ins-sandbox1', 'ins-sandbox2', 'ins-sandbox3', 'ins-sandbox5'];

const base64 = (text: string): string => Buffer.from(text).toString('base64');

async function started(cloud: Cloud, script: string, more: object = {}): Promise<string> {
  const answer = await cloud.tat('RunCommand', { Content: base64(script), InstanceIds: [RUNNING], ...more });
  expect(Object.keys(answer)).toEqual(['CommandId', 'InvocationId', 'RequestId']);
  return String(answer['InvocationId']);
}

async function tasks(cloud: Cloud, run: string, more: object = {}): Promise<readonly Fields[]> {
  const answer = await cloud.tat('DescribeInvocationTasks', {
    Filters: [{ Name: 'invocation-id', Values: [run] }],
    HideOutput: false,
    ...more,
  });
  return answer['InvocationTaskSet'] as Fields[];
}

test('TAT: a script goes from PENDING to SUCCESS by the clock; its output is hidden unless asked for', async () => {
  const clock = handClock();
  await using cloud = await startCloud({ agentMs: 3000 }, { now: clock.now });
  const run = await started(cloud, 'echo a b', { CommandName: 'marker-1', InstanceIds: [RUNNING, RUNNING_TOO] });
  const states = async (): Promise<unknown[]> => (await tasks(cloud, run)).map(({ TaskStatus }) => TaskStatus);
  const whole = async (): Promise<Fields | undefined> =>
    ((await cloud.tat('DescribeInvocations', { InvocationIds: [run] }))['InvocationSet'] as Fields[])[0];
  expect(await states()).toEqual(['PENDING', 'PENDING']);
  expect(await whole()).toMatchObject({
    InvocationStatus: 'PENDING',
    CommandName: 'marker-1',
    InstanceKind: 'CVM',
    EndTime: null,
    InvocationTaskBasicInfoSet: [{ InstanceId: RUNNING }, { InstanceId: RUNNING_TOO }],
  });
  clock.pass(1500);
  expect(await states()).toEqual(['DELIVERING', 'DELIVERING']);
  expect(await whole()).toMatchObject({ InvocationStatus: 'RUNNING' });
  clock.pass(1000);
  const [running] = await tasks(cloud, run);
  expect(running).toMatchObject({
    TaskStatus: 'RUNNING',
    EndTime: null,
    TaskResult: { Output: '', ExecEndTime: null },
  });
  expect(running?.['StartTime']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  clock.pass(1000);
  const [ended] = await tasks(cloud, run);
  expect(ended).toMatchObject({
    InvocationId: run,
    InstanceId: RUNNING,
    TaskStatus: 'SUCCESS',
    TaskResult: { ExitCode: 0, Output: base64('a b\n'), Dropped: 0 },
    CommandDocument: { Content: base64('echo a b'), CommandType: 'SHELL', Timeout: 60, Username: 'root' },
    CommandName: 'marker-1',
    ErrorInfo: '',
  });
  expect(await tasks(cloud, run, { HideOutput: undefined })).toMatchObject([{ TaskResult: { Output: '' } }, {}]);
  expect(await whole()).toMatchObject({ InvocationStatus: 'SUCCESS', CommandContent: base64('echo a b') });
});

test('TAT: one unfit instance refuses the whole call, and nothing is stored', async () => {
  const agent = (id: string): 'online' | 'offline' | 'absent' =>
    id === RUNNING_TOO ? 'offline' : id === 'lhins-sandbox2' ? 'absent' : 'online';
  await using cloud = await startCloud({ agent });
  const refused = (InstanceIds: unknown[], more: object = {}): Promise<Fields> =>
    cloud.tat('RunCommand', { Content: base64('true'), InstanceIds, ...more });
  expect(await refused([RUNNING, STOPPED])).toMatchObject(error('ResourceUnavailable.InstanceStateNotRunning'));
  expect(await refused([RUNNING, WINDOWS])).toMatchObject(error('ResourceUnavailable.InstanceStateNotRunning'));
  expect(await refused([RUNNING, RUNNING_TOO])).toMatchObject(error('ResourceUnavailable.AgentStatusNotOnline'));
  expect(await refused(['lhins-sandbox2'])).toMatchObject(error('ResourceUnavailable.AgentNotInstalled'));
  expect(await refused([RUNNING, 'ins-00000000'])).toMatchObject(error('ResourceNotFound.InstanceNotFound'));
  expect(await refused([RUNNING, 'lhins-sandbox1'])).toMatchObject(error('InvalidParameterValue.InconsistentInstance'));
  expect(await refused(['i-sandbox1'])).toMatchObject(error('InvalidParameterValue.InvalidInstanceId'));
  expect(await refused([])).toMatchObject(error('MissingParameter'));
  expect(await refused(Array(101).fill(RUNNING))).toMatchObject(error('InvalidParameterValue.TooLong'));
  const one = (more: object): Promise<Fields> => refused([RUNNING], more);
  expect(await one({ Content: 'true' })).not.toHaveProperty('Error');
  expect(await one({ Content: 'not base64!' })).toMatchObject(error('InvalidParameterValue.InvalidContent'));
  expect(await one({ Content: base64('x'.repeat(50_000)) })).toMatchObject(error('InvalidParameterValue.TooLong'));
  expect(await one({ CommandName: '密'.repeat(21) })).toMatchObject(error('InvalidParameterValue.TooLong'));
  expect(await one({ CommandName: 'a b' })).toMatchObject(error('InvalidParameterValue.InvalidCommandName'));
  expect(await one({ Timeout: 0 })).toMatchObject(error('InvalidParameterValue.Range'));
  expect(await one({ Timeout: 86_401 })).toMatchObject(error('InvalidParameterValue.Range'));
  expect(await one({ WorkingDirectory: 'tmp' })).toMatchObject(error('InvalidParameterValue.InvalidWorkingDirectory'));
  expect(await one({ CommandType: 'POWERSHELL' })).toMatchObject(error('InvalidParameterValue.InconsistentInstance'));
  expect(await one({ ClientToken: 'a' })).toMatchObject(error('UnknownParameter'));
  expect(await cloud.tat('DescribeInvocations')).toMatchObject({ TotalCount: 1 });
});

test('TAT: a script does not start without its user or its directory, nor where no script is executed', async () => {
  await using cloud = await startCloud({ agentMs: 0 });
  const ended = async (script: string, more: object): Promise<Fields | undefined> =>
    (await tasks(cloud, await started(cloud, script, more)))[0];
  const notStarted = { TaskStatus: 'START_FAILED', StartTime: null, TaskResult: { Output: '', ExecStartTime: null } };
  expect(await ended('true', { Username: 'nobody1' })).toMatchObject({
    ...notStarted,
    ErrorInfo: expect.stringContaining('nobody1') as unknown,
  });
  expect(await ended('true', { WorkingDirectory: '/opt/no' })).toMatchObject({
    ...notStarted,
    ErrorInfo: expect.stringContaining('/opt/no') as unknown,
  });
  expect(await ended('true', { Username: 'ubuntu', WorkingDirectory: '/home/ubuntu' })).toMatchObject({
    TaskStatus: 'SUCCESS',
  });
  for (const script of ['echo a; touch /tmp/b', 'echo $HOME', 'false', 'echo "a"', 'true\necho a']) {
    expect(await ended(script, {}), script).toMatchObject({
      ...notStarted,
      ErrorInfo: expect.stringContaining('--run-commands') as unknown,
    });
  }
});

test('TAT: a run that has not started is cancelled, one that runs is terminated, one that ended stays', async () => {
  const clock = handClock();
  await using cloud = await startCloud({ agentMs: 3000 }, { now: clock.now });
  const state = async (run: string): Promise<unknown> => (await tasks(cloud, run))[0]?.['TaskStatus'];
  const cancel = (InvocationId: string, more: object = {}): Promise<Fields> =>
    cloud.tat('CancelInvocation', { InvocationId, ...more });
  const [early, late, ended] = [
    await started(cloud, 'true'),
    await started(cloud, 'true'),
    await started(cloud, 'true'),
  ];
  expect(Object.keys(await cancel(early, { InstanceIds: [RUNNING] }))).toEqual(['RequestId']);
  clock.pass(2500);
  await cancel(late, { InstanceIds: [RUNNING_TOO] });
  expect(await state(late)).toBe('RUNNING');
  await cancel(late);
  clock.pass(1000);
  await cancel(ended);
  expect([await state(early), await state(late), await state(ended)]).toEqual(['CANCELLED', 'TERMINATED', 'SUCCESS']);
  expect(await cloud.tat('DescribeInvocations', { InvocationIds: [early] })).toMatchObject({
    InvocationSet: [{ InvocationStatus: 'CANCELLED' }],
  });
  expect(await cancel('inv-00000000')).toMatchObject(error('InvalidParameterValue.InvalidInvocationId'));
  expect(await cancel('t-1')).toMatchObject(error('InvalidParameterValue.InvalidInvocationId'));
});

test('TAT: runs and agents by id, by filter and by page; the newest first, fifty are kept', async () => {
  const clock = handClock();
  await using cloud = await startCloud(
    { agent: (id) => (id === RUNNING_TOO ? 'absent' : 'online') },
    { now: clock.now },
  );
  for (let n = 0; n < 52; n += 1) {
    await started(cloud, 'true', { CommandName: `n${n}` });
    clock.pass(1);
  }
  const other = await started(cloud, 'true', { InstanceIds: ['lhins-sandbox1'] });
  const by = (Name: string, ...Values: unknown[]): object => ({ Filters: [{ Name, Values }] });
  const list = (params: object): Promise<Fields> => cloud.tat('DescribeInvocations', params);
  expect(await list({ Limit: 2, Offset: 1 })).toMatchObject({
    TotalCount: 51,
    InvocationSet: [{ CommandName: 'n51' }, { CommandName: 'n50' }],
  });
  expect(await list(by('instance-kind', 'LIGHTHOUSE'))).toMatchObject({ InvocationSet: [{ InvocationId: other }] });
  expect(await list(by('command-name', 'n1'))).toMatchObject(error('InvalidParameterValue.InvalidFilter'));
  expect(await list({ InvocationIds: [other], ...by('instance-kind', 'CVM') })).toMatchObject(
    error('InvalidParameter.ConflictParameter'),
  );
  expect(await list({ Limit: 101 })).toMatchObject(error('InvalidParameterValue.Range'));
  const agents = async (params: object): Promise<unknown> =>
    ((await cloud.tat('DescribeAutomationAgentStatus', params))['AutomationAgentSet'] as Fields[]).map(
      ({ InstanceId, AgentStatus, Environment }) => [InstanceId, AgentStatus, Environment],
    );
  expect(await agents({ InstanceIds: [RUNNING, RUNNING_TOO, STOPPED, WINDOWS, 'ins-00000000'] })).toEqual([
    [RUNNING, 'Online', 'Linux'],
    [STOPPED, 'Offline', 'Linux'],
    [WINDOWS, 'Offline', 'Windows'],
  ]);
  expect(await agents(by('agent-status', 'Online'))).toEqual([
    [RUNNING, 'Online', 'Linux'],
    ['lhins-sandbox1', 'Online', 'Linux'],
    ['lhins-sandbox2', 'Online', 'Linux'],
  ]);
});

test('TAT takes twenty requests a second', async () => {
  await using cloud = await startCloud({ requestsPerSecond: 'documented' });
  const all = await Promise.all(Array.from({ length: 21 }, () => cloud.tat('DescribeInvocations')));
  expect(all.filter((one) => 'Error' in one)).toMatchObject([error('RequestLimitExceeded')]);
});
