import { setTimeout as sleep } from 'node:timers/promises';
import { providerAnswer } from '../cli/ask-provider.ts';
import { itemError } from '../cli/batch.ts';
import { confirm, missingConsent, type Session } from '../cli/session.ts';
import { keyDirectory } from '../cli/settings.ts';
import { checkAbility } from '../cli/validate.ts';
import type { Connection } from '../connection/connect.ts';
import { causedBy, KeypairError, SeveralFailures, withHints } from '../errors.ts';
import { formatFacts, joinList, t, withNote } from '../i18n/t.ts';
import { instanceAnswer, type RunningFlags } from './ask-instance.ts';
import { withPair } from './ask-key-pair.ts';
import { bindStates, type BindState, type BindTask, type Direction, isNoChange, untilDone } from './binding.ts';
import { cacheBinding } from './completion-cache.ts';
import { instanceIds, noInstances } from './find-instances.ts';
import { noteBinding } from './instances.ts';
import { readPublicKey } from './key-pair-record.ts';
import { keysHere } from './local-keys.ts';
import type { PublicKey } from '../keys/public-key.ts';
import type { BindOptions, Descriptor, ItemOutcome, KeyPairRef } from '../providers/types.ts';
import { isPlainId, shellWord } from '../sanitize.ts';

/** The flags of `attach` and `detach`. */
export type BindFlags = RunningFlags & {
  readonly wait?: boolean;
  readonly apiVersion?: string;
  readonly dryRun?: boolean;
};

/** The messages of one direction. */
interface Words {
  readonly question: (pair: string, instances: string) => string;
  readonly doing: (pair: string, instances: string) => string;
  /** After Ctrl-C, once the request was sent. */
  readonly asked: () => string;
  /** The service accepted the request, but its outcome is unknown. */
  readonly unseen: (pair: string, instance: string, why: string) => string;
  /** The service accepted the request, and it failed; `state` is empty or in brackets. */
  readonly failed: (pair: string, instance: string, state: string) => string;
  /** The service accepted the request, and it is not done; `state` as above. */
  readonly open: (pair: string, instance: string, state: string) => string;
}

const WORDS: Readonly<Record<Direction, Words>> = {
  attach: {
    question: (pair, instances) => t`Attach ${pair} to ${instances}?`,
    doing: (pair, instances) => t`attaching ${pair} to ${instances}`,
    asked: () => t`the attach request was sent: waiting for its outcome`,
    unseen: (pair, instance, why) =>
      t`attaching ${pair} to ${instance} was accepted; could not see whether it is done: ${why}`,
    failed: (pair, instance, state) => t`attaching ${pair} to ${instance} was accepted, and failed${state}`,
    open: (pair, instance, state) => t`attaching ${pair} to ${instance} was accepted, and is still not done${state}`,
  },
  detach: {
    question: (pair, instances) => t`Detach ${pair} from ${instances}?`,
    doing: (pair, instances) => t`detaching ${pair} from ${instances}`,
    asked: () => t`the detach request was sent: waiting for its outcome`,
    unseen: (pair, instance, why) =>
      t`detaching ${pair} from ${instance} was accepted; could not see whether it is done: ${why}`,
    failed: (pair, instance, state) => t`detaching ${pair} from ${instance} was accepted, and failed${state}`,
    open: (pair, instance, state) => t`detaching ${pair} from ${instance} was accepted, and is still not done${state}`,
  },
};

/** What a dry run says of a request: it would be made, and whether it is seen that it would change no binding. */
export type Plan = 'change' | 'no change';

/** Shows how an accepted request stands on one instance, or in a dry run, what it would do. */
export type ShowBinding = (connection: Connection, pair: KeyPairRef, state: BindState, plan?: Plan) => void;

/**
 * Binds a pair to instances, or unbinds it: shows what happens to the instances, asks, acts, and reports on each
 * instance.
 *
 * @param args the pair's name or id, and instances; what is missing is asked for.
 * @throws KeypairError `USAGE`, `NOT_FOUND`, `CANCELLED`; SeveralFailures for the instances that failed.
 */
export async function bindToInstances(
  session: Session,
  direction: Direction,
  args: readonly string[],
  flags: BindFlags,
  show: ShowBinding,
): Promise<void> {
  const [name = null, ...named] = args;
  const missing = [
    ...(name === null ? ['NAME'] : []),
    ...(named.length === 0 ? ['INSTANCE'] : []),
    ...(flags.online === true && flags.user === undefined ? ['--user'] : []),
    ...(flags.dryRun === true ? [] : missingConsent(session)),
  ];
  const descriptor = await providerAnswer(session, missing, t`Where is the key pair?`);
  bindOptions(descriptor, direction, flags);
  const version = flags.apiVersion ?? descriptor.apiVersions[0];
  await withPair(session, descriptor, version, name, async (connection, pair) => {
    const answer =
      named.length > 0
        ? { instances: named, flags: {} }
        : await instanceAnswer(session, connection, direction, pair, flags);
    const instances = await instanceIds(session, connection, version, answer.instances);
    const options = bindOptions(descriptor, direction, { ...flags, ...answer.flags });
    const job: Job = { session, connection, task: { direction, pair, options }, show };
    // For a user of a running instance it adds or removes one key, and leaves the others and the password alone.
    if (options.onlineUser === null)
      session.warn(direction === 'attach' ? descriptor.attachWarning : descriptor.detachWarning);
    // JSON prints no warnings.
    const states = session.settings.json && flags.dryRun !== true ? null : await look(job, instances);
    const mayRun = instances.filter((_, index) => runs(states?.[index]) !== false);
    if (mayRun.length > 0 && options.onlineUser === null) session.warn(descriptor.runningWarning);
    const failures: KeypairError[] = [];
    const failed = (error: KeypairError): void => {
      session.reportError(error);
      failures.push(error);
    };
    if (flags.dryRun === true) {
      showPlan(job, instances, states, failed);
      if (failures.length > 0) throw new SeveralFailures(failures);
      return;
    }
    await confirm(session, question(job, instances, states));
    const accepted: string[] = [];
    for (const { item, error } of await act(job, instances)) {
      if (error === null) accepted.push(item);
      else {
        const told = itemError(error, item, lookHint(job));
        failed(told.code === 'CONFLICT' ? withHints(told, [lookHint(job)]) : told);
      }
    }
    const known = { pair, publicKey: readPublicKey(pair.publicKey) };
    await cacheBinding(session, connection, known, direction, accepted);
    if (direction === 'attach' && known.publicKey !== null)
      await noteBinding(session, connection, accepted, known.publicKey);
    const done = flags.wait === true ? await waitFor(job, accepted, failed) : await tell(job, accepted);
    await tellNext(job, known.publicKey, done);
    if (failures.length > 0) throw new SeveralFailures(failures);
  });
}

interface Job {
  readonly session: Session;
  readonly connection: Connection;
  readonly task: BindTask;
  readonly show: ShowBinding;
}

/** Shows what would be done. Fails for instances that the service would refuse, as far as that is seen. */
function showPlan(
  job: Job,
  instances: readonly string[],
  states: readonly BindState[] | null,
  failed: (error: KeypairError) => void,
): void {
  const { connection, task, show } = job;
  for (const [index, instance] of instances.entries()) {
    const state = states?.[index] ?? { instance, seen: null, progress: 'unknown' };
    if (states !== null && connection.provider.listInstances !== undefined && state.seen === null) {
      failed(noInstances(connection, [instance]));
      continue;
    }
    const error = refusal(job, state);
    if (error === null) show(connection, task.pair, state, isNoChange(state, task) ? 'no change' : 'change');
    else failed(error);
  }
}

/** The error of the real request, if the state of the instance tells that the service will refuse it. */
function refusal(job: Job, state: BindState): KeypairError | null {
  const { descriptor, region } = job.connection;
  const { direction, pair, options } = job.task;
  const { instance } = state;
  const refused = (code: 'CONFLICT' | 'USAGE', message: string, hint: string): KeypairError =>
    new KeypairError(code, message, { provider: descriptor.id, region, hints: [hint] });
  if (state.seen?.platform === 'windows') {
    const hint = t`key pairs are for Linux instances: leave the others out`;
    return refused('USAGE', t`${instance} runs Windows`, hint);
  }
  if (descriptor.stopsRunning === 'when forced' && !options.forceStop && runs(state) === true)
    return refused('CONFLICT', t`${instance} is running`, t`stop the instance first, or give --force-stop`);
  if (!descriptor.refusesNoChange.includes(direction) || !isNoChange(state, job.task)) return null;
  if (direction === 'detach') return refused('CONFLICT', t`${pair.name} is not bound to ${instance}`, lookHint(job));
  // It may be bound for another user.
  return options.onlineUser === null
    ? refused('CONFLICT', t`${pair.name} is bound to ${instance} already`, lookHint(job))
    : null;
}

function lookHint({ connection: { descriptor, flagsToReproduce }, task: { pair } }: Job): string {
  return t`see where it is bound with: keypair show ${shellWord(pair.id ?? pair.name)} -p ${descriptor.id} -r ${flagsToReproduce}`;
}

/** The question. It shows each instance with its name and state, and first those that will be stopped. */
function question(
  { connection: { descriptor }, task }: Job,
  instances: readonly string[],
  states: readonly BindState[] | null,
): string {
  const { direction, pair, options } = task;
  const shown = instances.map((id, index) => {
    const seen = states?.[index]?.seen;
    const known = [seen?.name, seen?.state].filter((word) => typeof word === 'string');
    return withNote(id, formatFacts(known));
  });
  const asked = WORDS[direction].question(pair.name, joinList(shown));
  const { stopsRunning } = descriptor;
  const stops =
    stopsRunning === 'when forced'
      ? options.forceStop
      : stopsRunning === 'unless online' && options.onlineUser === null;
  const stopped = shown.filter((_, index) => stops && runs(states?.[index]) === true);
  return stopped.length === 0 ? asked : t`${joinList(stopped)} will be stopped by force: ${asked}`;
}

/** Whether an instance is running; null if unknown. */
function runs(state: BindState | undefined): boolean | null {
  const seen = state?.seen?.state ?? null;
  return seen === null ? null : /^running$/i.test(seen);
}

/** The states of the instances; null if the account may not see them: permission to bind does not include it. */
async function look(job: Job, instances: readonly string[]): Promise<readonly BindState[] | null> {
  const { session, connection, task } = job;
  if (instances.length === 0) return null;
  try {
    return await session.withSpinner(t`looking at the instances`, () =>
      bindStates(connection.provider, task, instances, session.context.interrupts.signal),
    );
  } catch (error) {
    if (error instanceof KeypairError) return null;
    throw error;
  }
}

async function act({ session, connection, task }: Job, instances: readonly string[]): Promise<readonly ItemOutcome[]> {
  const { provider, descriptor } = connection;
  const { direction, pair, options } = task;
  const { interrupts } = session.context;
  return interrupts.hold(
    () =>
      session.withSpinner(WORDS[direction].doing(pair.name, inWords(instances)), () => {
        const outcomes = provider[`${direction}KeyPair`]?.(pair, instances, options, interrupts.signal);
        if (outcomes === undefined)
          throw new KeypairError('USAGE', t`${descriptor.title} does not support ${direction}`);
        return outcomes;
      }),
    () => {
      session.warn(WORDS[direction].asked());
    },
  );
}

/** Reports the accepted requests and their progress. @returns the states that are known. */
async function tell(job: Job, accepted: readonly string[]): Promise<readonly BindState[]> {
  const { session, connection, task, show } = job;
  const states = await look(job, accepted);
  for (const [index, instance] of accepted.entries()) {
    const state = states?.[index] ?? { instance, seen: null, progress: 'unknown' };
    show(connection, task.pair, state);
  }
  if (states?.some(({ progress }) => progress !== 'done') === true)
    session.info(t`it is not done everywhere yet (--wait waits for it); ${lookHint(job)}`);
  return states ?? [];
}

/**
 * The line that logs in, if the private key is here and one of the instances runs with it; where the instance gets the
 * key at its next boot only, the one that puts it on now.
 */
async function tellNext(
  { session, connection: { descriptor, flagsToReproduce }, task }: Job,
  publicKey: PublicKey | null,
  states: readonly BindState[],
): Promise<void> {
  const ready = states.find((state) => state.progress === 'done' && runs(state) === true && isPlainId(state.instance));
  if (task.direction === 'detach' || ready === undefined || publicKey === null) return;
  // Nobody would see it: do not read the key files for it.
  if (session.settings.json || session.settings.quiet) return;
  const local = await keysHere(session, keyDirectory(session, undefined));
  if (local.find(publicKey)?.privateKeyFile == null) return;
  const place = `-p ${descriptor.id} -r ${flagsToReproduce}`;
  if (descriptor.stopsRunning === 'never') {
    const words = `${shellWord(task.pair.name)} ${ready.instance} ${place}`;
    session.info(t`next: reboot it, or put the key on it now with: keypair authorize ${words}`);
  } else session.info(t`next: keypair ssh ${ready.instance} ${place}`);
}

/** Waits for the instances and reports each as it is done; one that is not done fails with `PARTIAL`. @returns the done ones. */
async function waitFor(
  job: Job,
  accepted: readonly string[],
  failed: (error: KeypairError) => void,
): Promise<readonly BindState[]> {
  const { session, connection, task, show } = job;
  const { signal } = session.context.interrupts;
  const open = new Set(accepted);
  const watch = {
    look: (instances: readonly string[]) => bindStates(connection.provider, task, instances, signal),
    pause: (ms: number) =>
      sleep(ms, undefined, { signal }).catch(() => {
        throw new KeypairError('CANCELLED', t`cancelled: did not wait for the outcome`);
      }),
  };
  const done: BindState[] = [];
  if (accepted.length === 0) return done;
  try {
    await session.withSpinner(t`waiting for ${inWords(accepted)}`, async (update) => {
      for await (const state of untilDone(accepted, watch)) {
        open.delete(state.instance);
        if (state.progress === 'done') {
          show(connection, task.pair, state);
          done.push(state);
        } else failed(notDone(task, connection, state, lookHint(job)));
        update(t`waiting for ${inWords([...open])}`);
      }
    });
  } catch (error) {
    if (!(error instanceof KeypairError)) throw error;
    for (const instance of open) {
      const state = { instance, seen: null, progress: 'unknown' } as const;
      failed(notDone(task, connection, state, lookHint(job), error));
    }
  }
  return done;
}

/** The instances on one line. */
function inWords(instances: readonly string[]): string {
  return instances.length <= 5 ? joinList(instances) : t`${instances.length} instances`;
}

/**
 * Reads the flags, and checks that the provider supports them.
 *
 * @throws KeypairError `USAGE`.
 */
function bindOptions(descriptor: Descriptor, direction: Direction, flags: BindFlags): BindOptions {
  const version = flags.apiVersion ?? descriptor.apiVersions[0];
  const { wait = false, forceStop = false, online = false, user } = flags;
  checkAbility(descriptor, version, 'attach', direction);
  if (wait) checkAbility(descriptor, version, 'instances', '--wait');
  if (forceStop) checkAbility(descriptor, version, 'forceStop', '--force-stop');
  if (online) checkAbility(descriptor, version, 'online', '--online');
  if (online && user === undefined)
    throw new KeypairError('USAGE', t`--online requires --user (the login user on the instance)`);
  if (!online && user !== undefined) throw new KeypairError('USAGE', t`--user is for --online only`);
  if (user !== undefined && !/^[^\s\p{Cc}]+$/u.test(user))
    throw new KeypairError('USAGE', t`--user takes the name of a user`);
  return { forceStop, onlineUser: user ?? null };
}

/**
 * The error for an accepted request that is not seen to be done.
 *
 * @param cause the error that made its state unknown, if any.
 */
function notDone(
  { direction, pair }: BindTask,
  { descriptor }: Connection,
  { instance, seen, progress }: BindState,
  look: string,
  cause?: KeypairError,
): KeypairError {
  const { unseen, failed, open } = WORDS[direction];
  const state = seen?.state == null ? '' : t` (the instance is ${seen.state})`;
  const message =
    cause !== undefined
      ? unseen(pair.name, instance, cause.message)
      : (progress === 'failed' ? failed : open)(pair.name, instance, state);
  return new KeypairError('PARTIAL', message, {
    ...(cause === undefined ? {} : causedBy(cause)),
    provider: descriptor.id,
    hints: [look, ...(cause?.hints ?? [])],
    outcome: 'unknown',
  });
}
