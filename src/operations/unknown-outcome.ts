import { setTimeout as wait } from 'node:timers/promises';
import { causedBy, KeypairError } from '../errors.ts';
import { joinSentences, t } from '../i18n/t.ts';
import type { KeyPair } from '../providers/types.ts';
import type { Session } from '../cli/session.ts';
import type { Intent } from '../storage/intent.ts';
import type { Connection } from '../connection/connect.ts';
import { findByName } from '../connection/find-key-pair.ts';
import { isRecorded } from './ledger.ts';
import { doctorCommand, recreateCommand } from './recovery/command-line.ts';
import { factsOf, idOrFingerprint, isOlder, utcText, requestEnds } from './recovery/ownership.ts';

/** When to look, in milliseconds after the answer failed to come: a service may still be at work. */
const POLL_DELAYS_MS = [0, 2000];

/**
 * Looks by exact name what is there after a create whose answer was lost, and says what is known. Nothing of it proves
 * that the request was carried out, or that it will not be.
 *
 * @returns the `PARTIAL` error to throw, and whether the pair of that name is known to be another's: then there is
 * nothing to look for later.
 */
export async function resolveOutcome(
  session: Session,
  connection: Connection,
  intent: Intent,
  error: KeypairError,
  signal: AbortSignal,
): Promise<{ readonly error: KeypairError; readonly settled: boolean }> {
  const { settled, message, hints } = await findOutcome(session, connection, intent, signal);
  return {
    settled,
    error: new KeypairError('PARTIAL', joinSentences([error.message, message]), {
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
export async function lookForName(connection: Connection, name: string, signal: AbortSignal): Promise<KeyPair | null> {
  const limit = POLL_DELAYS_MS.reduce((sum, delay) => sum + delay, 4 * connection.timeoutMs);
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(limit)]);
  for (const delay of POLL_DELAYS_MS) {
    await wait(delay, undefined, { signal: bounded });
    const pair = await findByName(connection, name, bounded);
    if (pair !== null) return pair;
  }
  return null;
}

/** What is known of a create whose answer was lost. */
interface Outcome {
  readonly settled: boolean;
  readonly message: string;
  readonly hints: readonly string[];
}

async function findOutcome(
  session: Session,
  connection: Connection,
  intent: Intent,
  signal: AbortSignal,
): Promise<Outcome> {
  const { name } = intent;
  const { descriptor, flagsToReproduce } = connection;
  let pair: KeyPair | null;
  try {
    pair = await lookForName(connection, name, signal);
  } catch {
    // The look-up failed as the create did.
    return {
      settled: false,
      message: t`cannot tell whether ${name} was created`,
      hints: [t`see later what became of it: ${doctorCommand(session, intent)}`],
    };
  }
  if (pair === null) return absent(session, intent);
  if ((await isRecorded(session, connection, pair)) || isOlder(pair, intent)) {
    return {
      settled: true,
      message: t`the name ${name} is that of an older pair (${factsOf(pair)}), which is not what was asked for`,
      hints: [
        t`choose another --name, or see what is there with: keypair list -p ${descriptor.id} -r ${flagsToReproduce}`,
      ],
    };
  }
  const handle = idOrFingerprint(pair);
  return {
    settled: false,
    message: t`a pair of the name ${name} is there now (${factsOf(pair)}): it may be the one that was asked for or another's, and its private key is not here`,
    hints: [
      handle === null
        ? t`look for ${name} in the provider's console before you try again`
        : t`if nobody needs it, delete it and begin anew: ${recreateCommand(session, intent, handle)}`,
      IN_SCRIPTS,
    ],
  };
}

const IN_SCRIPTS = t`use --local in scripts: the private key is made here, and no lost answer can cost it`;

function absent(session: Session, intent: Intent): Outcome {
  const ends = utcText(requestEnds(intent));
  return {
    settled: false,
    message: t`no pair of the name ${intent.name} is there now; the request may still be carried out until ${ends}`,
    hints: [t`after that, begin anew with: ${recreateCommand(session, intent)}`, IN_SCRIPTS],
  };
}
