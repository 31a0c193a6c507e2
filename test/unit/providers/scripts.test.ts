import { describe, expect, test } from 'vitest';
import type { HttpRequest, HttpResponse, Send } from '../../../src/http/types.ts';
import { KeypairError } from '../../../src/errors.ts';
import type { Call } from '../../../src/http/rate-limit.ts';
import { findDescriptor } from '../../../src/providers/registry.ts';
import type { RemoteScript } from '../../../src/providers/scripts.ts';
import type { AdapterOptions, Provider } from '../../../src/providers/types.ts';
import { failureOf, fakeSend, providerFor, type Reply, responseOf, signal } from './fake-service.ts';
import { REQUEST_ID } from './interfaces.ts';
import { NONSENSE } from './nonsense.ts';
import { actionOf, parametersOf } from './wire.ts';

const SCRIPT: RemoteScript = {
  text: 'echo "größe"\n',
  user: 'ubuntu',
  marker: 'keypair-0a1b2c',
  timeoutSeconds: 60,
};
const BASE64 = Buffer.from(SCRIPT.text).toString('base64');

const tat = (fields: object): Reply => ({ body: { Response: { ...fields, RequestId: REQUEST_ID } } });
const tatRefusal = (Code: string): Reply => tat({ Error: { Code, Message: 'No.' } });
const ecs = (fields: object): Reply => ({ body: { ...fields, RequestId: REQUEST_ID } });
const ecsRefusal = (Code: string): Reply => ({ status: 403, body: { Code, Message: 'No.', RequestId: REQUEST_ID } });

async function providerOf(id: string, send: Send, more: Partial<AdapterOptions> = {}): Promise<Provider> {
  return providerFor(findDescriptor(id), { send, ...more });
}

/** A `send` that answers each action with its function, and keeps the requests. An error is thrown. */
function service(answers: Record<string, (request: HttpRequest, count: number) => Reply | KeypairError>) {
  const requests: HttpRequest[] = [];
  const send: Send = (request): Promise<HttpResponse> => {
    const action = actionOf(request);
    const count = requests.filter((one) => actionOf(one) === action).length;
    requests.push(request);
    const answer = answers[action]?.(request, count) ?? new Error(`asked for ${action}`);
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(responseOf(answer));
  };
  return { send, requests, actions: () => requests.map(actionOf) };
}

const lost = (): KeypairError => new KeypairError('UNAVAILABLE', 'no answer', { outcome: 'unknown' });
const instancesIn = (request: HttpRequest): unknown => parametersOf(request)['InstanceIds'];

const many = (count: number, prefix: string): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}-${index}`);

describe.each(['tencent', 'lighthouse'])('%s', (id) => {
  test('a script goes to TAT, once', async () => {
    const { send, requests } = fakeSend(tat({ CommandId: 'cmd-1', InvocationId: 'inv-1' }));
    const provider = await providerOf(id, send);
    expect(await provider.startScript!(SCRIPT, ['ins-1', 'ins-2'], signal)).toEqual([
      { item: 'ins-1', error: null, run: 'inv-1' },
      { item: 'ins-2', error: null, run: 'inv-1' },
    ]);
    expect(requests).toHaveLength(1);
    const [request] = requests;
    expect(request?.url.href).toBe('https://tat.tencentcloudapi.com/');
    expect(request?.headers).toMatchObject({ 'x-tc-version': '2020-10-28', 'x-tc-region': 'ap-guangzhou' });
    expect(request?.headers['authorization']).toContain('/tat/tc3_request');
    expect(parametersOf(request!)).toEqual({
      Content: BASE64,
      InstanceIds: ['ins-1', 'ins-2'],
      CommandName: 'keypair-0a1b2c',
      CommandType: 'SHELL',
      WorkingDirectory: '/',
      Timeout: 60,
      SaveCommand: false,
      Username: 'ubuntu',
    });
  });

  test.each([
    ['https://cvm.intl.tencentcloudapi.com', 'tat.intl.tencentcloudapi.com'],
    ['https://lighthouse.tencentcloudapi.com:8443', 'tat.tencentcloudapi.com:8443'],
    ['https://cvm.ap-shanghai-fsi.tencentcloudapi.com', 'tat.ap-shanghai-fsi.tencentcloudapi.com'],
    ['http://127.0.0.1:8017', '127.0.0.1:8017'],
    ['https://cvm.tencentcloudapi.com.example', 'cvm.tencentcloudapi.com.example'],
  ])('at %s that is at %s', async (endpoint, host) => {
    const { send, requests } = fakeSend(tat({ InvocationId: 'inv-1' }));
    const provider = await providerOf(id, send, { endpoint: new URL(endpoint) });
    await provider.startScript!(SCRIPT, ['ins-1'], signal);
    expect(requests[0]?.url.host).toBe(host);
  });

  test('an instance that is not fit has the others tried alone', async () => {
    const { send, requests } = service({
      RunCommand: (request, count) =>
        (instancesIn(request) as string[]).includes('ins-3')
          ? tatRefusal('ResourceUnavailable.AgentStatusNotOnline')
          : tat({ InvocationId: `inv-${count}` }),
    });
    const ids = many(150, 'ins');
    const started = await (await providerOf(id, send)).startScript!(SCRIPT, ids, signal);
    expect(started.map(({ item }) => item)).toEqual(ids);
    expect(started.filter(({ error }) => error !== null)).toEqual([
      { item: 'ins-3', run: null, error: expect.objectContaining({ code: 'CONFLICT', outcome: 'none' }) as unknown },
    ]);
    expect(started[3]?.error?.hints[0]).toContain('agent');
    expect(new Set(started.map(({ run }) => run)).size).toBe(101);
    expect(requests.map((request) => (instancesIn(request) as string[]).length)).toEqual([
      100,
      ...Array.from({ length: 100 }, () => 1),
      50,
    ]);
  });

  const invocation = (InvocationId: string, fields: object = {}, ...instances: string[]) => ({
    InvocationId,
    CommandName: SCRIPT.marker,
    CreatedTime: '2023-11-14T22:13:20Z',
    InvocationTaskBasicInfoSet: instances.map((InstanceId) => ({ InstanceId, TaskStatus: 'PENDING' })),
    ...fields,
  });

  test.each<[string, () => Reply | KeypairError]>([
    ['that is lost', lost],
    ['without an id', () => tat({ InvocationId: null })],
    ['that is broken', () => ({ status: 502, body: '<html>' })],
    ['of an internal error', () => tatRefusal('InternalError')],
  ])('after an answer %s, the run is looked up and nothing is sent again', async (_what, answer) => {
    const { send, requests, actions } = service({
      RunCommand: answer,
      DescribeInvocations: () =>
        tat({
          TotalCount: 5,
          InvocationSet: [
            invocation('inv-9', { CommandName: 'another' }, 'ins-1', 'ins-2'),
            invocation('inv-8', {}, 'ins-1'),
            { InvocationId: 'inv-7', CommandName: SCRIPT.marker, InvocationTaskBasicInfoSet: null },
            invocation('inv-6', {}, 'ins-1', 'ins-2'),
            invocation('inv-5', {}, 'ins-1', 'ins-2'),
          ],
        }),
    });
    const started = await (await providerOf(id, send)).startScript!(SCRIPT, ['ins-1', 'ins-2'], signal);
    expect(started).toEqual([
      { item: 'ins-1', error: null, run: 'inv-6' },
      { item: 'ins-2', error: null, run: 'inv-6' },
    ]);
    expect(actions()).toEqual(['RunCommand', 'DescribeInvocations']);
    expect(parametersOf(requests[1]!)).toEqual({ Offset: 0, Limit: 10 });
  });

  test.each<[string, (count: number) => Reply | KeypairError, number]>([
    ['no run is there', () => tat({ TotalCount: 0, InvocationSet: [] }), 1],
    [
      'only an older one is there',
      () => tat({ InvocationSet: [invocation('inv-1', { CreatedTime: '2023-11-14T22:00:00Z' }, 'ins-1')] }),
      1,
    ],
    [
      'the list ends',
      (page) =>
        tat({
          TotalCount: 23,
          InvocationSet: many(page < 2 ? 10 : 3, 'inv').map((one) => invocation(one, { CommandName: 'x' }, 'ins-1')),
        }),
      3,
    ],
    [
      'there are too many',
      () => tat({ InvocationSet: many(10, 'inv').map((one) => invocation(one, { CommandName: 'x' }, 'ins-1')) }),
      10,
    ],
    ['the list is refused', () => tatRefusal('UnauthorizedOperation.CamAuthFailed'), 1],
    ['the list is lost', lost, 1],
    ['the list is none', () => tat({ InvocationSet: 'x' }), 1],
  ])('where %s, the outcome stays unknown', async (_what, list, pages) => {
    const { send, actions } = service({ RunCommand: lost, DescribeInvocations: (_request, count) => list(count) });
    const started = await (await providerOf(id, send)).startScript!(SCRIPT, ['ins-1'], signal);
    expect(started).toMatchObject([{ item: 'ins-1', run: null, error: { code: 'UNAVAILABLE', outcome: 'unknown' } }]);
    expect(actions()).toEqual(['RunCommand', ...Array.from({ length: pages }, () => 'DescribeInvocations')]);
  });

  test('credentials that are refused are an error of the whole call', async () => {
    const { send } = fakeSend(tatRefusal('AuthFailure.SecretIdNotFound'));
    const error = await failureOf((await providerOf(id, send)).startScript!(SCRIPT, ['ins-1'], signal));
    expect(error).toMatchObject({ code: 'AUTH', outcome: 'none', provider: id });
    expect(error.message).toBe('Tencent Cloud TAT refused RunCommand: No');
    expect(error.hints.at(-1)).toBe('see https://cloud.tencent.com/document/api/1340/52676');
  });

  const task = (
    InstanceId: string,
    TaskStatus: unknown,
    ExitCode: unknown,
    output: string | null,
    ErrorInfo?: unknown,
  ) => ({
    InvocationId: 'inv-1',
    InstanceId,
    TaskStatus,
    TaskResult: { ExitCode, Output: output === null ? null : Buffer.from(output).toString('base64') },
    ErrorInfo,
  });

  async function resultsOf(rows: readonly object[], instances: readonly string[]) {
    const { send, requests } = fakeSend(tat({ TotalCount: rows.length, InvocationTaskSet: rows }));
    return { results: await (await providerOf(id, send)).scriptResults!('inv-1', instances, signal), requests };
  }

  test('results are read with their output, in the order of the instances', async () => {
    const long = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGbM3IYlVbVlPLMaVVqxTxHhyHpdJ2QEmyFo2YxVRv5x root@größe\n'.repeat(
      5,
    );
    const { results, requests } = await resultsOf(
      [task('ins-2', 'FAILED', 3, ''), task('ins-1', 'SUCCESS', 0, long), task('ins-9', 'SUCCESS', 0, 'x')],
      ['ins-1', 'ins-2', 'ins-3'],
    );
    const nothing = { output: '', reason: null };
    expect(results).toEqual([
      { instance: 'ins-1', state: 'ended', exitCode: 0, output: long, reason: null },
      { ...nothing, instance: 'ins-2', state: 'ended', exitCode: 3 },
      { ...nothing, instance: 'ins-3', state: 'under way', exitCode: null },
    ]);
    expect(parametersOf(requests[0]!)).toEqual({
      Filters: [
        { Name: 'invocation-id', Values: ['inv-1'] },
        { Name: 'instance-id', Values: ['ins-1', 'ins-2', 'ins-3'] },
      ],
      Offset: 0,
      Limit: 15,
      HideOutput: false,
    });
  });

  test('of many instances, all pages are read', async () => {
    const ids = many(40, 'ins');
    const { send, requests } = service({
      DescribeInvocationTasks: (request) => {
        const { Offset, Limit } = parametersOf(request) as { Offset: number; Limit: number };
        const page = ids.slice(Offset, Offset + Limit).map((one) => task(one, 'SUCCESS', 0, one));
        return tat({ TotalCount: ids.length, InvocationTaskSet: page });
      },
    });
    const results = await (await providerOf(id, send)).scriptResults!('inv-1', ids, signal);
    expect(results.map(({ output }) => output)).toEqual(ids);
    expect(parametersOf(requests[0]!)['Filters']).toEqual([{ Name: 'invocation-id', Values: ['inv-1'] }]);
  });

  test.each([
    ['PENDING', null, 'under way', null],
    ['DELIVERING', null, 'under way', null],
    ['DELIVER_DELAYED', null, 'under way', null],
    ['RUNNING', null, 'under way', null],
    ['CANCELLING', null, 'under way', null],
    ['SUCCESS', '0', 'ended', null],
    ['FAILED', 126, 'ended', null],
    ['SUCCESS', null, 'unknown', 'SUCCESS'],
    ['FAILED', -1, 'unknown', 'FAILED'],
    ['DELIVER_FAILED', 0, 'not run', 'DELIVER_FAILED'],
    ['START_FAILED', 0, 'not run', 'START_FAILED'],
    ['CANCELLED', 0, 'not run', 'CANCELLED'],
    ['TIMEOUT', 0, 'unknown', 'TIMEOUT'],
    ['TASK_TIMEOUT', 0, 'unknown', 'TASK_TIMEOUT'],
    ['TERMINATED', 0, 'unknown', 'TERMINATED'],
    ['BRAND_NEW', 0, 'unknown', 'BRAND_NEW'],
    ['constructor', 0, 'unknown', 'constructor'],
    [7, 0, 'unknown', null],
  ])('%s with exit code %j is %s', async (status, exit, state, reason) => {
    const { results } = await resultsOf([task('ins-1', status, exit, null)], ['ins-1']);
    const exitCode = state === 'ended' ? Number(exit) : null;
    expect(results).toEqual([{ instance: 'ins-1', state, exitCode, output: '', reason }]);
  });

  test('what a server says is bounded and safe', async () => {
    const rows = [
      task('ins-1', 'START_FAILED', 0, 'x'.repeat(40_000), `\u001b[2J${'why '.repeat(500)}`),
      { ...task('ins-2', 'SUCCESS', 0, null), TaskResult: { ExitCode: 0, Output: '/w==' } },
      { ...task('ins-3', 'SUCCESS', 0, null), TaskResult: { ExitCode: 0, Output: { a: 1 } } },
    ];
    const { results } = await resultsOf(rows, ['ins-1', 'ins-2', 'ins-3']);
    expect(results[0]?.output).toHaveLength(24 * 1024);
    expect(results[0]?.reason).toMatch(/^START_FAILED: \\x1b\[2Jwhy why/);
    expect(results[0]?.reason?.length).toBeLessThan(400);
    expect(results.map(({ output }) => output).slice(1)).toEqual(['\ufffd', '']);
  });

  test('agents that are online, offline and not there', async () => {
    const { send, requests } = fakeSend(
      tat({
        TotalCount: 3,
        AutomationAgentSet: [
          { InstanceId: 'ins-2', AgentStatus: 'Offline', Environment: 'Linux' },
          { InstanceId: 'ins-1', AgentStatus: 'Online', Environment: 'Linux' },
          { InstanceId: 'ins-4', AgentStatus: 'Online', Environment: 'Windows' },
        ],
      }),
    );
    const provider = await providerOf(id, send);
    const ids = ['ins-1', 'ins-2', 'ins-3', 'ins-4'];
    expect((await provider.agentStates!(ids, signal)).map(({ instance, state }) => [instance, state])).toEqual([
      ['ins-1', 'online'],
      ['ins-2', 'offline'],
      ['ins-3', 'absent'],
      ['ins-4', 'online'],
    ]);
    expect(parametersOf(requests[0]!)).toEqual({ InstanceIds: ids, Offset: 0, Limit: 100 });
    const tried = await provider.tryScript!(SCRIPT, ids, signal);
    expect(tried.map(({ item, error }) => [item, error?.code ?? null, error?.message ?? null])).toEqual([
      ['ins-1', null, null],
      ['ins-2', 'CONFLICT', "the vendor's agent on ins-2 is offline"],
      ['ins-3', 'CONFLICT', "the vendor's agent is not installed on ins-3"],
      ['ins-4', 'USAGE', 'ins-4 runs Windows'],
    ]);
    expect(requests.map(actionOf)).toEqual(['DescribeAutomationAgentStatus', 'DescribeAutomationAgentStatus']);
  });

  test('agents are read to the last page', async () => {
    const ids = many(7, 'ins');
    const { send } = service({
      DescribeAutomationAgentStatus: (request) => {
        const { Offset } = parametersOf(request) as { Offset: number };
        const page = ids.slice(Offset, Offset + 3).map((InstanceId) => ({ InstanceId, AgentStatus: 'Online' }));
        return tat({ TotalCount: ids.length, AutomationAgentSet: page });
      },
    });
    const states = await (await providerOf(id, send)).agentStates!(ids, signal);
    expect(states.map(({ state }) => state)).toEqual(ids.map(() => 'online'));
  });

  test('an instance that the service does not know does not hide the others', async () => {
    const { send } = service({
      DescribeAutomationAgentStatus: (request) =>
        (instancesIn(request) as string[]).includes('ins-x')
          ? tatRefusal('InvalidParameterValue.InvalidInstanceId')
          : tat({
              TotalCount: 1,
              AutomationAgentSet: [{ InstanceId: 'ins-1', AgentStatus: 'Online', Environment: 'Linux' }],
            }),
    });
    expect(await (await providerOf(id, send)).agentStates!(['ins-x', 'ins-1'], signal)).toEqual([
      { instance: 'ins-x', state: 'absent' },
      { instance: 'ins-1', state: 'online' },
    ]);
  });

  test.each(NONSENSE)('%s (HTTP %d) is no answer about agents', async (_what, status, body, code) => {
    const { send } = fakeSend({ status, body });
    const error = await failureOf((await providerOf(id, send)).agentStates!(['ins-1'], signal));
    expect(error).toMatchObject({ code, outcome: 'none' });
  });
});

describe('aliyun', () => {
  test('a script goes to Cloud Assistant, with a token', async () => {
    const { send, requests } = fakeSend(ecs({ CommandId: 'c-1', InvokeId: 't-1' }));
    const calls: Call[] = [];
    const provider = await providerOf('aliyun', send, {
      limiter: (call, attempt) => {
        calls.push(call);
        return attempt();
      },
    });
    expect(await provider.startScript!(SCRIPT, ['i-1', 'i-2'], signal)).toEqual([
      { item: 'i-1', error: null, run: 't-1' },
      { item: 'i-2', error: null, run: 't-1' },
    ]);
    expect(calls).toMatchObject([{ action: 'RunCommand', changes: true, idempotent: true }]);
    const { ClientToken, ...parameters } = parametersOf(requests[0]!);
    expect(ClientToken).toMatch(/^[0-9a-f]{64}$/);
    expect(parameters).toEqual({
      Type: 'RunShellScript',
      CommandContent: BASE64,
      ContentEncoding: 'Base64',
      'InstanceId.1': 'i-1',
      'InstanceId.2': 'i-2',
      Name: 'keypair-0a1b2c',
      Timeout: '60',
      Username: 'ubuntu',
      WorkingDir: '/',
      KeepCommand: 'false',
      RepeatMode: 'Once',
    });
    // Repetitions have the same token, other scripts and other instances have others.
    const tokens: unknown[] = [ClientToken];
    for (const [script, ids] of [
      [SCRIPT, ['i-1', 'i-2']],
      [SCRIPT, ['i-1']],
      [{ ...SCRIPT, marker: 'other' }, ['i-1', 'i-2']],
    ] as const) {
      await provider.startScript!(script, ids, signal);
      tokens.push(parametersOf(requests.at(-1)!)['ClientToken']);
    }
    expect(tokens[1]).toBe(tokens[0]);
    expect(new Set(tokens).size).toBe(3);
  });

  test('an instance that is not fit has the others tried alone; a lost answer is unknown', async () => {
    const { send, requests } = service({
      RunCommand: (request, count) => {
        if (request.url.search.includes('i-bad')) return ecsRefusal('InvalidInstance.NotMatch');
        return request.url.search.includes('i-lost') ? lost() : ecs({ InvokeId: `t-${count}` });
      },
    });
    const ids = ['i-1', 'i-bad', ...many(48, 'i-x'), 'i-lost'];
    const started = await (await providerOf('aliyun', send)).startScript!(SCRIPT, ids, signal);
    expect(
      started
        .filter(({ error }) => error !== null)
        .map(({ item, error, run }) => [item, error?.code, error?.outcome, run]),
    ).toEqual([
      ['i-bad', 'CONFLICT', 'none', null],
      ['i-lost', 'UNAVAILABLE', 'unknown', null],
    ]);
    expect(requests).toHaveLength(1 + 50 + 1);
    expect(new Set(requests.map((request) => parametersOf(request)['ClientToken'])).size).toBe(requests.length);
  });

  test('a dry run tells which instances would run it', async () => {
    const { send, requests } = service({
      RunCommand: (request) =>
        request.url.search.includes('i-bad') ? ecsRefusal('InvalidInstance.NotFound') : ecsRefusal('DryRunOperation'),
    });
    const provider = await providerOf('aliyun', send);
    const tried = await provider.tryScript!({ ...SCRIPT, timeoutSeconds: 5 }, ['i-1', 'i-bad'], signal);
    expect(tried.map(({ item, error }) => [item, error?.code ?? null])).toEqual([
      ['i-1', null],
      ['i-bad', 'NOT_FOUND'],
    ]);
    const sent = requests.map(parametersOf);
    expect(new Set(sent.map(({ RepeatMode }) => RepeatMode))).toEqual(new Set(['DryRun']));
    expect(sent[0]).toMatchObject({ Timeout: '10' });
    expect(sent.filter((one) => 'ClientToken' in one)).toEqual([]);
    const other = await providerOf('aliyun', fakeSend(ecs({ CommandId: 'c-1' })).send);
    expect(await other.tryScript!(SCRIPT, ['i-1'], signal)).toEqual([{ item: 'i-1', error: null }]);
    const empty = await providerOf('aliyun', fakeSend({ body: {} }).send);
    expect((await empty.tryScript!(SCRIPT, ['i-1'], signal))[0]?.error).toMatchObject({ code: 'FAILURE' });
  });

  const result = (InstanceId: string, InvocationStatus: unknown, ExitCode: unknown, more: object = {}) => ({
    InvokeId: 't-1',
    InstanceId,
    InvocationStatus,
    ExitCode,
    ...more,
  });
  const results = (rows: readonly object[], NextToken: unknown = ''): Reply =>
    ecs({ Invocation: { NextToken, InvocationResults: { InvocationResult: rows } } });

  test('results are read with their output, token after token', async () => {
    const output = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGbM3IYlVbVlPLMaVVqxTxHhyHpdJ2QEmyFo2YxVRv5x größe\n'.repeat(5);
    const { send, requests } = fakeSend(
      results([result('i-2', 'Failed', 3)], 'more'),
      results([result('i-1', 'Success', 0, { Output: Buffer.from(output).toString('base64') })]),
    );
    const provider = await providerOf('aliyun', send);
    expect(await provider.scriptResults!('t-1', ['i-1', 'i-2', 'i-3'], signal)).toEqual([
      { instance: 'i-1', state: 'ended', exitCode: 0, output, reason: null },
      { instance: 'i-2', state: 'ended', exitCode: 3, output: '', reason: null },
      { instance: 'i-3', state: 'under way', exitCode: null, output: '', reason: null },
    ]);
    const asked = { InvokeId: 't-1', ContentEncoding: 'Base64', MaxResults: '20' };
    expect(requests.map(parametersOf)).toEqual([asked, { ...asked, NextToken: 'more' }]);
    await provider.scriptResults!('t-1', ['i-1'], signal);
    expect(parametersOf(requests[2]!)).toEqual({ ...asked, InstanceId: 'i-1' });
  });

  test.each([
    ['Pending', '', 'under way', null],
    ['Running', '', 'under way', null],
    ['Success', '', 'ended', null],
    ['Failed', 'ExitCodeNonzero', 'ended', null],
    ['Invalid', '', 'not run', 'Invalid'],
    ['Aborted', 'DeliveryTimeout', 'not run', 'Aborted: DeliveryTimeout'],
    ['Cancelled', '', 'not run', 'Cancelled'],
    ['Error', 'AccountNotExists', 'not run', 'Error: AccountNotExists'],
    ['Error', 'DirectoryNotExists', 'not run', 'Error: DirectoryNotExists'],
    ['Error', 'ClientNotRunning', 'not run', 'Error: ClientNotRunning'],
    ['Error', 'InstanceNotRunning', 'not run', 'Error: InstanceNotRunning'],
    ['Error', 'ClientNotResponse', 'unknown', 'Error: ClientNotResponse'],
    ['Error', 'ExecutionException', 'unknown', 'Error: ExecutionException'],
    ['Error', 'ExecutionInterrupted', 'unknown', 'Error: ExecutionInterrupted'],
    ['Error', null, 'unknown', 'Error'],
    ['Timeout', 'ExecutionTimeout', 'unknown', 'Timeout: ExecutionTimeout'],
    ['Stopping', '', 'unknown', 'Stopping'],
    ['Terminated', '', 'unknown', 'Terminated'],
    ['BrandNew', '', 'unknown', 'BrandNew'],
    [null, '', 'unknown', null],
  ])('%s with code %j is %s', async (status, ErrorCode, state, reason) => {
    const { send } = fakeSend(results([result('i-1', status, 0, { ErrorCode, ErrorInfo: '' })]));
    const exitCode = state === 'ended' ? 0 : null;
    expect(await (await providerOf('aliyun', send)).scriptResults!('t-1', ['i-1'], signal)).toEqual([
      { instance: 'i-1', state, exitCode, output: '', reason },
    ]);
  });

  test('agents that are online, offline and not there', async () => {
    const set = (...rows: readonly object[]) => ({
      InstanceCloudAssistantStatusSet: { InstanceCloudAssistantStatus: rows },
    });
    const { send, requests } = service({
      DescribeCloudAssistantStatus: (request) => {
        if (request.url.search.includes('i-x')) return ecsRefusal('InvalidInstance.NotFound');
        return request.url.search.includes('NextToken')
          ? ecs(set({ InstanceId: 'i-1', CloudAssistantStatus: 'true', CloudAssistantVersion: '2.2.3.1' }))
          : ecs({
              ...set(
                { InstanceId: 'i-2', CloudAssistantStatus: 'false', CloudAssistantVersion: '2.2.3.1' },
                { InstanceId: 'i-3', CloudAssistantStatus: 'false', CloudAssistantVersion: '' },
              ),
              NextToken: 'more',
            });
      },
    });
    const provider = await providerOf('aliyun', send);
    expect(await provider.agentStates!(['i-1', 'i-2', 'i-3', 'i-4'], signal)).toEqual([
      { instance: 'i-1', state: 'online' },
      { instance: 'i-2', state: 'offline' },
      { instance: 'i-3', state: 'absent' },
      { instance: 'i-4', state: 'absent' },
    ]);
    expect(requests).toHaveLength(2);
    expect((await provider.agentStates!(['i-1', 'i-x'], signal)).map(({ state }) => state)).toEqual([
      'online',
      'absent',
    ]);
    const denied = await providerOf('aliyun', fakeSend(ecsRefusal('Forbidden.RAM')).send);
    expect(await failureOf(denied.agentStates!(['i-1'], signal))).toMatchObject({ code: 'AUTH' });
  });

  test.each(NONSENSE)('%s (HTTP %d) is no answer about results', async (_what, status, body, code) => {
    const { send } = fakeSend({ status, body });
    const error = await failureOf((await providerOf('aliyun', send)).scriptResults!('t-1', ['i-1'], signal));
    expect(error).toMatchObject({ code, outcome: 'none' });
  });
});

describe('launch templates', () => {
  test('of CVM name a pair in any of their versions', async () => {
    const version = (LaunchTemplateVersion: number, KeyIds: unknown) => ({
      LaunchTemplateVersion,
      LaunchTemplateVersionData: { LoginSettings: { KeyIds } },
    });
    const versions: Record<string, object[]> = {
      'lt-1': [version(1, ['skey-2']), version(2, ['skey-3', 'skey-1'])],
      'lt-2': [version(1, null), { LaunchTemplateVersion: 2 }],
      'lt-3': [version(1, ['skey-1'])],
    };
    const { send, requests } = service({
      DescribeLaunchTemplates: () =>
        tat({
          TotalCount: 3,
          LaunchTemplateSet: [
            { LaunchTemplateId: 'lt-1', LaunchTemplateName: 'web', LatestVersionNumber: 41 },
            { LaunchTemplateId: 'lt-2', LaunchTemplateName: 'db', LatestVersionNumber: 2 },
            { LaunchTemplateId: 'lt-3', LaunchTemplateName: '\u001b[2J', LatestVersionNumber: null },
          ],
        }),
      DescribeLaunchTemplateVersions: (request) => {
        const rows = versions[parametersOf(request)['LaunchTemplateId'] as string] ?? [];
        return tat({ TotalCount: rows.length, LaunchTemplateVersionSet: rows });
      },
    });
    const provider = await providerOf('tencent', send);
    expect(await provider.launchTemplatesWith!({ id: 'skey-1', name: 'foo' }, signal)).toEqual(['lt-1 (web)', 'lt-3']);
    expect(requests.map(parametersOf).slice(1)).toEqual([
      { LaunchTemplateId: 'lt-1', MinVersion: 0, MaxVersion: 41, Offset: 0, Limit: 30 },
      { LaunchTemplateId: 'lt-2', MinVersion: 0, MaxVersion: 30, Offset: 0, Limit: 30 },
      { LaunchTemplateId: 'lt-3', MinVersion: 0, MaxVersion: 30, Offset: 0, Limit: 30 },
    ]);
  });

  test('of ECS name a pair in any of their versions', async () => {
    const versions: Record<string, object[]> = {
      'lt-1': [
        { VersionNumber: 1, LaunchTemplateData: {} },
        { VersionNumber: 2, LaunchTemplateData: { KeyPairName: 'foo' } },
      ],
      'lt-2': [{ VersionNumber: 1, LaunchTemplateData: { KeyPairName: 'foo2' } }],
    };
    const { send, requests } = service({
      DescribeLaunchTemplates: () =>
        ecs({
          TotalCount: 2,
          LaunchTemplateSets: {
            LaunchTemplateSet: [
              { LaunchTemplateId: 'lt-1', LaunchTemplateName: 'web' },
              { LaunchTemplateId: 'lt-2', LaunchTemplateName: 'db' },
            ],
          },
        }),
      DescribeLaunchTemplateVersions: (request) => {
        const rows = versions[parametersOf(request)['LaunchTemplateId'] as string] ?? [];
        return ecs({ TotalCount: rows.length, LaunchTemplateVersionSets: { LaunchTemplateVersionSet: rows } });
      },
    });
    const provider = await providerOf('aliyun', send);
    expect(await provider.launchTemplatesWith!({ id: null, name: 'foo' }, signal)).toEqual(['lt-1 (web)']);
    expect(requests.map(parametersOf)).toEqual([
      { PageNumber: '1', PageSize: '50' },
      { LaunchTemplateId: 'lt-1', DetailFlag: 'true', PageNumber: '1', PageSize: '20' },
      { LaunchTemplateId: 'lt-2', DetailFlag: 'true', PageNumber: '1', PageSize: '20' },
    ]);
  });

  test.each(['tencent', 'aliyun'])('of %s: what is no list is an error, not an empty list', async (id) => {
    for (const body of [{}, { Response: {} }, { LaunchTemplateSets: {} }, { Response: { LaunchTemplateSet: 'x' } }]) {
      const provider = await providerOf(id, fakeSend({ body }).send);
      const error = await failureOf(provider.launchTemplatesWith!({ id: 'skey-1', name: 'foo' }, signal));
      expect(error).toMatchObject({ provider: id, outcome: 'none' });
    }
  });
});

test.each(['tencent', 'lighthouse', 'aliyun', 'qcloud'])('%s has what its descriptor tells', async (id) => {
  const descriptor = findDescriptor(id);
  const provider = await providerOf(id, fakeSend({ body: '' }).send);
  for (const method of ['agentStates', 'tryScript', 'startScript', 'scriptResults'])
    expect([method, method in provider]).toEqual([method, descriptor.abilities.runCommand !== false]);
  expect('launchTemplatesWith' in provider).toBe(descriptor.abilities.launchTemplates !== false);
});
