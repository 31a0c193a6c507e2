import { aliyunInvalidParameter, ApiError } from '../api-error.ts';
import type { StoredInstance } from '../instances.ts';
import { fields, flag, integer, optional, text } from '../params.ts';
import { newId } from '../repository.ts';
import { agentState } from '../runs.ts';
import { isoSeconds } from '../sessions.ts';
import { action, type Call, type Result } from './action.ts';
import { agentRow, contentOf, resultRow, startRun } from './cloud-assistant.ts';
import { numberedPage, numberedPages, parseJsonList, PER_SECOND } from './ecs-params.ts';

/** The longest content, in characters of base64. */
const MOST_CONTENT = 16 * 1024;

/** SWAS RunCommand: one instance, a name, and plain text. It has no token: a repetition is another run. */
export const swasRunCommand = action(
  PER_SECOND,
  fields({
    InstanceId: text,
    Name: text,
    Type: text,
    CommandContent: text,
    Timeout: optional(integer),
    WorkingUser: optional(text),
    WorkingDir: optional(text),
    EnableParameter: optional(flag),
  }),
  (params, call) => {
    if (params.EnableParameter === true) throw aliyunInvalidParameter('EnableParameter');
    if (params.Name === '' || params.Name.length > 128) throw aliyunInvalidParameter('Name');
    const chosen = {
      id: newId('t', 16),
      commandId: newId('c', 16),
      name: params.Name,
      token: null,
      content: contentOf(params.CommandContent, 'PlainText', MOST_CONTENT),
      user: params.WorkingUser ?? 'root',
      directory: params.WorkingDir ?? '/root',
      timeoutSeconds: params.Timeout ?? 60,
    };
    const ids = [params.InstanceId];
    const run = startRun('swas', { chosen, ids, type: params.Type, isDry: false, shortest: 10 }, call);
    return { InvokeId: run.id };
  },
);

/** SWAS DescribeInvocationResult. An unknown run is refused (a guess). */
export const swasInvocationResult = action(
  PER_SECOND,
  fields({ InstanceId: text, InvokeId: text }),
  ({ InstanceId, InvokeId }, call) => {
    const run = call.repository.read().runs.find(({ id }) => id === InvokeId);
    const task = run?.tasks.find(({ instanceId }) => instanceId === InstanceId);
    if (run === undefined || task === undefined) {
      throw new ApiError('InvalidInvokeId.NotFound', 'The specified InvokeId does not exist.', 404);
    }
    const row = resultRow(task, run, false, call);
    return {
      InvocationResult: {
        ...pick(row, ['InvokeId', 'InstanceId', 'InvocationStatus', 'InvokeRecordStatus', 'ExitCode', 'Output']),
        ...pick(row, ['ErrorCode', 'ErrorInfo', 'StartTime', 'FinishedTime']),
        InvokeUser: run.user,
      },
    };
  },
);

function pick(row: Result, names: readonly string[]): Result {
  return Object.fromEntries(names.map((name) => [name, row[name]]));
}

/** SWAS DescribeInvocations: the runs on one instance, newest first. */
export const swasInvocations = action(
  PER_SECOND,
  fields({ InstanceId: text, InvokeStatus: optional(text), ...numberedPages }),
  ({ InstanceId, InvokeStatus, ...paged }, call) => {
    const found = call.repository.read().runs.flatMap((run) => {
      const task = run.tasks.find(({ instanceId }) => instanceId === InstanceId);
      if (task === undefined) return [];
      const row = resultRow(task, run, false, call);
      return [
        {
          InvokeId: run.id,
          CommandName: run.name,
          CommandType: 'RunShellScript',
          CommandContent: run.content,
          CreationTime: isoSeconds(run.createdAt),
          InvocationStatus: row['InvocationStatus'],
          InvokeStatus: row['InvokeRecordStatus'],
          Parameters: {},
        },
      ];
    });
    const wanted = found.filter((row) => (InvokeStatus ?? row.InvokeStatus) === row.InvokeStatus);
    const { page, ...paging } = numberedPage(wanted, paged, call);
    return { ...paging, Invocations: page };
  },
);

const agentFields = { InstanceIds: optional(text), ...numberedPages };

interface AgentParams {
  readonly InstanceIds: string | undefined;
  readonly PageNumber: number | undefined;
  readonly PageSize: number | undefined;
}

/** One page of agents. Instances that do not exist are not listed. */
function agentPage(params: AgentParams, call: Call) {
  const badIds = (): ApiError => aliyunInvalidParameter('InstanceIds');
  const ids = params.InstanceIds === undefined ? null : parseJsonList(params.InstanceIds, badIds);
  const found = call.repository.read().instances.filter(({ id }) => ids?.includes(id) ?? true);
  return numberedPage(found, params, call);
}

/** SWAS DescribeCloudAssistantAttributes, for the instances that are named. */
export const swasAgentAttributes = action(PER_SECOND, fields({ ...agentFields, InstanceIds: text }), (params, call) => {
  const { page, ...paging } = agentPage(params, call);
  return { ...paging, CloudAssistant: page.map((instance) => agentRow(instance, call)) };
});

/** SWAS DescribeCloudAssistantStatus: whether the agent is installed. */
export const swasAgentStatus = action(PER_SECOND, fields(agentFields), (params, call) => {
  const { page, ...paging } = agentPage(params, call);
  const isInstalled = (instance: StoredInstance): boolean =>
    agentState(instance, call.behaviour, call.now) !== 'absent';
  return {
    ...paging,
    CloudAssistantStatus: page.map((instance) => ({ InstanceId: instance.id, Status: isInstalled(instance) })),
  };
});
