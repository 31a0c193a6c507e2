import type { Behaviour } from './behaviour.ts';
import { accountNames, phaseOf, type StoredInstance } from './instances.ts';
import { type Contents, newId, type Repository } from './repository.ts';

/** How a script ended, or why it did not start. */
export type Ending =
  | { readonly kind: 'exited'; readonly code: number; readonly output: string; readonly dropped: number }
  /** Stopped at its time limit. */
  | { readonly kind: 'timeout'; readonly output: string; readonly dropped: number }
  /** Nothing ran. `text` is for people. */
  | { readonly kind: 'not-started'; readonly reason: NotStarted; readonly text: string }
  /** Cancelled before it was delivered. */
  | { readonly kind: 'cancelled' }
  /** Cancelled while it ran. */
  | { readonly kind: 'terminated'; readonly output: string; readonly dropped: number };

/** Why a script did not start: the instance or its agent, the user, the directory, or the sandbox, which runs none. */
export type NotStarted = 'instance' | 'agent' | 'user' | 'directory' | 'start';

/** A run on one instance. */
export interface StoredTask {
  readonly id: string;
  readonly instanceId: string;
  /** When the instance starts the script, ISO 8601, UTC. Null: not yet delivered, nobody knows. */
  readonly startsAt: string | null;
  readonly endsAt: string | null;
  /** Output is base64. */
  readonly ending: Ending | null;
}

/** A script that was sent to instances of one service and region. */
export interface StoredRun {
  readonly id: string;
  readonly commandId: string;
  /** CommandName or Name; empty for none. */
  readonly name: string;
  /** What identifies a repetition: the ClientToken and a hash of the parameters. Null without a token. */
  readonly token: { readonly token: string; readonly hash: string } | null;
  /** The script, base64. */
  readonly content: string;
  readonly user: string;
  readonly directory: string;
  readonly timeoutSeconds: number;
  readonly createdAt: string;
  readonly tasks: readonly StoredTask[];
}

/** Where a task is. `undelivered` and `lost`: nobody has heard of it in time. */
export type TaskPhase = 'pending' | 'delivering' | 'running' | 'ended' | 'undelivered' | 'lost';

/** How many runs a region keeps. */
const MOST_RUNS = 50;

/** How long a service tries to deliver a script, in milliseconds (Alibaba: one minute). */
export const DELIVERY_MS = 60_000;

/** How long after its time limit a service waits for the end of a script, in milliseconds. A guess. */
const GRACE_MS = 10_000;

/** The longest output, in bytes. */
export const MOST_OUTPUT = 24 * 1024;

/** Output as it is stored: base64, cut. */
export function cutOutput(bytes: Buffer): { readonly output: string; readonly dropped: number } {
  const kept = bytes.subarray(0, MOST_OUTPUT);
  return { output: kept.toString('base64'), dropped: bytes.length - kept.length };
}

/** The phase of a task, by the clock. @param agentMs how long scripts take to be delivered and to run */
export function taskPhase(task: StoredTask, run: StoredRun, now: Date, agentMs: number): TaskPhase {
  const at = now.getTime();
  const since = at - Date.parse(run.createdAt);
  const { startsAt, endsAt, ending } = task;
  if (ending !== null && endsAt !== null && at >= Date.parse(endsAt)) return 'ended';
  if (startsAt === null || at < Date.parse(startsAt)) {
    if (ending === null && since >= DELIVERY_MS) return 'undelivered';
    return since < agentMs / 3 ? 'pending' : 'delivering';
  }
  return ending === null && at >= Date.parse(startsAt) + run.timeoutSeconds * 1000 + GRACE_MS ? 'lost' : 'running';
}

/** The part of a run that the sender chooses. */
export type NewRun = Omit<StoredRun, 'createdAt' | 'tasks'>;

/**
 * The model that answers where no script is executed: it knows `true` and `echo WORDS`. Whatever else comes, it says
 * that it did not start.
 *
 * @param why no script is executed.
 */
export function modelEnding(script: string, why: string): Ending {
  const line = script.trim();
  if (line === 'true') return { kind: 'exited', code: 0, ...cutOutput(Buffer.alloc(0)) };
  const words = /^echo(?: ([\w ./:@=+,-]*))?$/.exec(line);
  if (words !== null) return { kind: 'exited', code: 0, ...cutOutput(Buffer.from(`${words[1] ?? ''}\n`)) };
  return { kind: 'not-started', reason: 'start', text: `only "true" and "echo WORDS" are known here: ${why}` };
}

interface Start {
  readonly taskPrefix: 'invt' | 't';
  /** Why the instance does not start the script; null if it does. */
  readonly refusalOf: (instance: StoredInstance) => Ending | null;
  readonly now: Date;
  readonly agentMs: number;
  /** Whether an executor runs the script; otherwise the model answers. */
  readonly executes: boolean;
}

const NO_EXECUTOR = 'this sandbox was started without --run-commands';

/** The run with its tasks. A task that cannot start ends at once, and one that the model answers by the clock. */
export function newRun(chosen: NewRun, instances: readonly StoredInstance[], start: Start): StoredRun {
  const after = (share: number): string => new Date(start.now.getTime() + start.agentMs * share).toISOString();
  const tasks = instances.map((instance): StoredTask => {
    const task = { id: newId(start.taskPrefix, 8), instanceId: instance.id };
    const refusal = start.refusalOf(instance);
    if (refusal !== null) return { ...task, startsAt: null, endsAt: after(2 / 3), ending: refusal };
    if (start.executes) return { ...task, startsAt: null, endsAt: null, ending: null };
    const ending = modelEnding(Buffer.from(chosen.content, 'base64').toString(), NO_EXECUTOR);
    return { ...task, startsAt: after(2 / 3), endsAt: after(1), ending };
  });
  return { ...chosen, createdAt: start.now.toISOString(), tasks };
}

/** The agent of an instance: as the behaviour says if the instance runs, otherwise not online. */
export function agentState(instance: StoredInstance, behaviour: Behaviour, now: Date): 'online' | 'offline' | 'absent' {
  const agent = behaviour.agent(instance.id);
  return agent === 'online' && phaseOf(instance, now) !== 'running' ? 'offline' : agent;
}

/**
 * Why an instance does not start a script as this user in this directory; null if it does, as far as is known before.
 *
 * @param directory null if an executor will see it.
 */
export function accountRefusal(instance: StoredInstance, user: string, directory: string | null): Ending | null {
  if (!accountNames(instance.id).includes(user)) {
    return { kind: 'not-started', reason: 'user', text: `the user ${user} does not exist` };
  }
  if (directory === null || /^\/(root|tmp|home(\/[a-z-]+)?)?\/?$/.test(directory)) return null;
  return { kind: 'not-started', reason: 'directory', text: `the directory ${directory} does not exist` };
}

/** Adds a run, the newest first. The oldest are forgotten. */
export function withRun(contents: Contents, run: StoredRun): Contents {
  return { ...contents, runs: [run, ...contents.runs].slice(0, MOST_RUNS) };
}

/** Changes one task of a run. `change` may run several times. It returns the same task to change nothing. */
export function updateTask(
  repository: Repository,
  runId: string,
  taskId: string,
  change: (task: StoredTask, run: StoredRun) => StoredTask,
): void {
  repository.update((contents) => {
    const run = contents.runs.find(({ id }) => id === runId);
    const task = run?.tasks.find(({ id }) => id === taskId);
    if (run === undefined || task === undefined) return contents;
    const changed = change(task, run);
    if (changed === task) return contents;
    const tasks = run.tasks.map((one) => (one === task ? changed : one));
    return { ...contents, runs: contents.runs.map((one) => (one === run ? { ...run, tasks } : one)) };
  });
}
