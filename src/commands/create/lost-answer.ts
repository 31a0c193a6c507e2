import { setTimeout as wait } from 'node:timers/promises';
import { causedBy, KeypairError } from '../../errors.ts';
import { clauses } from '../../language/phrases.ts';
import { t, translated } from '../../language/t.ts';
import type { KeyPair } from '../../providers/types.ts';
import type { Session } from '../../session.ts';
import type { Connection } from '../connect.ts';
import { findByName } from '../find-pair.ts';
import { wasMadeHere } from '../ledger.ts';

/** When to look, in milliseconds after the answer failed to come: a service may still be at work. */
const LOOKS = [0, 2000];

/** How far the service's clock and ours may be apart; Alibaba tells creation times in whole minutes. */
const CLOCK_SLACK_MS = 2 * 60_000;

/** How far apart clocks are that are kept right: what seems to be older than our request by more is not proved ours. */
const CLOCKS_AGREE_MS = 5000;

/** What became of a create whose answer never came. */
type Fate = 'not created' | 'there before' | 'created and lost' | 'cannot tell';

/**
 * Finds out by exact name what a create whose answer was lost has done, and says it.
 *
 * @param startedAt when the request was about to leave.
 * @returns the `PARTIAL` error to throw, and whether it is certain that nothing was made.
 */
export async function explainLostAnswer(
  session: Session,
  connection: Connection,
  name: string,
  startedAt: Date,
  error: KeypairError,
  signal: AbortSignal,
): Promise<{ readonly error: KeypairError; readonly created: boolean }> {
  const { fate, id } = await findFate(session, connection, name, startedAt, signal);
  const [message = fate, ...hints] = WORDS[fate](name, id ?? name);
  return {
    created: fate === 'created and lost' || fate === 'cannot tell',
    error: new KeypairError('PARTIAL', clauses([translated(error.message), message]), {
      ...causedBy(error),
      hints,
      outcome: 'unknown',
    }),
  };
}

/**
 * The pair of exactly this name, where a request that may have made it is just over; null when it does not come.
 *
 * It takes the time of four requests at most, however patient listing is else.
 *
 * @throws KeypairError what listing throws.
 */
export async function lookForName(
  connection: Connection,
  name: string,
  signal: AbortSignal,
): Promise<KeyPair | null> {
  const limit = LOOKS.reduce((sum, delay) => sum + delay, 4 * connection.timeoutMs);
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(limit)]);
  for (const delay of LOOKS) {
    await wait(delay, undefined, { signal: bounded });
    const pair = await findByName(connection, name, bounded);
    if (pair !== null) return pair;
  }
  return null;
}

const WORDS: Readonly<Record<Fate, (name: string, id: string) => readonly string[]>> = {
  'not created': (name) => [
    t`${name} is not among the key pairs there: it was not created`,
    t`try again; should the name be taken then, the request was carried out late`,
  ],
  'there before': (name) => [
    t`${name} was there before, and this machine made it: nothing was created`,
    'choose another --name, or see what is there with: keypair list',
  ],
  'created and lost': (name, id) => [
    t`${name} was created and its private key is lost: the service hands it out once`,
    t`delete ${id} in the cloud, then create it anew`,
  ],
  'cannot tell': (name) => [
    t`cannot tell whether ${name} was created`,
    t`look for ${name} in the provider's console before you try again`,
  ],
};

async function findFate(
  session: Session,
  connection: Connection,
  name: string,
  startedAt: Date,
  signal: AbortSignal,
): Promise<{ readonly fate: Fate; readonly id: string | null }> {
  try {
    const pair = await lookForName(connection, name, signal);
    if (pair === null) return { fate: 'not created', id: null };
    if (await wasMadeHere(session, connection, pair)) return { fate: 'there before', id: pair.id };
    // The request is over: what is younger than it was made by it, since names are unique.
    const ours = whenMade(pair, startedAt, Infinity) === 'meanwhile';
    return { fate: ours ? 'created and lost' : 'cannot tell', id: pair.id };
  } catch {
    // The look-up failed as the create did; that is what "cannot tell" says.
    return { fate: 'cannot tell', id: null };
  }
}

/**
 * When a pair was made, seen from a request that may have made it. The service's clock and ours may be some way apart:
 * what is a little older than the request is our own by a clock that is ahead, or somebody else's, and `unknown`.
 *
 * @param startedAt when the request had not left yet.
 * @param latestMs how long after that it may have been carried out.
 */
export function whenMade(
  { createdAt }: KeyPair,
  startedAt: Date,
  latestMs: number,
): 'before' | 'meanwhile' | 'after' | 'unknown' {
  const made = createdAt === null ? NaN : Date.parse(createdAt);
  if (Number.isNaN(made)) return 'unknown';
  const since = made - startedAt.getTime();
  if (since < -CLOCK_SLACK_MS) return 'before';
  if (since > latestMs + CLOCK_SLACK_MS) return 'after';
  // The time that is told may have lost its seconds.
  const cut = made % 60_000 === 0 ? 60_000 : 1000;
  return since < -(cut + CLOCKS_AGREE_MS) ? 'unknown' : 'meanwhile';
}
