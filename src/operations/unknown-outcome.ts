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

/** When to look, in milliseconds after the response was lost: the service may still be working. */
const POLL_DELAYS_MS = [0, 2000];

/**
 * Looks the pair up by exact name after the response to a create was lost, and reports what is known. This never proves
 * that the request was carried out, or that it will not be.
 *
 * @returns the `PARTIAL` error to throw, and whether the pair with that name is known not to be ours. Then there is
 * nothing to check later.
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
 * The pair with exactly this name, just after a request that may have created it; null if it does not appear.
 *
 * Stops after the delays plus four times the timeout of a request; listing alone would retry for longer.
 *
 * @throws KeypairError as listing does.
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

/** What is known about a create whose response was lost. */
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
    // The lookup failed as well.
    return {
      settled: false,
      message: t`cannot tell whether ${name} was created`,
      hints: [t`check later what happened to it: ${doctorCommand(session, intent)}`],
    };
  }
  if (pair === null) return absent(session, intent);
  if ((await isRecorded(session, connection, pair)) || isOlder(pair, intent)) {
    return {
      settled: true,
      message: t`the name ${name} belongs to an older pair (${factsOf(pair)}), not to the requested one`,
      hints: [
        t`choose another --name, or see what is there with: keypair list -p ${descriptor.id} -r ${flagsToReproduce}`,
      ],
    };
  }
  const handle = idOrFingerprint(pair);
  return {
    settled: false,
    message: t`a pair named ${name} exists now (${factsOf(pair)}): it may be the requested one or another's, and its private key is not here`,
    hints: [
      handle === null
        ? t`look for ${name} in the provider's console before you try again`
        : t`if nobody needs it, delete it and start over: ${recreateCommand(session, intent, handle)}`,
      IN_SCRIPTS,
    ],
  };
}

const IN_SCRIPTS = t`use --local in scripts: the private key is made here, and no lost answer can cost it`;

function absent(session: Session, intent: Intent): Outcome {
  const ends = utcText(requestEnds(intent));
  return {
    settled: false,
    message: t`no pair named ${intent.name} exists now; the request may still be carried out until ${ends}`,
    hints: [t`after that, start over with: ${recreateCommand(session, intent)}`, IN_SCRIPTS],
  };
}
