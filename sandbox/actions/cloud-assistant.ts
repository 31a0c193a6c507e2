import { createHash } from 'node:crypto';

import { aliyunInvalidParameter, ApiError } from '../api-error.ts';
import type { Service } from '../behaviour.ts';
import { phaseOf, type StoredInstance } from '../instances.ts';
import { fields, flag, integer, list, optional, text } from '../params.ts';
import { newId } from '../repository.ts';
import {
  accountRefusal,
  agentState,
  type Ending,
  type NewRun,
  newRun,
  type NotStarted,
  type StoredRun,
  type StoredTask,
  taskPhase,
  withRun,
} from '../runs.ts';
import { isoSeconds } from '../sessions.ts';
import { action, type Call, type Result } from './action.ts';
import { numberedPage, numberedPages, pagePlace, pageToken, PER_SECOND } from './ecs-params.ts';

/** The longest content, in characters of base64. */
const MOST_CONTENT = 24 * 1024;

const runFields = fields({
  Type: text,
  CommandContent: text,
  ContentEncoding: optional(text),
  InstanceId: optional(list(text)),
  Name: optional(text),
  Timeout: optional(integer),
  Username: optional(text),
  WorkingDir: optional(text),
  RepeatMode: optional(text),
  ClientToken: optional(text),
  EnableParameter: optional(flag),
});

/**
 * ECS RunCommand. Instances that do not exist or have another system refuse the call. Where an instance does not run, or
 * its agent, the user or the directory is missing, its result says so; a dry run refuses the call then (a guess).
 */
export const runCommand = action(PER_SECOND, runFields, (params, call) => {
  const { InstanceId: ids = [], ClientToken: token, RepeatMode: mode = 'Once', Type: type } = params;
  const { Username: user = 'root', WorkingDir: directory = '/root', Timeout: timeoutSeconds = 60 } = params;
  const content = contentOf(params.CommandContent, params.ContentEncoding ?? '');
  if (mode !== 'Once' && mode !== 'DryRun') {
    throw new ApiError('InvalidRepeatMode.NotFound', 'The specified repeat mode does not exist.', 404);
  }
  if (params.EnableParameter === true) throw aliyunInvalidParameter('EnableParameter');
  if (ids.length === 0) {
    throw new ApiError('MissingParam.InstanceId', 'The parameter instanceId is missing or empty.', 400);
  }
  if (ids.length > 100) {
    throw new ApiError('InstanceIds.ExceedLimit', 'The number of instance IDs exceeds the upper limit.', 403);
  }
  if (token !== undefined && !/^[\x21-\x7e]{1,64}$/.test(token)) {
    throw new ApiError('InvalidClientToken.Malformed', 'The specified parameter clientToken is not valid.', 400);
  }
  const chosen = {
    id: newId('t', 16),
    commandId: newId('c', 16),
    name: params.Name ?? '',
    token: token === undefined ? null : { token, hash: hashOf(params) },
    content,
    user,
    directory,
    timeoutSeconds,
  };
  const run = startRun('ecs', { chosen, ids, type, isDry: mode === 'DryRun', shortest: 1 }, call);
  return { CommandId: run.commandId, InvokeId: run.id };
});

/** What a request says about a run. */
interface RunRequest {
  readonly chosen: NewRun;
  readonly ids: readonly string[];
  readonly type: string;
  /** Whether nothing is stored. */
  readonly isDry: boolean;
  /** The shortest time limit, in seconds. */
  readonly shortest: number;
}

/** Stores a run, or finds the one with the same token, and has it executed. @throws ApiError */
export function startRun(
  service: Service,
  { chosen, ids, type, isDry, shortest }: RunRequest,
  call: Call,
): Pick<StoredRun, 'id' | 'commandId'> {
  const { token, user, directory, timeoutSeconds } = chosen;
  if (!['RunShellScript', 'RunBatScript', 'RunPowerShellScript'].includes(type)) {
    throw new ApiError('InvalidCmdType.NotFound', 'The specified command type does not exist.', 404);
  }
  if (timeoutSeconds < shortest || timeoutSeconds > 86_400) throw aliyunInvalidParameter('Timeout');
  if (user.length > 255) {
    throw new ApiError('Username.ExceedLimit', 'The length of the username exceeds the upper limit.', 403);
  }
  if (directory.length > 200 || !directory.startsWith('/')) {
    throw new ApiError('InvalidParameter.WorkingDir', 'The specified parameter WorkingDir is not valid.', 400);
  }
  let run: Pick<StoredRun, 'id' | 'commandId'> = chosen;
  call.repository.update((contents) => {
    const before = contents.runs.find((run) => token !== null && run.token?.token === token.token);
    if (before !== undefined) {
      if (before.token?.hash !== token?.hash) {
        const message = 'The specified parameter has changed while using an already used clientToken.';
        throw new ApiError('IdempotentParameterMismatch', message, 403);
      }
      run = before;
      return contents;
    }
    const instances = [...new Set(ids)].map((id) => {
      const instance = contents.instances.find((one) => one.id === id);
      if (instance === undefined) throw noInstance(service);
      if ((type === 'RunShellScript') === (instance.platform === 'windows')) throw notMatch(id);
      return instance;
    });
    const refusalOf = (instance: StoredInstance): Ending | null =>
      agentRefusal(instance, call) ?? accountRefusal(instance, user, call.executor === null ? directory : null);
    if (isDry) {
      const unfit = instances.find((instance) => refusalOf(instance) !== null);
      if (unfit !== undefined) throw notMatch(unfit.id);
      return contents;
    }
    const { now, behaviour, executor } = call;
    const { agentMs } = behaviour;
    return withRun(
      contents,
      newRun(chosen, instances, { taskPrefix: 't', refusalOf, now, agentMs, executes: executor !== null }),
    );
  });
  if (run === chosen && !isDry) call.executor?.start(service, run.id);
  return run;
}

/** The content as base64. An encoding that is not `Base64` counts as PlainText, as the document says. */
export function contentOf(content: string, encoding: string, most = MOST_CONTENT): string {
  const isBase64 = encoding.toLowerCase() === 'base64';
  const bytes = isBase64 ? Buffer.from(content, 'base64') : Buffer.from(content);
  const encoded = bytes.toString('base64');
  if (encoded.length > most) {
    throw new ApiError('CmdContent.ExceedLimit', 'The maximum length of a command is exceeded.', 403);
  }
  if (content === '') throw new ApiError('MissingCommandContent', 'CommandContent is mandatory for this action.', 400);
  if (isBase64 && encoded !== content) {
    throw new ApiError('CmdContent.DecodeError', 'The CommandContent can not be base64 decoded.', 400);
  }
  return encoded;
}

/** The two services spell it differently. */
function noInstance(service: Service): ApiError {
  return service === 'swas'
    ? new ApiError('InvalidInstanceId.NotFound', 'The specified InstanceId does not exist.', 404)
    : new ApiError('InvalidInstance.NotFound', 'The specified instance does not exist.', 404);
}

function hashOf(params: object): string {
  return createHash('sha256').update(JSON.stringify(params)).digest('hex');
}

function notMatch(id: string): ApiError {
  const message = `The specified instance type does not match the command. ${id}`;
  return new ApiError('InvalidInstance.NotMatch', message, 400);
}

function agentRefusal(instance: StoredInstance, { behaviour, now }: Call): Ending | null {
  if (phaseOf(instance, now) !== 'running') {
    return { kind: 'not-started', reason: 'instance', text: 'the instance is not running when create task' };
  }
  if (agentState(instance, behaviour, now) === 'online') return null;
  return { kind: 'not-started', reason: 'agent', text: 'the aliyun service is not running on the instance' };
}

const pageFields = { ...numberedPages, MaxResults: optional(integer), NextToken: optional(text) };

const resultFields = fields({
  InvokeId: optional(text),
  InstanceId: optional(text),
  CommandId: optional(text),
  ContentEncoding: optional(text),
  ...pageFields,
});

/** ECS DescribeInvocationResults, newest first. An id that is not known finds nothing. */
export const describeInvocationResults = action(PER_SECOND, resultFields, (params, call) => {
  const found = call.repository
    .read()
    .runs.filter(({ id, commandId }) => (params.InvokeId ?? id) === id && (params.CommandId ?? commandId) === commandId)
    .flatMap((run) => run.tasks.map((task) => ({ run, task })))
    .filter(({ task }) => (params.InstanceId ?? task.instanceId) === task.instanceId);
  const { page, ...paging } = pageOf(found, params, call);
  const plain = params.ContentEncoding?.toLowerCase() === 'plaintext';
  return {
    Invocation: {
      ...paging,
      InvocationResults: { InvocationResult: page.map(({ run, task }) => resultRow(task, run, plain, call)) },
    },
  };
});

interface Paging {
  readonly MaxResults: number | undefined;
  readonly NextToken: string | undefined;
  readonly PageNumber: number | undefined;
  readonly PageSize: number | undefined;
}

/** One page, by token or by number. At most 50 rows, 10 if the request does not say. @throws ApiError */
function pageOf<T>(
  all: readonly T[],
  { MaxResults: max, NextToken: token, ...numbered }: Paging,
  call: Call,
): { readonly page: readonly T[] } & Result {
  if (max === undefined && token === undefined) return { ...numberedPage(all, numbered, call), NextToken: '' };
  const rows = max ?? 10;
  if (rows < 1 || rows > 50) throw aliyunInvalidParameter('MaxResults');
  const from = pagePlace(token);
  const to = from + call.pages.size(rows);
  const NextToken = to < all.length ? pageToken(to) : '';
  return { page: all.slice(from, to), TotalCount: all.length, PageNumber: 0, PageSize: 0, NextToken };
}

/** The ErrorCode and ErrorInfo of the document. */
const ERRORS = {
  instance: ['InstanceNotRunning', 'the instance is not running when create task'],
  agent: ['ClientNotRunning', 'the aliyun service is not running on the instance'],
  user: ['AccountNotExists', 'the specified account does not exists'],
  directory: ['DirectoryNotExists', 'the specified directory does not exists'],
  start: ['ExecutionException', 'the command execution got an exception'],
} as const satisfies Readonly<Record<NotStarted, readonly [string, string]>>;

/** What the service says of a run on one instance. */
interface TaskStatus {
  readonly status: string;
  readonly record: 'Running' | 'Finished' | 'Failed' | 'Stopped';
  readonly code: string;
  readonly info: string;
}

function taskStatus(status: string, record: TaskStatus['record'], code = '', info = ''): TaskStatus {
  return { status, record, code, info };
}

function statusOf(task: StoredTask, run: StoredRun, call: Call): TaskStatus {
  const { ending } = task;
  const phase = taskPhase(task, run, call.now, call.behaviour.agentMs);
  if (phase === 'pending' || phase === 'delivering') return taskStatus('Pending', 'Running');
  if (phase === 'undelivered') {
    return taskStatus('Aborted', 'Failed', 'DeliveryTimeout', 'the command delivery has been timeout');
  }
  if (phase === 'running') return taskStatus('Running', 'Running');
  if (phase === 'lost' || ending === null || ending.kind === 'timeout') {
    return taskStatus('Timeout', 'Failed', 'ExecutionTimeout', 'the command execution has been timeout');
  }
  switch (ending.kind) {
    case 'exited':
      if (ending.code === 0) return taskStatus('Success', 'Finished');
      return taskStatus('Failed', 'Failed', 'ExitCodeNonzero', 'the command execution exit code is not zero');
    case 'cancelled':
      return taskStatus('Cancelled', 'Stopped');
    case 'terminated':
      return taskStatus('Terminated', 'Stopped');
    case 'not-started': {
      const [code, info] = ERRORS[ending.reason];
      if (ending.reason === 'start') return taskStatus('Error', 'Failed', code, `${info}: ${ending.text}`);
      const isSent = ending.reason === 'user' || ending.reason === 'directory';
      return taskStatus(isSent ? 'Invalid' : 'Aborted', 'Failed', code, info);
    }
  }
}

/** A run on one instance, as ECS and SWAS show it. */
export function resultRow(task: StoredTask, run: StoredRun, plain: boolean, call: Call): Result {
  const { status, record, code, info } = statusOf(task, run, call);
  const ended = record === 'Running' ? null : task.ending;
  const { output, dropped } = ended !== null && 'output' in ended ? ended : { output: '', dropped: 0 };
  const isStarted = status !== 'Pending' && task.startsAt !== null;
  return {
    InvokeId: run.id,
    CommandId: run.commandId,
    InstanceId: task.instanceId,
    InvocationStatus: status,
    InvokeRecordStatus: record,
    ExitCode: ended?.kind === 'exited' ? ended.code : 0,
    Output: plain ? Buffer.from(output, 'base64').toString() : output,
    Dropped: dropped,
    ErrorCode: code,
    ErrorInfo: info,
    StartTime: isStarted ? second(task.startsAt) : '',
    FinishedTime: ended === null ? '' : second(task.endsAt),
    StopTime: '',
    Repeats: isStarted ? 1 : 0,
    Username: run.user,
    ContainerId: '',
    ContainerName: '',
    Tags: { Tag: [] },
  };
}

/** A time to the second, UTC; empty for none. */
function second(time: string | null): string {
  return time === null ? '' : isoSeconds(time);
}

const invocationFields = fields({
  InvokeId: optional(text),
  InstanceId: optional(text),
  CommandId: optional(text),
  CommandName: optional(text),
  ContentEncoding: optional(text),
  IncludeOutput: optional(flag),
  ...pageFields,
});

/** ECS DescribeInvocations, newest first. */
export const describeInvocations = action(PER_SECOND, invocationFields, (params, call) => {
  const found = call.repository
    .read()
    .runs.filter(
      ({ id, commandId, name, tasks }) =>
        (params.InvokeId ?? id) === id &&
        (params.CommandId ?? commandId) === commandId &&
        (params.CommandName ?? name) === name &&
        (params.InstanceId === undefined || tasks.some(({ instanceId }) => instanceId === params.InstanceId)),
    );
  const { page, ...paging } = pageOf(found, params, call);
  const plain = params.ContentEncoding?.toLowerCase() === 'plaintext';
  const { IncludeOutput: withOutput = false } = params;
  return {
    ...paging,
    Invocations: { Invocation: page.map((run) => invocationRow(run, { plain, withOutput }, call)) },
  };
});

function invocationRow(
  run: StoredRun,
  how: { readonly plain: boolean; readonly withOutput: boolean },
  call: Call,
): Result {
  const rows = run.tasks.map((task) => resultRow(task, run, how.plain, call));
  const records = run.tasks.map((task) => statusOf(task, run, call).record);
  const isRunning = records.includes('Running');
  const failed = records.filter((record) => record === 'Failed').length;
  const overall = isRunning
    ? 'Running'
    : failed === 0
      ? 'Finished'
      : failed < records.length
        ? 'PartialFailed'
        : 'Failed';
  return {
    InvokeId: run.id,
    CommandId: run.commandId,
    CommandName: run.name,
    CommandType: 'RunShellScript',
    CommandContent: how.plain ? Buffer.from(run.content, 'base64').toString() : run.content,
    CreationTime: isoSeconds(run.createdAt),
    InvokeStatus: overall,
    InvocationStatus: overall === 'Finished' ? 'Success' : overall,
    RepeatMode: 'Once',
    Timed: false,
    Timeout: run.timeoutSeconds,
    Username: run.user,
    WorkingDir: run.directory,
    Parameters: '{}',
    InvokeInstances: {
      InvokeInstance: rows.map(({ Output, ...row }) => ({
        ...row,
        InstanceInvokeStatus: row['InvokeRecordStatus'],
        ...(how.withOutput ? { Output } : {}),
      })),
    },
  };
}

/** ECS DescribeCloudAssistantStatus. Instances that do not exist are not listed. */
export const describeCloudAssistantStatus = action(
  PER_SECOND,
  fields({
    InstanceId: optional(list(text)),
    OSType: optional(text),
    ...pageFields,
  }),
  ({ InstanceId: ids, OSType: system, ...paged }, call) => {
    if (ids !== undefined && ids.length > 100) {
      throw new ApiError('InstanceIds.ExceedLimit', 'The number of instance IDs exceeds the upper limit.', 403);
    }
    const { instances } = call.repository.read();
    const found = instances.filter(
      ({ id, platform }) => (ids?.includes(id) ?? true) && (system ?? platform).toLowerCase() === platform,
    );
    const none = { MaxResults: 50, NextToken: undefined, PageNumber: undefined, PageSize: undefined };
    const { page, ...paging } =
      ids === undefined ? pageOf(found, paged, call) : { ...pageOf([], none, call), page: found };
    return {
      ...paging,
      TotalCount: found.length,
      InstanceCloudAssistantStatusSet: { InstanceCloudAssistantStatus: page.map((one) => agentRow(one, call)) },
    };
  },
);

/** The agent of an instance, as ECS and SWAS show it. */
export function agentRow(instance: StoredInstance, call: Call): Result {
  const state = agentState(instance, call.behaviour, call.now);
  const { runs } = call.repository.read();
  const own = runs.flatMap((run) =>
    run.tasks.filter(({ instanceId }) => instanceId === instance.id).map((task) => statusOf(task, run, call).record),
  );
  return {
    InstanceId: instance.id,
    // Strings, as the document says.
    CloudAssistantStatus: String(state === 'online'),
    CloudAssistantVersion: state === 'absent' ? '' : '2.2.3.857',
    OSType: instance.platform === 'windows' ? 'Windows' : 'Linux',
    LastHeartbeatTime: state === 'online' ? isoSeconds(call.now) : '',
    LastInvokedTime: '',
    InvocationCount: own.length,
    ActiveTaskCount: own.filter((record) => record === 'Running').length,
    SupportSessionManager: state === 'online',
  };
}
