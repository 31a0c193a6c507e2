import type { LocalFlags, NewPairFlags } from '../create/flags.ts';
import { KeypairError } from '../../errors.ts';
import type { KeyType } from '../../keys/generate.ts';
import { t } from '../../i18n/t.ts';
import type { LocalKeys } from '../../storage/key-directory.ts';
import type { Session } from '../../cli/session.ts';
import { type Connection, type Services, withServices } from '../../connection/connect.ts';
import { answersFor } from '../create/answers.ts';
import { checkApart, keyFileFor, warnOfLookAlikes } from '../create/destination.ts';
import { doMany } from '../../cli/batch.ts';
import type { Job } from '../../operations/reservation.ts';
import { requestsFor } from '../create/request.ts';
import { createPair, manyPairs, showCreated } from '../create/run.ts';
import { standingOf } from '../../operations/ensure.ts';
import { dropCopies } from '../../operations/copies.ts';
import { keyDirectory, keysHere } from '../../cli/key-directory.ts';
import { keyPairResult, type KnownPair } from '../../operations/key-pair-record.ts';
import { localTypeFor } from '../../operations/local-pair-type.ts';
import { endEarlier } from '../../operations/recovery/recreate.ts';
import { settleTarget } from '../../connection/target.ts';

/** The flags of `ensure`, as Commander names them. */
export interface EnsureFlags extends NewPairFlags, LocalFlags {
  readonly name: readonly string[];
}

/** Runs `ensure`: everything is checked for every name before the first call. */
export async function runEnsure(session: Session, flags: Partial<EnsureFlags>): Promise<void> {
  const { descriptor, names } = await answersFor(session, flags.name ?? []);
  const type = localTypeFor(descriptor, flags);
  const requests = requestsFor(descriptor, names, flags, session.settings.profile);
  checkApart(requests);
  const jobs = requests.map((request): Job => {
    const file = keyFileFor(session, request.name, flags.keyDir);
    return { request, destination: { file, handOver: null, copy: false } };
  });
  const target = await settleTarget(session, descriptor, flags.apiVersion ?? null);
  if (descriptor.warning !== null) session.warn(descriptor.warning);
  const local = await keysHere(session, keyDirectory(session, flags.keyDir));
  await dropCopies(session, (publicKey) => local.find(publicKey)?.privateKeyFile ?? null);
  await withServices(session, async (services) => {
    const connection = await session.withSpinner(t`getting ready`, () => services.connect(target));
    const many = manyPairs(connection, jobs, ensuring(jobs, connection.region));
    await doMany(session, many, async (job, interrupted) => {
      await ensureOne(session, services, connection, job, {
        type,
        local,
        alone: jobs.length === 1,
        interrupted,
      });
    });
  });
}

function ensuring(jobs: readonly Job[], region: string): string {
  const [only, ...more] = jobs;
  return only !== undefined && more.length === 0
    ? t`ensuring ${only.request.name} in ${region}`
    : t`ensuring ${jobs.length} key pairs in ${region}`;
}

interface How {
  readonly type: KeyType | null;
  readonly local: LocalKeys;
  readonly alone: boolean;
  readonly interrupted: () => void;
}

async function ensureOne(
  session: Session,
  services: Services,
  connection: Connection,
  job: Job,
  how: How,
): Promise<void> {
  const { request, destination } = job;
  const standing = await standingOf(session, connection, request.name, destination.file, how.local);
  if (standing.kind === 'conflict') {
    // An earlier create of ours may have left the private key under another name.
    const finished = await endEarlier(session, services, connection, request.name, null);
    if (finished === null) throw standing.error;
    await showCreated(session, finished, job, how.alone);
    return;
  }
  if (standing.kind === 'there') {
    await showThere(session, standing.known);
    return;
  }
  await warnOfLookAlikes(session, destination.file);
  let created: KnownPair;
  try {
    created = await createPair(session, services, connection, job, how.type, how.interrupted);
  } catch (error) {
    if (!(error instanceof KeypairError) || error.code !== 'CONFLICT') throw error;
    // The name or the file was taken in between, most likely by another run of this.
    const again = await standingOf(session, connection, request.name, destination.file, null);
    if (again.kind === 'absent') throw error;
    if (again.kind === 'conflict') throw again.error;
    await showThere(session, again.known);
    return;
  }
  await showCreated(session, created, job, how.alone);
}

async function showThere(session: Session, known: KnownPair): Promise<void> {
  session.result(keyPairResult(known, await session.style(session.context.stdout)));
  session.info(t`${known.pair.name} was there already: nothing was changed`);
}
