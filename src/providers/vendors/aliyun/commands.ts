import { DescribeCloudAssistantStatusRequest } from '@alicloud/ecs20140526/dist/models/DescribeCloudAssistantStatusRequest.js';
import { DescribeInvocationResultsRequest } from '@alicloud/ecs20140526/dist/models/DescribeInvocationResultsRequest.js';
import { RunCommandRequest } from '@alicloud/ecs20140526/dist/models/RunCommandRequest.js';
import { createHash } from 'node:crypto';
import { KeypairError } from '../../../errors.ts';
import { t } from '../../../i18n/t.ts';
import { inBatches } from '../../batches.ts';
import { allPieces, type Piece } from '../../paging.ts';
import { fieldsOf, handledRows, lineOf } from '../../parse.ts';
import { type Answer, requireRequestId } from '../../response.ts';
import { type Agent, agentStatesOf, resultsOf, startInBatches } from '../../run-scripts.ts';
import type { RemoteScript, ScriptResult, ScriptRunner } from '../../scripts.ts';
import type { CallEcs } from './api.ts';
import { readAgent, readInvocation, SHORTEST_TIMEOUT } from './cloud-assistant.ts';

/** The maximum number of instances of an action: 100 of RunCommand by now, 50 in older documents and in others. */
const MOST = 50;

/** Scripts on instances of ECS through Cloud Assistant, the vendor's agent. */
export function cloudAssistant(call: CallEcs, regionId: string): ScriptRunner {
  return {
    agentStates: (instances, signal) =>
      agentStatesOf(instances, MOST, (batch) => listAgents(call, regionId, batch, signal)),
    tryScript: (script, instances, signal) =>
      inBatches(instances, {
        size: MOST,
        nameOf: (instance) => instance,
        async act(batch) {
          const model = runCommand(regionId, script, batch, { repeatMode: 'DryRun' });
          try {
            requireRequestId(await call('RunCommand', model, { changes: false, signal }));
          } catch (error) {
            // How other actions of ECS answer a dry run that has succeeded.
            if (!(error instanceof KeypairError && error.providerCode === 'DryRunOperation')) throw error;
          }
          return batch.map(() => null);
        },
      }),
    startScript: (script, instances, signal) =>
      startInBatches(instances, MOST, async (batch) => {
        const model = runCommand(regionId, script, batch, {
          repeatMode: 'Once',
          clientToken: tokenOf(script, batch),
        });
        const answer = await call('RunCommand', model, { changes: true, idempotent: true, signal });
        const run = lineOf(answer.fields['InvokeId']);
        if (run === null) throw answer.malformed(t`without the id of the run`);
        return run;
      }),
    scriptResults: (run, instances, signal) =>
      resultsOf(instances, listResults(call, regionId, run, instances, signal)),
  };
}

function runCommand(
  regionId: string,
  { text, user, marker, timeoutSeconds }: RemoteScript,
  instances: readonly string[],
  how: { readonly repeatMode: 'Once' | 'DryRun'; readonly clientToken?: string },
): RunCommandRequest {
  return new RunCommandRequest({
    regionId,
    type: 'RunShellScript',
    commandContent: Buffer.from(text, 'utf8').toString('base64'),
    contentEncoding: 'Base64',
    instanceId: [...instances],
    name: marker,
    timeout: Math.max(timeoutSeconds, SHORTEST_TIMEOUT),
    username: user,
    // The default is root's home, which no other user can enter.
    workingDir: '/',
    keepCommand: false,
    ...how,
  });
}

/** The token by which the service recognises a repetition, another one for each batch: 64 ASCII characters at most. */
function tokenOf({ marker }: RemoteScript, instances: readonly string[]): string {
  return createHash('sha256')
    .update([marker, ...instances].join('\n'))
    .digest('hex');
}

function listAgents(
  call: CallEcs,
  regionId: string,
  instances: readonly string[],
  signal: AbortSignal,
): AsyncIterable<Agent> {
  const fetchPiece = async (token: string | null): Promise<Piece<Agent>> => {
    const asked = { regionId, instanceId: [...instances] };
    const model = new DescribeCloudAssistantStatusRequest(token === null ? asked : { ...asked, nextToken: token });
    const answer = await call('DescribeCloudAssistantStatus', model, { changes: false, signal });
    const set = fieldsOf(answer.fields['InstanceCloudAssistantStatusSet'])?.['InstanceCloudAssistantStatus'];
    const list = handledRows(set, 'InstanceId', readAgent);
    if (list === null) throw answer.malformed(t`without a list of agents`);
    return { items: list.items, next: lineOf(answer.fields['NextToken']) };
  };
  return allPieces(fetchPiece, ({ instance }) => instance);
}

/** A response has at most 1 MiB, and the output of one script up to 32 KB in Base64. */
const RESULTS_PER_PAGE = 20;

function listResults(
  call: CallEcs,
  regionId: string,
  run: string,
  instances: readonly string[],
  signal: AbortSignal,
): AsyncIterable<ScriptResult> {
  const [only] = instances;
  const fetchPiece = async (token: string | null) => {
    const model = new DescribeInvocationResultsRequest({
      regionId,
      invokeId: run,
      ...(instances.length === 1 ? { instanceId: only } : {}),
      // As plain text, bytes that are not UTF-8 would be lost.
      contentEncoding: 'Base64',
      maxResults: RESULTS_PER_PAGE,
      ...(token === null ? {} : { nextToken: token }),
    });
    return readResults(await call('DescribeInvocationResults', model, { changes: false, signal }));
  };
  return allPieces(fetchPiece, ({ instance }) => instance);
}

function readResults(answer: Answer): Piece<ScriptResult> {
  const invocation = fieldsOf(answer.fields['Invocation']);
  const rows = fieldsOf(invocation?.['InvocationResults'])?.['InvocationResult'];
  const list = handledRows(rows, 'InstanceId', readInvocation);
  if (list === null) throw answer.malformed(t`without a list of results`);
  return { items: list.items, next: lineOf(invocation?.['NextToken']) };
}
