import type { KeypairError } from '../errors.ts';
import type { LocalKeys } from '../storage/key-index.ts';
import type { Descriptor, ListFilter } from '../providers/types.ts';
import type { Session } from '../cli/session.ts';
import type { Services } from '../connection/connect.ts';
import type { KnownPair } from './key-pair-record.ts';
import { allPairs } from './all-key-pairs.ts';
import type { Target } from '../connection/target.ts';

/** A pair, and the service that has it. */
export interface PlacedPair extends KnownPair {
  readonly target: Target;
}

/**
 * The pairs of several services, which are asked at once. A pair that a service shows in several regions is one pair.
 *
 * @param filter what each service is asked for.
 * @returns with what kept a service from being listed: each has been told.
 */
export async function findEverywhere(
  session: Session,
  services: Services,
  targets: readonly Target[],
  filter: (descriptor: Descriptor) => ListFilter,
  local: LocalKeys,
): Promise<{ readonly pairs: readonly PlacedPair[]; readonly failures: readonly KeypairError[] }> {
  const { pairs, failures } = await allPairs(session, services, targets, filter, local);
  return { pairs: placed(pairs, targets), failures };
}

/** The pairs with the services that they were listed from. */
export function placed(known: readonly KnownPair[], targets: readonly Target[]): readonly PlacedPair[] {
  return known.flatMap((one) => {
    const target = targetOf(one, targets);
    return target === undefined ? [] : [{ ...one, target }];
  });
}

/** The service of a pair that was listed from one of these. */
export function targetOf(known: KnownPair, targets: readonly Target[]): Target | undefined {
  return targets.find(
    ({ descriptor, region }) => descriptor.id === known.provider && region === known.region,
  );
}

/** What a service is asked for to find a pair by its name or id. */
export function nameFilter(text: string): (descriptor: Descriptor) => ListFilter {
  return (descriptor) => (descriptor.isId(text) ? { id: text } : { name: text });
}
