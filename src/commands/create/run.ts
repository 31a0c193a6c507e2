import type { KeypairError } from '../../errors.ts';
import type { KeyType } from '../../keys/generate.ts';
import type { Descriptor } from '../../providers/types.ts';
import type { Session } from '../../session.ts';
import { type Connection, withServices } from '../connect.ts';
import type { CreateFlags } from './create.ts';
import { answersFor } from './answers.ts';
import { destinationsFor } from './destination.ts';
import { createKeyPair } from './life.ts';
import { doMany, type Many } from './many.ts';
import type { Job } from './place.ts';
import { planResult } from './plan.ts';
import { requestsFor } from './request.ts';
import { type KnownPair, keyPairResult } from '../key-pair-result.ts';
import { createLocalPair } from './local-pair.ts';
import { localTypeFor } from './local-pair-type.ts';
import { settleTarget } from '../target.ts';

/** Runs `create`: everything is checked for every name before the first call. */
export async function runCreate(session: Session, flags: Partial<CreateFlags>): Promise<void> {
  const { descriptor, names } = await answersFor(session, flags.name ?? []);
  const type = localTypeFor(descriptor, flags);
  const requests = requestsFor(descriptor, names, flags);
  const destinations = await destinationsFor(session, requests, flags);
  const jobs = requests.flatMap((request, index): readonly Job[] => {
    const destination = destinations[index];
    return destination === undefined ? [] : [{ request, destination }];
  });
  const target = await settleTarget(session, descriptor, flags.apiVersion ?? null);
  if (flags.dryRun === true) {
    const style = await session.style(session.context.stdout);
    for (const job of jobs) session.result(planResult(session, target, job, type, style));
    return;
  }
  if (descriptor.warning !== null) session.warn(descriptor.warning);
  await withServices(session, async (services) => {
    const connection = await session.during('getting ready', () => services.connect(target));
    await doMany(session, manyPairs(connection, jobs, 'creating'), async (job, interrupted) => {
      const known = await createPair(session, connection, job, type, interrupted);
      await showCreated(session, known, job, jobs.length === 1);
    });
  });
}

/**
 * Makes one pair: in the cloud, or here with `type`.
 *
 * @throws KeypairError as {@link createKeyPair} and {@link createLocalPair}.
 */
export function createPair(
  session: Session,
  connection: Connection,
  job: Job,
  type: KeyType | null,
  interrupted: () => void,
): Promise<KnownPair> {
  return type === null
    ? createKeyPair(session, connection, job, interrupted)
    : createLocalPair(session, connection, job, type, interrupted);
}

/**
 * How many pairs are made in one service: as many at once as keep its rate limit busy.
 *
 * @param verb `creating`.
 */
export function manyPairs(connection: Connection, jobs: readonly Job[], verb: string): Many<Job> {
  const { descriptor, region } = connection;
  const [only, ...more] = jobs;
  const what = only !== undefined && more.length === 0 ? only.request.name : `${jobs.length} key pairs`;
  return {
    items: jobs,
    nameOf: ({ request }) => request.name,
    doing: `${verb} ${what} in ${region}`,
    atOnce: workersFor(descriptor),
    endsAll: wrongCredentials,
  };
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
    session.note(`next: ssh -i ${shellPath(session, known.privateKeyPath ?? destination.file)} USER@HOST`);
}

/** A path as a person would type it: `~/.ssh/foo`, quoted where a shell would need it. */
function shellPath({ context }: Session, file: string): string {
  const short = file.startsWith(`${context.home}/`) ? `~${file.slice(context.home.length)}` : file;
  return /^[\w~./:@%+-]+$/.test(short) ? short : `'${file.replaceAll("'", String.raw`'\''`)}'`;
}
