import type { Batch } from '../cli/batch.ts';
import type { Session } from '../cli/session.ts';
import type { Connection, Connections } from '../connection/connect.ts';
import { KeypairError, withHints } from '../errors.ts';
import type { KeyType } from '../keys/generate.ts';
import { isUnderWay, type ReadableEntry } from '../storage/journal.ts';
import { isSameOwner, ownerOf } from '../storage/intent.ts';
import { cachePair } from './completion-cache.ts';
import { createLocalPair } from './create-local.ts';
import { createKeyPair } from './create.ts';
import type { KnownPair } from './key-pair-record.ts';
import { rememberPair } from './ledger.ts';
import { entriesOf, recreateHint, refuseWhileOpen } from './recovery/recreate.ts';
import { runningHere } from './recovery/recovery.ts';
import type { Job } from './reservation.ts';

/**
 * How many pairs are made in one service: as many at once as keep its rate limit busy.
 *
 * @param doing what is shown meanwhile.
 */
export function manyPairs(
  { descriptor: { requestsPerSecond } }: Connection,
  jobs: readonly Job[],
  doing: string,
): Batch<Job> {
  return {
    items: jobs,
    nameOf: ({ request }) => request.name,
    doing,
    // Answers take up to two seconds, and Ctrl-C waits for all of them.
    atOnce: requestsPerSecond === null ? 20 : 2 * requestsPerSecond,
    isFatal: ({ code }) => code === 'AUTH',
  };
}

/**
 * Makes one pair: in the cloud, or here with `type`. What stays unfinished is said with the way to finish it.
 *
 * @throws KeypairError as {@link refuseWhileOpen}, {@link createKeyPair} and {@link createLocalPair}.
 */
export async function createPair(
  session: Session,
  connections: Connections,
  connection: Connection,
  job: Job,
  type: KeyType | null,
  interrupted: () => void,
): Promise<KnownPair> {
  await refuseWhileOpen(session, connections, connection, job.request.name);
  try {
    const known =
      type === null
        ? await createKeyPair(session, connection, job, interrupted)
        : await createLocalPair(session, connection, job, type, interrupted);
    await rememberPair(session, connection, known.pair, known.publicKey, known.privateKeyPath, true);
    await cachePair(session, connection, null, known);
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
