import { setTimeout as wait } from 'node:timers/promises';
import { causedBy, KeypairError } from '../errors.ts';
import { t, translated } from '../i18n/t.ts';
import type { KeyPair } from '../providers/types.ts';
import type { Connection } from '../connection/connect.ts';

/** When to look, in milliseconds after the answer failed to come: a service may still be at work. */
const LOOKS = [0, 2000];

/** Of pairs whose deletion was asked for: which are in the cloud still; null where nobody says. */
export type StillThere = ReadonlySet<KeyPair> | null;

/** Looks which pairs are in the cloud after the answer to their deletion was lost. Never throws. */
export async function stillThere(
  { provider }: Connection,
  pairs: readonly KeyPair[],
  signal: AbortSignal,
): Promise<StillThere> {
  const [only, ...more] = pairs;
  const filter = only === undefined || more.length > 0 ? {} : { name: only.name };
  let left: readonly KeyPair[] = pairs;
  try {
    for (const delay of LOOKS) {
      if (left.length === 0) break;
      await wait(delay, undefined, { signal });
      const there: KeyPair[] = [];
      for await (const pair of provider.listKeyPairs(filter, signal)) there.push(pair);
      left = pairs.filter((pair) => there.some(({ id, name }) => id === pair.id && name === pair.name));
    }
    return new Set(left);
  } catch {
    // The look-up failed as the deletion did.
    return null;
  }
}

/**
 * What is told of a pair whose deletion had no answer: that it was deleted, that it was not, or that it cannot be told.
 *
 * @param look how to see what became of it, as a hint.
 */
export function lostDeletion(
  error: KeypairError,
  pair: KeyPair,
  there: StillThere,
  look: string,
): KeypairError {
  const { name } = pair;
  const why = translated(error.message);
  const [message, hint] =
    there === null
      ? [t`${name}: ${why}; cannot tell whether it was deleted`, look]
      : there.has(pair)
        ? [
            t`${name}: ${why}; it is still there`,
            t`try again; should it be gone then, the request was carried out late`,
          ]
        : [t`${name}: ${why}; it is not there any more: it was deleted`, t`there is nothing left to do`];
  return new KeypairError('PARTIAL', message, {
    ...causedBy(error),
    hints: [hint],
    outcome: 'unknown',
  });
}
