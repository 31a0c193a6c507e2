import { type Fields, textOf, wordOf } from '../../parse.ts';
import { type Agent, readResult } from '../../run-scripts.ts';
import type { ScriptResult } from '../../scripts.ts';

/** What ECS and Simple Application Server return about Cloud Assistant, the vendor's agent: the same fields. */

/** The service takes no shorter time limit, in seconds. */
export const SHORTEST_TIMEOUT = 10;

/** Parses the status of the agent on one instance. */
export function readAgent(fields: Fields, instance: string): Agent {
  const windows = wordOf(fields['OSType']) === 'windows';
  if (wordOf(fields['CloudAssistantStatus']) === 'true') return { instance, state: 'online', windows };
  // An agent that has never reported has no version.
  const state = textOf(fields['CloudAssistantVersion']) === null ? 'absent' : 'offline';
  return { instance, state, windows };
}

/** Parses the result of a run on one instance. */
export function readInvocation(fields: Fields, instance: string): ScriptResult {
  const { InvocationStatus: status, ErrorCode: code, ErrorInfo: info } = fields;
  return readResult({
    instance,
    state: status === 'Error' && NOT_STARTED.has(code) ? 'not run' : STATES.get(status),
    exitCode: fields['ExitCode'],
    output: fields['Output'],
    reasons: [status, code, info],
  });
}

/** The values of `InvocationStatus` (DescribeInvocationResults). */
const STATES: ReadonlyMap<unknown, ScriptResult['state']> = new Map([
  ['Pending', 'under way'],
  ['Scheduled', 'under way'],
  ['Running', 'under way'],
  ['Success', 'ended'],
  ['Failed', 'ended'],
  ['Invalid', 'not run'],
  // It could not be sent within a minute.
  ['Aborted', 'not run'],
  // Before it was started.
  ['Cancelled', 'not run'],
  ['Error', 'unknown'],
  ['Timeout', 'unknown'],
  ['Stopping', 'unknown'],
  ['Terminated', 'unknown'],
]);

/** The values of `ErrorCode` that tell that the agent did not start the script. */
const NOT_STARTED: ReadonlySet<unknown> = new Set([
  'AccountNotExists',
  'ClientIsUpgrading',
  'ClientNeedUpgrade',
  'ClientNotRunning',
  'CommandNotApplicable',
  'DirectoryNotExists',
  'InstanceNotExists',
  'InstanceNotRunning',
]);
