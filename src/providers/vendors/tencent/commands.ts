import type {
  DescribeAutomationAgentStatusRequest,
  DescribeInvocationsRequest,
  DescribeInvocationTasksRequest,
  Filter,
  RunCommandRequest,
} from 'tencentcloud-sdk-nodejs/tencentcloud/services/tat/v20201028/tat_models.js';
import { t } from '../../../i18n/t.ts';
import { allPages, type Page } from '../../paging.ts';
import { countOf, type Fields, fieldsOf, handledRows, lineOf, rowsOf, timeOf } from '../../parse.ts';
import type { Answer, Service } from '../../response.ts';
import {
  type Agent,
  agentStatesOf,
  readResult,
  resultsOf,
  startInBatches,
  startOnce,
  triedByAgents,
} from '../../run-scripts.ts';
import type { RemoteScript, ScriptResult, ScriptRunner } from '../../scripts.ts';
import type { AdapterOptions } from '../../types.ts';
import { type CallAction, tc3Caller } from './api.ts';
import { tatErrors } from './errors.ts';
import { endpointOf, tatService } from './services.ts';

/** The API version of TAT (https://cloud.tencent.com/document/api/1340/52676). */
const VERSION = '2020-10-28';

/** The maximum number of instances of an action: 200 of RunCommand in China, 100 on the international site. */
const MOST = 100;

/** Scripts on instances of CVM or Lighthouse through TAT, the vendor's agent. */
export function tatCommands(service: Service, options: AdapterOptions): ScriptRunner {
  const endpoint = endpointOf('tat', options.endpoint);
  const call = tc3Caller(tatService(service), 'tat', tatErrors, { ...options, endpoint, apiVersion: VERSION });
  const list = (signal: AbortSignal) => (batch: readonly string[]) => listAgents(call, batch, signal);
  return {
    agentStates: (instances, signal) => agentStatesOf(instances, MOST, list(signal)),
    tryScript: (_script, instances, signal) => triedByAgents(service, instances, MOST, list(signal)),
    startScript: (script, instances, signal) =>
      startInBatches(instances, MOST, (batch) => start(call, options.now(), script, batch, signal)),
    scriptResults: (run, instances, signal) => resultsOf(instances, listResults(call, run, instances, signal)),
  };
}

function listAgents(call: CallAction, instances: readonly string[], signal: AbortSignal): AsyncIterable<Agent> {
  const fetchPage = async ({ offset }: { readonly offset: number }, pageSignal: AbortSignal): Promise<Page<Agent>> => {
    const parameters: DescribeAutomationAgentStatusRequest = {
      InstanceIds: [...instances],
      Offset: offset,
      Limit: MOST,
    };
    const answer = await call('DescribeAutomationAgentStatus', parameters, { changes: false, signal: pageSignal });
    const list = handledRows(answer.fields['AutomationAgentSet'], 'InstanceId', readAgent);
    if (list === null) throw answer.malformed(t`without a list of agents`);
    return { ...list, total: countOf(answer.fields['TotalCount']) };
  };
  return allPages(fetchPage, { pageSize: MOST, numbered: false, keyOf: ({ instance }) => instance, signal });
}

function readAgent(fields: Fields, instance: string): Agent {
  return {
    instance,
    state: fields['AgentStatus'] === 'Online' ? 'online' : 'offline',
    windows: fields['Environment'] === 'Windows',
  };
}

/** Starts a script, and returns the id of its run. TAT finds it by its name, which is the marker. @throws {@link startOnce} */
async function start(
  call: CallAction,
  since: Date,
  script: RemoteScript,
  instances: readonly string[],
  signal: AbortSignal,
): Promise<string> {
  const parameters: RunCommandRequest = {
    Content: Buffer.from(script.text, 'utf8').toString('base64'),
    InstanceIds: [...instances],
    CommandName: script.marker,
    CommandType: 'SHELL',
    // The default is root's home, which no other user can enter.
    WorkingDirectory: '/',
    Timeout: script.timeoutSeconds,
    SaveCommand: false,
    Username: script.user,
  };
  return startOnce(
    async () => {
      const answer = await call('RunCommand', parameters, { changes: true, signal });
      const run = lineOf(answer.fields['InvocationId']);
      if (run === null) throw answer.malformed(t`without the id of the run`);
      return run;
    },
    () => findRun(call, { name: script.marker, instances, since }, signal),
  );
}

/** How many runs to look at: in an account with many, ours is among the latest. */
const LOOK_UP = { pages: 10, pageSize: 10 };

/** How much the clocks may differ, in milliseconds. A signature is refused if it is more than half of this. */
const CLOCKS_MS = 10 * 60_000;

/**
 * The latest run with this name that includes these instances, or null. Other batches of the same script have the same
 * name. DescribeInvocations lists the latest runs first and cannot filter by name.
 */
async function findRun(
  call: CallAction,
  wanted: { readonly name: string; readonly instances: readonly string[]; readonly since: Date },
  signal: AbortSignal,
): Promise<string | null> {
  const { pages, pageSize } = LOOK_UP;
  for (let page = 0, offset = 0; page < pages; page += 1) {
    const parameters: DescribeInvocationsRequest = { Offset: offset, Limit: pageSize };
    const answer = await call('DescribeInvocations', parameters, { changes: false, signal });
    const list = handledRows(answer.fields['InvocationSet'], 'InvocationId', (fields, id) => ({ fields, id }));
    if (list === null) throw answer.malformed(t`without a list of runs`);
    for (const { fields, id } of list.items) {
      const created = timeOf(fields['CreatedTime']);
      if (created !== null && Date.parse(created) < wanted.since.getTime() - CLOCKS_MS) return null;
      const included = (rowsOf(fields['InvocationTaskBasicInfoSet'] ?? null) ?? []).map((row) =>
        lineOf(fieldsOf(row)?.['InstanceId']),
      );
      if (fields['CommandName'] === wanted.name && wanted.instances.every((instance) => included.includes(instance)))
        return id;
    }
    offset += list.rows;
    // A page may be shorter than was asked for.
    if (list.rows === 0 || offset >= (countOf(answer.fields['TotalCount']) ?? Infinity)) return null;
  }
  return null;
}

/** A response has at most 1 MiB, and a result up to 64 KB: the output and the script. */
const RESULTS_PER_PAGE = 15;

/** The maximum number of values of a filter. */
const MOST_VALUES = 5;

function listResults(
  call: CallAction,
  run: string,
  instances: readonly string[],
  signal: AbortSignal,
): AsyncIterable<ScriptResult> {
  const filters: Filter[] = [{ Name: 'invocation-id', Values: [run] }];
  if (instances.length <= MOST_VALUES) filters.push({ Name: 'instance-id', Values: [...instances] });
  const pageSize = RESULTS_PER_PAGE;
  const fetchPage = async ({ offset }: { readonly offset: number }, pageSignal: AbortSignal) => {
    const parameters: DescribeInvocationTasksRequest = {
      Filters: filters,
      Offset: offset,
      Limit: pageSize,
      HideOutput: false,
    };
    const how = { changes: false, signal: pageSignal };
    return readResults(await call('DescribeInvocationTasks', parameters, how));
  };
  return allPages(fetchPage, { pageSize, numbered: false, keyOf: ({ instance }) => instance, signal });
}

function readResults(answer: Answer): Page<ScriptResult> {
  const list = handledRows(answer.fields['InvocationTaskSet'], 'InstanceId', readTask);
  if (list === null) throw answer.malformed(t`without a list of results`);
  return { ...list, total: countOf(answer.fields['TotalCount']) };
}

function readTask(fields: Fields, instance: string): ScriptResult {
  const result = fieldsOf(fields['TaskResult']);
  const status = fields['TaskStatus'];
  return readResult({
    instance,
    state: STATES.get(status),
    exitCode: result?.['ExitCode'],
    output: result?.['Output'],
    reasons: [status, fields['ErrorInfo']],
  });
}

const STATES: ReadonlyMap<unknown, ScriptResult['state']> = new Map([
  ['PENDING', 'under way'],
  ['DELIVERING', 'under way'],
  ['DELIVER_DELAYED', 'under way'],
  ['RUNNING', 'under way'],
  ['CANCELLING', 'under way'],
  ['SUCCESS', 'ended'],
  ['FAILED', 'ended'],
  ['DELIVER_FAILED', 'not run'],
  ['START_FAILED', 'not run'],
  // Before it was started.
  ['CANCELLED', 'not run'],
  ['TIMEOUT', 'unknown'],
  ['TASK_TIMEOUT', 'unknown'],
  ['TERMINATED', 'unknown'],
]);
