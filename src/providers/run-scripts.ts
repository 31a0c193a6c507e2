import { KeypairError } from '../errors.ts';
import { t } from '../i18n/t.ts';
import { printable } from '../sanitize.ts';
import { inBatches } from './batches.ts';
import { countOf, textOf } from './parse.ts';
import { HINTS, type Service } from './response.ts';
import type { AgentState, ScriptResult, StartedScript } from './scripts.ts';
import type { ItemOutcome } from './types.ts';

/** What the adapters share that run scripts on instances. */

/**
 * Starts a script on instances in batches.
 *
 * @param start sends one request for these instances, and returns the id of the run.
 * @throws KeypairError as {@link inBatches}.
 */
export async function startInBatches(
  instances: readonly string[],
  size: number,
  start: (batch: readonly string[]) => Promise<string>,
): Promise<readonly StartedScript[]> {
  const runs = new Map<string, string>();
  const outcomes = await inBatches(instances, {
    size,
    nameOf: (instance) => instance,
    async act(batch) {
      const run = await start(batch);
      for (const instance of batch) runs.set(instance, run);
      return batch.map(() => null);
    },
  });
  return outcomes.map((outcome) => ({ ...outcome, run: runs.get(outcome.item) ?? null }));
}

/** The vendor's agent on an instance, as its service lists it. */
export interface Agent extends AgentState {
  readonly windows: boolean;
}

/** Lists the agents on instances: at most as many as one request takes. */
type ListAgents = (batch: readonly string[]) => AsyncIterable<Agent>;

/** The states of the agents on instances, in order. @throws as {@link readAgents} */
export async function agentStatesOf(
  instances: readonly string[],
  size: number,
  list: ListAgents,
): Promise<readonly AgentState[]> {
  const agents = await readAgents(instances, size, list);
  return instances.map((instance) => ({ instance, state: agents.get(instance)?.state ?? 'absent' }));
}

/**
 * Whether a service without a dry run would accept a script on instances, in order: it follows from the agents.
 *
 * @throws as {@link readAgents}
 */
export async function triedByAgents(
  service: Service,
  instances: readonly string[],
  size: number,
  list: ListAgents,
): Promise<readonly ItemOutcome[]> {
  const agents = await readAgents(instances, size, list);
  return instances.map((instance) => triedByAgent(service, instance, agents.get(instance)));
}

/**
 * Reads what a service tells about the agents on instances, by instance. Instances that the service does not know are
 * absent; if one makes it refuse a batch, each is asked for alone.
 *
 * @throws KeypairError for any refusal but `NOT_FOUND`.
 */
async function readAgents(
  instances: readonly string[],
  size: number,
  list: ListAgents,
): Promise<ReadonlyMap<string, Agent>> {
  const agents = new Map<string, Agent>();
  const outcomes = await inBatches(instances, {
    size,
    nameOf: (instance) => instance,
    async act(batch) {
      const listed: Agent[] = [];
      for await (const agent of list(batch)) listed.push(agent);
      for (const agent of listed) agents.set(agent.instance, agent);
      return batch.map(() => null);
    },
  });
  for (const { error } of outcomes) if (error !== null && error.code !== 'NOT_FOUND') throw error;
  return agents;
}

/** @param agent undefined if the service does not list it. */
function triedByAgent({ id }: Service, instance: string, agent: Agent | undefined): ItemOutcome {
  const refuse = (code: 'CONFLICT' | 'USAGE', message: string, hint: string): ItemOutcome => ({
    item: instance,
    error: new KeypairError(code, message, { hints: [hint], provider: id }),
  });
  if (agent?.windows === true) return refuse('USAGE', t`${instance} runs Windows`, HINTS.linux);
  if (agent === undefined || agent.state === 'absent')
    return refuse('CONFLICT', t`the vendor's agent is not installed on ${instance}`, HINTS.agent);
  if (agent.state !== 'online') return refuse('CONFLICT', t`the vendor's agent on ${instance} is offline`, HINTS.agent);
  return { item: instance, error: null };
}

/**
 * Sends a request that starts a script, once, and returns the id of its run. The service recognises no repetition, so if
 * the outcome is unknown, the run is looked up.
 *
 * @param find the id of the run, or null.
 * @throws KeypairError with outcome `unknown` if the run is not found either: it may still start.
 */
export async function startOnce(start: () => Promise<string>, find: () => Promise<string | null>): Promise<string> {
  try {
    return await start();
  } catch (error) {
    if (!(error instanceof KeypairError) || error.outcome !== 'unknown') throw error;
    const run = await find().catch((reason: unknown) => {
      if (reason instanceof KeypairError) return null;
      throw reason;
    });
    if (run === null) throw error;
    return run;
  }
}

/** The result of a run on one instance, as its service tells it. All but `instance` and `state` is unchecked. */
interface RawResult {
  readonly instance: string;
  /** Undefined if the service's status is not known. */
  readonly state: ScriptResult['state'] | undefined;
  readonly exitCode: unknown;
  /** Base64. */
  readonly output: unknown;
  /** The service's status, and then what it says about it. */
  readonly reasons: readonly unknown[];
}

/** A checked result. A run that ended without a valid exit code is `unknown`. */
export function readResult({ instance, state = 'unknown', exitCode, output, reasons }: RawResult): ScriptResult {
  const exit = state === 'ended' ? countOf(exitCode) : null;
  const known = state === 'ended' && exit === null ? 'unknown' : state;
  const reason = reasons.flatMap((part) => textOf(part)?.trim() ?? []).join(': ');
  return {
    instance,
    state: known,
    exitCode: exit,
    output: outputOf(output),
    reason: known === 'not run' || known === 'unknown' ? printable(reason) || null : null,
  };
}

/** The results of these instances, in order. One that is not listed is still under way. */
export async function resultsOf(
  instances: readonly string[],
  listed: AsyncIterable<ScriptResult>,
): Promise<readonly ScriptResult[]> {
  const results = new Map<string, ScriptResult>();
  for await (const result of listed) results.set(result.instance, result);
  return instances.map(
    (instance) => results.get(instance) ?? { instance, state: 'under way', exitCode: null, output: '', reason: null },
  );
}

/** Both services keep no more of the output of a script, in bytes. */
const MOST_OUTPUT = 24 * 1024;

/** Base64 as UTF-8 text; bytes that are not UTF-8 become U+FFFD. An empty text for anything else. */
function outputOf(value: unknown): string {
  return Buffer.from(textOf(value) ?? '', 'base64')
    .subarray(0, MOST_OUTPUT)
    .toString('utf8');
}
