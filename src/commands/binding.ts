import { setTimeout as sleep } from 'node:timers/promises';
import { KeypairError, SeveralFailures, withHints } from '../errors.ts';
import { bracketed, listed, together } from '../i18n/phrases.ts';
import { shellWord } from '../shell-quote.ts';
import { t } from '../i18n/t.ts';
import type { ItemOutcome } from '../providers/types.ts';
import type { Session } from '../cli/session.ts';
import { type BindFlags, bindOptions, missingFlags } from './binding-flags.ts';
import { instanceAnswer } from './ask-instance.ts';
import {
  type Direction,
  bindStates,
  type BindState,
  type BindTask,
  untilDone,
} from '../operations/binding.ts';
import { bindResult, notDone, WORDS } from './binding-texts.ts';
import { confirm, missingConsent } from '../cli/confirm.ts';
import { type Connection, withServices } from '../connection/connect.ts';
import { findPair } from '../connection/find-key-pair.ts';
import { itemError } from '../cli/batch.ts';
import { readPublicKey } from '../operations/key-pair-record.ts';
import { isMeant, pairMeant } from '../operations/ledger.ts';
import { noteBinding } from '../operations/completion-cache.ts';
import { pairAnswer } from '../operations/ask-key-pair.ts';
import { providerAnswer } from '../cli/ask-provider.ts';
import { settleTarget } from '../connection/target.ts';

/** Runs `attach` or `detach`: says what it does to the instances and asks, then acts, then tells of each. */
export async function runBind(
  session: Session,
  direction: Direction,
  named: { readonly name: string | null; readonly instances: readonly string[] },
  flags: Partial<BindFlags>,
): Promise<void> {
  const missing = [
    ...(named.name === null ? ['NAME'] : []),
    ...(named.instances.length === 0 ? ['INSTANCE'] : []),
    ...missingFlags(flags),
    ...missingConsent(session),
  ];
  const descriptor = await providerAnswer(session, missing, t`Where is the key pair?`);
  bindOptions(descriptor, direction, flags);
  const target = await settleTarget(session, descriptor, flags.apiVersion ?? null);
  if (descriptor.warning !== null) session.warn(descriptor.warning);
  const meant = await pairMeant(session, [descriptor], named.name ?? (await pairAnswer(session, target)));
  await withServices(session, async (services) => {
    const { signal } = session.context.interrupts;
    const connection = await session.withSpinner(t`getting ready`, () => services.connect(target));
    const pair = await session.withSpinner(t`looking for ${meant.text}`, () =>
      findPair(connection, meant.text, signal, (one) => isMeant(session, connection, one, meant)),
    );
    const answer =
      named.instances.length > 0
        ? { instances: named.instances, flags: {} }
        : await instanceAnswer(session, connection, direction, pair, flags);
    const instances = [...new Set(answer.instances)];
    const options = bindOptions(descriptor, direction, { ...flags, ...answer.flags });
    const job: Job = { session, connection, task: { direction, pair, options } };
    session.warn(direction === 'attach' ? descriptor.attachWarning : descriptor.detachWarning);
    // Nobody reads a warning of JSON's.
    const states = session.settings.json ? null : await look(job, instances);
    const mayRun = instances.filter((_, index) => runs(states?.[index]) !== false);
    if (mayRun.length > 0 && options.onlineUser === null) session.warn(descriptor.runningWarning);
    await confirm(session, question(job, instances, states));
    const failures: KeypairError[] = [];
    const failed = (error: KeypairError): void => {
      session.reportError(error);
      failures.push(error);
    };
    const accepted: string[] = [];
    for (const { item, error } of await act(job, instances)) {
      if (error === null) accepted.push(item);
      else {
        const told = itemError(error, item, lookHint(job));
        failed(told.code === 'CONFLICT' ? withHints(told, [lookHint(job)]) : told);
      }
    }
    const known = { pair, publicKey: readPublicKey(pair.publicKey) };
    await noteBinding(session, target, known, direction, accepted);
    if (flags.wait === true) await waitFor(job, accepted, failed);
    else await tell(job, accepted);
    if (failures.length > 0) throw new SeveralFailures(failures);
  });
}

interface Job {
  readonly session: Session;
  readonly connection: Connection;
  readonly task: BindTask;
}

function lookHint({ connection: { descriptor, regionWords }, task: { pair } }: Job): string {
  return t`see where it is bound with: keypair show ${shellWord(pair.id ?? pair.name)} -p ${descriptor.id} -r ${regionWords}`;
}

/** The instances are shown by name and state, so that one may notice a wrong id; first those that will be stopped. */
function question(
  { connection: { descriptor }, task }: Job,
  instances: readonly string[],
  states: readonly BindState[] | null,
): string {
  const { direction, pair, options } = task;
  const shown = instances.map((id, index) => {
    const seen = states?.[index]?.seen;
    const known = [seen?.name, seen?.state].filter((word) => typeof word === 'string');
    return bracketed(id, together(known));
  });
  const asked = WORDS[direction].question(pair.name, listed(shown));
  const { stopsRunning } = descriptor;
  const stops =
    stopsRunning === 'when forced'
      ? options.forceStop
      : stopsRunning === 'unless online' && options.onlineUser === null;
  const stopped = shown.filter((_, index) => stops && runs(states?.[index]) === true);
  return stopped.length === 0 ? asked : t`${listed(stopped)} will be stopped for it, by force: ${asked}`;
}

/** Whether an instance runs; null where that cannot be seen. */
function runs(state: BindState | undefined): boolean | null {
  const seen = state?.seen?.state ?? null;
  return seen === null ? null : /^running$/i.test(seen);
}

/** How far it has come, where that can be seen: whoever may bind key pairs need not have the right to look. */
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

async function act(
  { session, connection, task }: Job,
  instances: readonly string[],
): Promise<readonly ItemOutcome[]> {
  const { provider, descriptor } = connection;
  const { direction, pair, options } = task;
  const { interrupts } = session.context;
  return interrupts.hold(
    () =>
      session.withSpinner(WORDS[direction].doing(pair.name, inWords(instances)), () => {
        const outcomes = provider[`${direction}KeyPair`]?.(pair, instances, options, interrupts.signal);
        if (outcomes === undefined)
          throw new KeypairError('USAGE', t`${descriptor.title} has nothing for ${direction}`);
        return outcomes;
      }),
    () => {
      session.warn(WORDS[direction].asked());
    },
  );
}

/** Tells what the service took, and how far it has come. */
async function tell(job: Job, accepted: readonly string[]): Promise<void> {
  const { session } = job;
  const states = await look(job, accepted);
  for (const [index, instance] of accepted.entries()) {
    const state = states?.[index] ?? { instance, seen: null, progress: 'unknown' };
    session.result(bindResult(job.task, job.connection, state, session.settings.sandbox));
  }
  if (states?.some(({ progress }) => progress !== 'done') === true)
    session.info(t`it is not done everywhere yet (--wait waits for it); ${lookHint(job)}`);
}

/** Tells of each instance as soon as it is done there; of those on which it is not, as `PARTIAL`. */
async function waitFor(
  job: Job,
  accepted: readonly string[],
  failed: (error: KeypairError) => void,
): Promise<void> {
  const { session, connection, task } = job;
  const { signal } = session.context.interrupts;
  const open = new Set(accepted);
  const watch = {
    look: (instances: readonly string[]) => bindStates(connection.provider, task, instances, signal),
    pause: (ms: number) =>
      sleep(ms, undefined, { signal }).catch(() => {
        throw new KeypairError('CANCELLED', t`cancelled: it was not waited for`);
      }),
  };
  if (accepted.length === 0) return;
  try {
    await session.withSpinner(t`waiting for ${inWords(accepted)}`, async (update) => {
      for await (const state of untilDone(accepted, watch)) {
        open.delete(state.instance);
        if (state.progress === 'done')
          session.result(bindResult(task, connection, state, session.settings.sandbox));
        else failed(notDone(task, connection, state, lookHint(job)));
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
}

/** Instances as one line can show them. */
function inWords(instances: readonly string[]): string {
  return instances.length <= 5 ? listed(instances) : t`${instances.length} instances`;
}
