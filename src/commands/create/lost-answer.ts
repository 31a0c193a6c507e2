import { setTimeout as wait } from 'node:timers/promises';
import { causedBy, KeypairError } from '../../errors.ts';
import type { KeyPair } from '../../providers/types.ts';
import type { Connection } from '../connect.ts';
import { findByName } from '../find-pair.ts';

/** When to look, in milliseconds after the answer failed to come: a service may still be at work. */
const LOOKS = [0, 2000];

/** How far the service's clock and ours may be apart; Alibaba tells creation times in whole minutes. */
const CLOCK_SLACK_MS = 2 * 60_000;

/** What became of a create whose answer never came. */
type Fate = 'not created' | 'created and lost' | 'cannot tell';

/**
 * Finds out by exact name what a create whose answer was lost has done, and says it.
 *
 * @param startedAt when the request was about to leave.
 * @returns the `PARTIAL` error to throw, and whether it is certain that nothing was made.
 */
export async function explainLostAnswer(
  connection: Connection,
  name: string,
  startedAt: Date,
  error: KeypairError,
  signal: AbortSignal,
): Promise<{ readonly error: KeypairError; readonly created: boolean }> {
  const { fate, id } = await findFate(connection, name, startedAt, signal);
  const [message, ...hints] = WORDS[fate](name, id ?? name);
  return {
    created: fate !== 'not created',
    error: new KeypairError('PARTIAL', `${error.message}; ${message ?? fate}`, {
      ...causedBy(error),
      hints,
      outcome: 'unknown',
    }),
  };
}

/**
 * The pair of exactly this name, where a request that may have made it is just over; null when it does not come.
 *
 * @throws KeypairError what listing throws.
 */
export async function lookForName(
  connection: Connection,
  name: string,
  signal: AbortSignal,
): Promise<KeyPair | null> {
  for (const delay of LOOKS) {
    await wait(delay);
    const pair = await findByName(connection, name, signal);
    if (pair !== null) return pair;
  }
  return null;
}

const WORDS: Readonly<Record<Fate, (name: string, id: string) => readonly string[]>> = {
  'not created': (name) => [
    `${name} is not among the key pairs there: it was not created`,
    'try again; should the name be taken then, the request was carried out late',
  ],
  'created and lost': (name, id) => [
    `${name} was created and its private key is lost: the service hands it out once`,
    `delete ${id} in the cloud, then create it anew`,
  ],
  'cannot tell': (name) => [
    `cannot tell whether ${name} was created`,
    `look for ${name} in the provider's console before you try again`,
  ],
};

async function findFate(
  connection: Connection,
  name: string,
  startedAt: Date,
  signal: AbortSignal,
): Promise<{ readonly fate: Fate; readonly id: string | null }> {
  try {
    const pair = await lookForName(connection, name, signal);
    if (pair === null) return { fate: 'not created', id: null };
    return { fate: isOurs(pair, startedAt) ? 'created and lost' : 'cannot tell', id: pair.id };
  } catch {
    // The look-up failed as the create did; that is what "cannot tell" says.
    return { fate: 'cannot tell', id: null };
  }
}

/** A pair of this name that is younger than our request can only be the one that it made: names are unique. */
function isOurs(pair: KeyPair, startedAt: Date): boolean {
  if (pair.createdAt === null) return false;
  return Date.parse(pair.createdAt) >= startedAt.getTime() - CLOCK_SLACK_MS;
}
