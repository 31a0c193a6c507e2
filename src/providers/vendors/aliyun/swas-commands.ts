import type {
  DescribeInvocationResultRequest,
  DescribeInvocationsRequest,
  RunCommandRequest,
} from '@alicloud/swas-open20200601/dist/client.js';
import { t } from '../../../i18n/t.ts';
import { allPages, type Page } from '../../paging.ts';
import { countOf, fieldsOf, handledRows, lineOf } from '../../parse.ts';
import { type Agent, agentStatesOf, resultsOf, startInBatches, startOnce, triedByAgents } from '../../run-scripts.ts';
import type { RemoteScript, ScriptResult, ScriptRunner } from '../../scripts.ts';
import type { CallSwas, SwasParameters } from './api.ts';
import { readAgent, readInvocation, SHORTEST_TIMEOUT } from './cloud-assistant.ts';
import { swasService } from './service.ts';

/** The instances of a request for agents. No document gives a maximum; this is the default size of a page. */
const MOST_AGENTS = 10;

/** Scripts on instances of Simple Application Server through Command Assistant, which is Cloud Assistant. */
export function commandAssistant(call: CallSwas, RegionId: string): ScriptRunner {
  const list = (signal: AbortSignal) => (batch: readonly string[]) => listAgents(call, RegionId, batch, signal);
  return {
    agentStates: (instances, signal) => agentStatesOf(instances, MOST_AGENTS, list(signal)),
    tryScript: (_script, instances, signal) => triedByAgents(swasService, instances, MOST_AGENTS, list(signal)),
    // RunCommand takes one instance.
    startScript: (script, instances, signal) =>
      startInBatches(instances, 1, ([instance = '']) => start(call, RegionId, script, instance, signal)),
    scriptResults: (run, instances, signal) =>
      resultsOf(instances, listResults(call, RegionId, run, instances, signal)),
  };
}

function listAgents(
  call: CallSwas,
  RegionId: string,
  instances: readonly string[],
  signal: AbortSignal,
): AsyncIterable<Agent> {
  const fetchPage = async ({ number }: { readonly number: number }, pageSignal: AbortSignal): Promise<Page<Agent>> => {
    const parameters = {
      RegionId,
      InstanceIds: JSON.stringify(instances),
      PageNumber: number,
      PageSize: MOST_AGENTS,
    };
    const answer = await call('DescribeCloudAssistantAttributes', parameters, { changes: false, signal: pageSignal });
    const list = handledRows(answer.fields['CloudAssistant'], 'InstanceId', readAgent);
    if (list === null) throw answer.malformed(t`without a list of agents`);
    return { ...list, total: countOf(answer.fields['TotalCount']) };
  };
  return allPages(fetchPage, { pageSize: MOST_AGENTS, numbered: true, keyOf: ({ instance }) => instance, signal });
}

/** Starts a script on an instance, and returns the id of its run. It is found by its name, the marker. @throws {@link startOnce} */
function start(
  call: CallSwas,
  RegionId: string,
  { text, user, marker, timeoutSeconds }: RemoteScript,
  InstanceId: string,
  signal: AbortSignal,
): Promise<string> {
  const parameters: SwasParameters<RunCommandRequest> = {
    RegionId,
    InstanceId,
    Name: marker,
    Type: 'RunShellScript',
    // Plain text: at most 16 KB once it is in Base64, which 12 KB are.
    CommandContent: text,
    Timeout: Math.max(timeoutSeconds, SHORTEST_TIMEOUT),
    WorkingUser: user,
    // The default is root's home, which no other user can enter.
    WorkingDir: '/',
  };
  return startOnce(
    async () => {
      const answer = await call('RunCommand', parameters, { changes: true, signal });
      const run = lineOf(answer.fields['InvokeId']);
      if (run === null) throw answer.malformed(t`without the id of the run`);
      return run;
    },
    () => findRun(call, RegionId, marker, InstanceId, signal),
  );
}

/** How many runs of an instance to look at: ours is among the latest. */
const LOOK_UP = { pages: 4, pageSize: 50 };

/** The run with this name on an instance, or null. DescribeInvocations cannot filter by name. */
async function findRun(
  call: CallSwas,
  RegionId: string,
  name: string,
  InstanceId: string,
  signal: AbortSignal,
): Promise<string | null> {
  for (let [PageNumber, rows] = [1, 0]; PageNumber <= LOOK_UP.pages; PageNumber += 1) {
    const PageSize = LOOK_UP.pageSize;
    const parameters: SwasParameters<DescribeInvocationsRequest> = { RegionId, InstanceId, PageNumber, PageSize };
    const answer = await call('DescribeInvocations', parameters, { changes: false, signal });
    const list = handledRows(answer.fields['Invocations'], 'InvokeId', (fields, id) => ({
      id,
      name: fields['CommandName'],
    }));
    if (list === null) throw answer.malformed(t`without a list of runs`);
    const found = list.items.find((run) => run.name === name);
    if (found !== undefined) return found.id;
    rows += list.rows;
    if (list.rows === 0 || rows >= (countOf(answer.fields['TotalCount']) ?? Infinity)) return null;
  }
  return null;
}

/** The results of a run, one request for each instance. */
async function* listResults(
  call: CallSwas,
  RegionId: string,
  InvokeId: string,
  instances: readonly string[],
  signal: AbortSignal,
): AsyncGenerator<ScriptResult, void, undefined> {
  for (const InstanceId of instances) {
    const parameters: SwasParameters<DescribeInvocationResultRequest> = { RegionId, InstanceId, InvokeId };
    const answer = await call('DescribeInvocationResult', parameters, { changes: false, signal });
    const result = fieldsOf(answer.fields['InvocationResult']);
    if (result === null) throw answer.malformed(t`without a list of results`);
    if (result['InvokeId'] === InvokeId) yield readInvocation(result, InstanceId);
  }
}
