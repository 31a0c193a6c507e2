import path from 'node:path';
import { homeShort, journalDirectory, stateDirectory } from '../../paths.ts';
import { KeypairError, withHints } from '../../errors.ts';
import { fingerprintIn } from '../../keys/fingerprint.ts';
import type { KeyType } from '../../keys/generate.ts';
import { t } from '../../i18n/t.ts';
import type { Descriptor } from '../../providers/types.ts';
import type { Session } from '../../cli/session.ts';
import { shellWord } from '../../shell-quote.ts';
import { isSameOwner, ownerOf } from '../../storage/owner.ts';
import { isUnderWay, type ReadableEntry } from '../../storage/journal-entries.ts';
import { ELSEWHERE } from '../../storage/journal.ts';
import { reservePlace } from '../../storage/key-file.ts';
import { tryKeyDirectory, tryOwnDirectory } from '../../storage/trial.ts';
import { type Connection, type Services, withServices } from '../../connection/connect.ts';
import type { CreateFlags } from './flags.ts';
import { answersFor } from './answers.ts';
import { destinationsFor } from './destination.ts';
import { createKeyPair } from '../../operations/create.ts';
import { doMany, type Many } from '../../cli/batch.ts';
import type { Job } from '../../operations/reservation.ts';
import { planResult } from './plan.ts';
import { requestsFor } from './request.ts';
import { type KnownPair, keyPairResult } from '../../operations/key-pair-record.ts';
import { noteChange } from '../../operations/completion-cache.ts';
import { createLocalPair } from '../../operations/create-local.ts';
import { localTypeFor } from '../../operations/local-pair-type.ts';
import {
  endEarlier,
  entriesOf,
  type Recreate,
  recreateHint,
  refuseWhileOpen,
} from '../../operations/recovery/recreate.ts';
import { findOpen, runningHere } from '../../operations/recovery/recovery.ts';
import { rememberPair } from '../../operations/ledger.ts';
import { placeFlags, settleTarget, type Target } from '../../connection/target.ts';

/** Runs `create`: everything is checked for every name before the first call. */
export async function runCreate(session: Session, flags: Partial<CreateFlags>): Promise<void> {
  const plan = await planCreate(session, flags);
  if (flags.dryRun === true) {
    await refuseAsCreate(session, plan);
    const style = await session.style(session.context.stdout);
    for (const job of plan.jobs) session.result(planResult(session, plan.target, job, plan.type, style));
    return;
  }
  await carryOutPlan(session, plan);
}

/** @throws KeypairError as a create whose places on this machine cannot be written; leaves nothing behind. */
async function refuseAsCreate({ context }: Session, { jobs }: CreatePlan): Promise<void> {
  for (const directory of new Set(jobs.map(({ destination }) => path.dirname(destination.file)))) {
    const refusal = await tryKeyDirectory(directory, context);
    if (refusal !== null) throw refusal;
  }
  const refusal = await tryOwnDirectory(journalDirectory(stateDirectory(context)), context, ELSEWHERE);
  if (refusal !== null) throw refusal;
}

/** All that a create will do, checked: nothing has been called. */
export interface CreatePlan {
  readonly target: Target;
  readonly jobs: readonly Job[];
  /** The kind of pair that is made here; null: the service makes it. */
  readonly type: KeyType | null;
  /** Null: an earlier create is not finished. */
  readonly recreate: Recreate | null;
}

/**
 * Settles what the flags ask for.
 *
 * @throws KeypairError for the first thing that would keep it from being done, before anything is called.
 */
export async function planCreate(session: Session, flags: Partial<CreateFlags>): Promise<CreatePlan> {
  const { descriptor, names } = await answersFor(session, flags.name ?? []);
  const type = localTypeFor(descriptor, flags);
  const requests = requestsFor(descriptor, names, flags, session.settings.profile);
  const recreate = recreateOf(session, descriptor, requests.length, flags.recreate);
  const destinations = await destinationsFor(
    session,
    requests,
    flags,
    recreate !== null ? await begunFiles(session) : undefined,
  );
  const jobs = requests.flatMap((request, index): readonly Job[] => {
    const destination = destinations[index];
    return destination === undefined ? [] : [{ request, destination }];
  });
  const target = await settleTarget(session, descriptor, flags.apiVersion ?? null);
  return { target, jobs, type, recreate };
}

/**
 * Makes what was planned, and shows each pair as soon as its private key is safe.
 *
 * @returns the pairs that were made.
 * @throws KeypairError, SeveralFailures.
 */
export async function carryOutPlan(session: Session, plan: CreatePlan): Promise<readonly KnownPair[]> {
  const { target, jobs, type, recreate } = plan;
  const made: KnownPair[] = [];
  const { warning } = target.descriptor;
  if (warning !== null) session.warn(warning);
  await withServices(session, async (services) => {
    const connection = await session.withSpinner(t`getting ready`, () => services.connect(target));
    const many = manyPairs(connection, jobs, creating(jobs, connection.region));
    await doMany(session, many, async (job, interrupted) => {
      const finished =
        recreate === null
          ? null
          : await endEarlier(session, services, connection, job.request.name, recreate, async () => {
              await (await reservePlace(job.destination.file, session.context)).release();
            });
      const known = finished ?? (await createPair(session, services, connection, job, type, interrupted));
      await showCreated(session, known, job, jobs.length === 1);
      made.push(known);
    });
  });
  return made;
}

/** @throws KeypairError `USAGE` for what names no pair, or one pair where several are made. */
function recreateOf(
  session: Session,
  descriptor: Descriptor,
  names: number,
  given: CreateFlags['recreate'] | undefined,
): Recreate | null {
  if (given === undefined || given === false) return null;
  if (given === true) return true;
  const text = descriptor.isId(given.trim()) ? given.trim() : fingerprintIn(given);
  if (text === null) {
    throw new KeypairError(
      'USAGE',
      t`--recreate takes the id or a fingerprint of the pair that may be deleted`,
      {
        hints: [t`see them with: keypair list ${placeFlags(session, descriptor)}`],
      },
    );
  }
  if (names > 1) throw new KeypairError('USAGE', t`--recreate with an id or a fingerprint takes one --name`);
  return text;
}

/** The key files of creates that have not ended. */
async function begunFiles(session: Session): Promise<ReadonlySet<string>> {
  return new Set((await findOpen(session)).flatMap(({ intent }) => intent?.privateKeyFile ?? []));
}

/**
 * Makes one pair: in the cloud, or here with `type`. What stays unfinished is said with the way to finish it.
 *
 * @throws KeypairError as {@link refuseWhileOpen}, {@link createKeyPair} and {@link createLocalPair}.
 */
export async function createPair(
  session: Session,
  services: Services,
  connection: Connection,
  job: Job,
  type: KeyType | null,
  interrupted: () => void,
): Promise<KnownPair> {
  await refuseWhileOpen(session, services, connection, job.request.name);
  try {
    const known =
      type === null
        ? await createKeyPair(session, connection, job, interrupted)
        : await createLocalPair(session, connection, job, type, interrupted);
    await rememberPair(session, connection, known.pair, known.publicKey, known.privateKeyPath, true);
    await noteChange(session, connection, null, known);
    return known;
  } catch (error) {
    if (!(error instanceof KeypairError) || !['PARTIAL', 'CONFLICT'].includes(error.code)) throw error;
    const left = await entriesOf(session, connection, job.request.name);
    const cutShort = left.find((entry) => isOurs(session, entry) || !isUnderWay(entry, runningHere(session)));
    // What became of a lost answer has been told, with what to do.
    if (cutShort === undefined || (isOurs(session, cutShort) && isLostAnswer(cutShort))) throw error;
    throw withHints(error, [recreateHint(session, cutShort.intent)]);
  }
}

/** Whether no answer came: neither a key, nor an id that proves whose the pair is. */
function isLostAnswer({ intent }: ReadableEntry): boolean {
  return intent.keyLost && intent.pairId === null;
}

/** Whether this process has left an entry: it will be at work on it for no longer than it lives. */
function isOurs({ context }: Session, { intent }: ReadableEntry): boolean {
  return isSameOwner(intent, ownerOf(context));
}

/**
 * How many pairs are made in one service: as many at once as keep its rate limit busy.
 *
 * @param doing what is shown meanwhile.
 */
export function manyPairs({ descriptor }: Connection, jobs: readonly Job[], doing: string): Many<Job> {
  return {
    items: jobs,
    nameOf: ({ request }) => request.name,
    doing,
    atOnce: workersFor(descriptor),
    endsAll: wrongCredentials,
  };
}

function creating(jobs: readonly Job[], region: string): string {
  const [only, ...more] = jobs;
  return only !== undefined && more.length === 0
    ? t`creating ${only.request.name} in ${region}`
    : t`creating ${jobs.length} key pairs in ${region}`;
}

/** What is asked of one service at once: answers take up to two seconds, and Ctrl-C waits for all of them. */
export function workersFor({ requestsPerSecond }: Descriptor): number {
  return requestsPerSecond === null ? 20 : 2 * requestsPerSecond;
}

function wrongCredentials({ code }: KeypairError): boolean {
  return code === 'AUTH';
}

/**
 * Shows a pair whose private key is safe.
 *
 * @param alone whether it is the only one: then the next step is said.
 */
export async function showCreated(
  session: Session,
  known: KnownPair,
  { destination }: Job,
  alone: boolean,
): Promise<void> {
  const { context, settings } = session;
  // With the private key on stdout, the words go to stderr.
  const stream = destination.handOver === null ? context.stdout : context.stderr;
  const result = keyPairResult(known, await session.style(stream));
  if (destination.handOver !== null) {
    if (!settings.quiet) context.stderr.write(result.text);
    return;
  }
  session.result(result);
  if (alone)
    session.info(
      t`next: ssh -i ${shellWord(homeShort(session.context.home, known.privateKeyPath ?? destination.file))} USER@HOST`,
    );
}
