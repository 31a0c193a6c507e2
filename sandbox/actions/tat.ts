import { ApiError, tencentMissingParameter } from '../api-error.ts';
import type { Service } from '../behaviour.ts';
import { phaseOf, serviceOf, type StoredInstance } from '../instances.ts';
import { fields, flag, integer, list, optional, text } from '../params.ts';
import { newId, type Repository } from '../repository.ts';
import {
  accountRefusal,
  agentState,
  newRun,
  type StoredRun,
  type StoredTask,
  type TaskPhase,
  taskPhase,
  updateTask,
  withRun,
} from '../runs.ts';
import { isoSeconds } from '../sessions.ts';
import { action, type Actions, type Call, type Result } from './action.ts';
import { applyFilters, type FilterTest, listFields, type ListRequest } from './tencent-filters.ts';

/** The documented rate of all actions here; DescribeAutomationAgentStatus says 20 in one place and 60 in another. */
const PER_SECOND = 20;

/** An error `InvalidParameterValue.<what>`. */
function invalidValue(what: string, message: string): ApiError {
  return new ApiError(`InvalidParameterValue.${what}`, message);
}

/** The services whose instances TAT reaches. A run belongs to one of them. */
const SERVICES = ['cvm', 'lighthouse'] as const;

/** Checks instance ids. @throws ApiError for none, more than 100, duplicates, or an id of another form */
function checkInstanceIds(ids: readonly string[]): void {
  if (ids.length === 0) throw tencentMissingParameter('InstanceIds');
  if (ids.length > 100) throw invalidValue('TooLong', 'The length of `InstanceIds` exceeds 100.');
  const bad = ids.find((id) => !/^(lh)?ins-[0-9a-z]{8}$/.test(id));
  if (bad !== undefined) throw invalidValue('InvalidInstanceId', `The instance ID \`${bad}\` is invalid.`);
  if (new Set(ids).size !== ids.length) throw new ApiError('InvalidParameterValue', 'An instance ID comes twice.');
}

/** RunCommand: one unfit instance refuses the whole call. @throws ApiError */
const runCommand = action(
  PER_SECOND,
  fields({
    Content: text,
    InstanceIds: list(text),
    CommandName: optional(text),
    Description: optional(text),
    CommandType: optional(text),
    WorkingDirectory: optional(text),
    Timeout: optional(integer),
    SaveCommand: optional(flag),
    EnableParameter: optional(flag),
    Username: optional(text),
  }),
  (params, call) => {
    const { Content: content, InstanceIds: ids, CommandName: name = '', CommandType: type = 'SHELL' } = params;
    const { Timeout: timeoutSeconds = 60, Username: user = 'root', WorkingDirectory: directory = '/root' } = params;
    checkInstanceIds(ids);
    if (content.length > 64 * 1024) throw invalidValue('TooLong', 'The length of `Content` exceeds 64 KB.');
    const script = Buffer.from(content, 'base64');
    if (content === '' || script.toString('base64') !== content) {
      throw invalidValue('InvalidContent', 'The content is not Base64.');
    }
    if (Buffer.byteLength(name) > 60) throw invalidValue('TooLong', 'The length of `CommandName` exceeds 60 bytes.');
    if (!/^[\p{Script=Han}A-Za-z0-9_.-]*$/u.test(name)) {
      throw invalidValue('InvalidCommandName', 'The command name is invalid.');
    }
    if (Array.from(params.Description ?? '').length > 120) {
      throw invalidValue('TooLong', 'The length of `Description` exceeds 120.');
    }
    if (timeoutSeconds < 1 || timeoutSeconds > 86_400) {
      throw invalidValue('Range', '`Timeout` must be from 1 to 86400.');
    }
    if (!directory.startsWith('/')) throw invalidValue('InvalidWorkingDirectory', 'The working directory is invalid.');
    if (!['SHELL', 'POWERSHELL', 'BAT'].includes(type)) {
      throw new ApiError('InvalidParameterValue', 'The command type is invalid.');
    }
    if (params.EnableParameter === true) {
      throw invalidValue('ParameterDisabled', 'The sandbox has no custom parameters.');
    }
    const services = new Set(ids.map(serviceOf));
    const [service] = services;
    if (services.size > 1 || service === undefined) {
      throw invalidValue('InconsistentInstance', 'The instances are not of the same type.');
    }
    const id = newId('inv', 8);
    const commandId = newId('cmd', 8);
    call.repositoryOf(service).update((contents) => {
      const instances = ids.map((wanted) => {
        const instance = contents.instances.find((one) => one.id === wanted);
        if (instance === undefined) {
          throw new ApiError('ResourceNotFound.InstanceNotFound', `The instance \`${wanted}\` does not exist.`);
        }
        checkInstance(instance, type, call);
        return instance;
      });
      const chosen = { id, commandId, name, token: null, content, user, directory, timeoutSeconds };
      const run = newRun(chosen, instances, {
        taskPrefix: 'invt',
        refusalOf: (instance) => accountRefusal(instance, user, call.executor === null ? directory : null),
        now: call.now,
        agentMs: call.behaviour.agentMs,
        executes: call.executor !== null,
      });
      return withRun(contents, run);
    });
    call.executor?.start(service, id);
    return { CommandId: commandId, InvocationId: id };
  },
);

/** Checks one instance. Which code says that the type does not fit is a guess: no other fits better. */
function checkInstance(instance: StoredInstance, type: string, call: Call): void {
  const { id } = instance;
  if (phaseOf(instance, call.now) !== 'running') {
    throw new ApiError('ResourceUnavailable.InstanceStateNotRunning', `The instance \`${id}\` is not running.`);
  }
  const agent = agentState(instance, call.behaviour, call.now);
  if (agent !== 'online') {
    const what = agent === 'absent' ? 'AgentNotInstalled' : 'AgentStatusNotOnline';
    throw new ApiError(`ResourceUnavailable.${what}`, `The agent of the instance \`${id}\` is ${agent}.`);
  }
  if ((type === 'SHELL') === (instance.platform === 'windows')) {
    throw invalidValue('InconsistentInstance', `The instance \`${id}\` runs no commands of the type ${type}.`);
  }
}

interface Found {
  readonly id: string;
  readonly service: Service;
  readonly run: StoredRun;
}

/** All runs of both services, newest first. */
function allRuns(call: Call): readonly Found[] {
  return SERVICES.flatMap((service) =>
    call
      .repositoryOf(service)
      .read()
      .runs.map((run) => ({ id: run.id, service, run })),
  ).sort((a, b) => Date.parse(b.run.createdAt) - Date.parse(a.run.createdAt));
}

/** Filters a list and returns the requested page. @throws ApiError */
function selectPage<T extends { readonly id: string }>(
  items: readonly T[],
  { ids, Filters: filters = [], Offset: offset = 0, Limit: limit = 20 }: ListRequest,
  idsName: string,
  call: Call,
  tests: ReadonlyMap<string, FilterTest<T>>,
): { readonly all: number; readonly page: readonly T[] } {
  if (ids !== undefined && filters.length > 0) {
    throw new ApiError('InvalidParameter.ConflictParameter', `\`${idsName}\` and \`Filters\` conflict.`);
  }
  if ((ids?.length ?? 0) > 100) throw invalidValue('TooLong', `The length of \`${idsName}\` exceeds 100.`);
  if (filters.length > 10 || filters.some(({ Values }) => Values.length > 5)) {
    throw invalidValue('InvalidFilter', 'There are too many filters or values of a filter.');
  }
  if (offset < 0 || limit < 1 || limit > 100) throw invalidValue('Range', '`Offset` or `Limit` is out of range.');
  const known = items.filter(({ id }) => ids?.includes(id) ?? true);
  const found = applyFilters(known, filters, (name) => {
    const test = tests.get(name);
    if (test === undefined) throw invalidValue('InvalidFilter', `The filter \`${name}\` is invalid.`);
    return test;
  });
  return { all: found.length, page: found.slice(offset, offset + call.pages.size(limit)) };
}

const RUN_FILTERS = new Map<string, FilterTest<Found>>([
  ['invocation-id', ({ id }, value) => id === value],
  ['command-id', ({ run }, value) => run.commandId === value],
  ['command-created-by', (_, value) => value === 'USER'],
  ['instance-kind', ({ service }, value) => service.toUpperCase() === value],
]);

/** DescribeInvocations, newest first. There is no filter by name. */
const describeInvocations = action(
  PER_SECOND,
  fields({ InvocationIds: optional(list(text)), ...listFields }),
  ({ InvocationIds: ids, ...listing }, call) => {
    checkIds(ids ?? [], /^inv-[0-9a-z]{8}$/, 'InvalidInvocationId');
    const { all, page } = selectPage(allRuns(call), { ids, ...listing }, 'InvocationIds', call, RUN_FILTERS);
    return { TotalCount: all, InvocationSet: page.map((found) => invocationRow(found, call)) };
  },
);

function checkIds(ids: readonly string[], form: RegExp, code: string): void {
  const bad = ids.find((id) => !form.test(id));
  if (bad !== undefined) throw invalidValue(code, `The ID \`${bad}\` is invalid.`);
}

function invocationRow({ service, run }: Found, call: Call): Result {
  const states = run.tasks.map((task) => statusOf(task, run, call));
  const ended = states.every((state) => ENDED.has(state));
  const ends = run.tasks.map(({ endsAt }) => endsAt ?? run.createdAt).sort();
  return {
    InvocationId: run.id,
    CommandId: run.commandId,
    CommandName: run.name,
    InvocationStatus: invocationStatus(states),
    InvocationTaskBasicInfoSet: run.tasks.map(({ id, instanceId }, index) => ({
      InvocationTaskId: id,
      TaskStatus: states[index],
      InstanceId: instanceId,
    })),
    Description: '',
    StartTime: isoSeconds(run.createdAt),
    EndTime: ended ? second(ends.at(-1) ?? null) : null,
    CreatedTime: isoSeconds(run.createdAt),
    UpdatedTime: isoSeconds(call.now),
    Parameters: '{}',
    DefaultParameters: '{}',
    InstanceKind: service.toUpperCase(),
    Username: run.user,
    InvocationSource: 'USER',
    CommandContent: run.content,
    CommandType: 'SHELL',
    Timeout: run.timeoutSeconds,
    WorkingDirectory: run.directory,
    OutputCOSBucketUrl: '',
    OutputCOSKeyPrefix: '',
  };
}

const FAILED = ['FAILED', 'START_FAILED', 'DELIVER_FAILED', 'TIMEOUT', 'TASK_TIMEOUT'];
const CANCELLED = ['CANCELLED', 'TERMINATED'];
const ENDED: ReadonlySet<string> = new Set(['SUCCESS', ...FAILED, ...CANCELLED]);

/** The status of a whole run, from those of its tasks. The documents only name the values. */
function invocationStatus(states: readonly string[]): string {
  const every = (of: readonly string[]): boolean => states.every((state) => of.includes(state));
  const some = (of: readonly string[]): boolean => states.some((state) => of.includes(state));
  if (every(['PENDING'])) return 'PENDING';
  if (states.some((state) => !ENDED.has(state))) return 'RUNNING';
  if (every(['SUCCESS'])) return 'SUCCESS';
  if (every(['TIMEOUT'])) return 'TIMEOUT';
  if (every(CANCELLED)) return 'CANCELLED';
  if (some(CANCELLED)) return 'PARTIAL_CANCELLED';
  return every(FAILED) ? 'FAILED' : 'PARTIAL_FAILED';
}

interface FoundTask {
  readonly id: string;
  readonly task: StoredTask;
  readonly run: StoredRun;
}

const TASK_FILTERS = new Map<string, FilterTest<FoundTask>>([
  ['invocation-task-id', ({ id }, value) => id === value],
  ['invocation-id', ({ run }, value) => run.id === value],
  ['instance-id', ({ task }, value) => task.instanceId === value],
  ['command-id', ({ run }, value) => run.commandId === value],
]);

/** DescribeInvocationTasks. Without `HideOutput: false` there is no output. */
const describeInvocationTasks = action(
  PER_SECOND,
  fields({ InvocationTaskIds: optional(list(text)), HideOutput: optional(flag), ...listFields }),
  ({ InvocationTaskIds: ids, HideOutput: hidden = true, ...listing }, call) => {
    checkIds(ids ?? [], /^invt-[0-9a-z]{8}$/, 'InvalidInvocationTaskId');
    const tasks = allRuns(call).flatMap(({ run }) => run.tasks.map((task) => ({ id: task.id, task, run })));
    const { all, page } = selectPage(tasks, { ids, ...listing }, 'InvocationTaskIds', call, TASK_FILTERS);
    return { TotalCount: all, InvocationTaskSet: page.map((found) => taskRow(found, hidden, call)) };
  },
);

function taskRow({ task, run }: FoundTask, hidden: boolean, call: Call): Result {
  const { startsAt, endsAt, ending } = task;
  const phase = phaseIn(task, run, call);
  const ended = phase === 'ended' ? ending : null;
  const printed = ended !== null && 'output' in ended ? ended : { output: '', dropped: 0 };
  const started = phase === 'running' || phase === 'lost' || ended?.kind !== 'not-started' ? startsAt : null;
  const begun = started !== null && phase !== 'pending' && phase !== 'delivering' ? isoSeconds(started) : null;
  return {
    InvocationId: run.id,
    InvocationTaskId: task.id,
    CommandId: run.commandId,
    TaskStatus: statusOf(task, run, call),
    InstanceId: task.instanceId,
    TaskResult: {
      ExitCode: ended?.kind === 'exited' ? ended.code : 0,
      Output: hidden ? '' : printed.output,
      ExecStartTime: begun,
      ExecEndTime: ended === null || begun === null ? null : second(endsAt),
      Dropped: printed.dropped,
      OutputUrl: '',
      OutputUploadCOSErrorInfo: '',
    },
    StartTime: begun,
    EndTime: ended === null ? null : second(endsAt),
    CreatedTime: isoSeconds(run.createdAt),
    UpdatedTime: isoSeconds(call.now),
    CommandDocument: {
      Content: run.content,
      CommandType: 'SHELL',
      Timeout: run.timeoutSeconds,
      WorkingDirectory: run.directory,
      Username: run.user,
      OutputCOSBucketUrl: '',
      OutputCOSKeyPrefix: '',
    },
    ErrorInfo: ended?.kind === 'not-started' ? ended.text : '',
    InvocationSource: 'USER',
    CommandName: run.name,
  };
}

function phaseIn(task: StoredTask, run: StoredRun, { now, behaviour }: Call): TaskPhase {
  return taskPhase(task, run, now, behaviour.agentMs);
}

const STATUS: Readonly<Record<Exclude<TaskPhase, 'ended'>, string>> = {
  pending: 'PENDING',
  delivering: 'DELIVERING',
  running: 'RUNNING',
  undelivered: 'DELIVER_FAILED',
  lost: 'TASK_TIMEOUT',
};

function statusOf(task: StoredTask, run: StoredRun, call: Call): string {
  const phase = phaseIn(task, run, call);
  if (phase !== 'ended') return STATUS[phase];
  switch (task.ending?.kind) {
    case 'exited':
      return task.ending.code === 0 ? 'SUCCESS' : 'FAILED';
    case 'timeout':
      return 'TIMEOUT';
    case 'cancelled':
      return 'CANCELLED';
    case 'terminated':
      return 'TERMINATED';
    case 'not-started':
    case undefined:
      return 'START_FAILED';
  }
}

/** CancelInvocation: what has not started is cancelled, what runs is terminated, what has ended stays. */
const cancelInvocation = action(
  PER_SECOND,
  fields({ InvocationId: text, InstanceIds: optional(list(text)) }),
  ({ InvocationId: id, InstanceIds: ids }, call) => {
    checkIds([id], /^inv-[0-9a-z]{8}$/, 'InvalidInvocationId');
    if (ids !== undefined) checkInstanceIds(ids);
    const found = allRuns(call).find((one) => one.id === id);
    if (found === undefined) throw invalidValue('InvalidInvocationId', `The invocation \`${id}\` does not exist.`);
    const repository = call.repositoryOf(found.service);
    for (const task of found.run.tasks) {
      if (ids?.includes(task.instanceId) ?? true) cancelTask(repository, id, task.id, call);
    }
    return {};
  },
);

function cancelTask(repository: Repository, runId: string, taskId: string, call: Call): void {
  updateTask(repository, runId, taskId, (task, run) => {
    const phase = phaseIn(task, run, call);
    const endsAt = call.now.toISOString();
    if (phase === 'pending' || phase === 'delivering') {
      return { ...task, startsAt: null, endsAt, ending: { kind: 'cancelled' } };
    }
    if (phase !== 'running') return task;
    return { ...task, endsAt, ending: { kind: 'terminated', output: '', dropped: 0 } };
  });
  call.executor?.stop(taskId);
}

const AGENT_FILTERS = new Map<string, FilterTest<AgentRow>>([
  ['agent-status', ({ AgentStatus }, value) => AgentStatus === value],
  ['environment', ({ Environment }, value) => Environment === value],
  ['instance-id', ({ id }, value) => id === value],
]);

interface AgentRow {
  readonly id: string;
  readonly AgentStatus: 'Online' | 'Offline';
  readonly Environment: 'Linux' | 'Windows';
}

/** DescribeAutomationAgentStatus. Instances that never had an agent, or do not exist, are not listed (a guess). */
const describeAutomationAgentStatus = action(
  PER_SECOND,
  fields({ InstanceIds: optional(list(text)), ...listFields }),
  ({ InstanceIds: ids, ...listing }, call) => {
    if (ids !== undefined) checkInstanceIds(ids);
    const rows = SERVICES.flatMap((service) => call.repositoryOf(service).read().instances).flatMap((instance) => {
      const agent = agentState(instance, call.behaviour, call.now);
      if (agent === 'absent') return [];
      const AgentStatus: AgentRow['AgentStatus'] = agent === 'online' ? 'Online' : 'Offline';
      const Environment: AgentRow['Environment'] = instance.platform === 'windows' ? 'Windows' : 'Linux';
      return [{ id: instance.id, AgentStatus, Environment }];
    });
    const { all, page } = selectPage(rows, { ids, ...listing }, 'InstanceIds', call, AGENT_FILTERS);
    return {
      AutomationAgentSet: page.map(({ id, ...row }) => ({
        InstanceId: id,
        Version: '1.0.3',
        LastHeartbeatTime: row.AgentStatus === 'Online' ? isoSeconds(call.now) : '2020-12-15T00:00:00Z',
        ...row,
        SupportFeatures: [],
      })),
      TotalCount: all,
    };
  },
);

/** A time as TAT writes it: to the second, UTC. */
function second(time: string | null): string | null {
  return time === null ? null : isoSeconds(time);
}

/** TAT 2020-10-28: scripts on instances of CVM and Lighthouse. */
export const TAT_ACTIONS: Actions = new Map([
  ['RunCommand', runCommand],
  ['DescribeInvocations', describeInvocations],
  ['DescribeInvocationTasks', describeInvocationTasks],
  ['DescribeAutomationAgentStatus', describeAutomationAgentStatus],
  ['CancelInvocation', cancelInvocation],
]);
