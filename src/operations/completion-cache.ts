import {
  accountOf,
  type CachedPair,
  type CachePlace,
  cacheInstances,
  changePairs,
  instancesDirectory,
  namesDirectory,
} from '../completion/cache.ts';
import type { Instance, KeyPair, KeyPairRef } from '../providers/types.ts';
import type { Session } from '../cli/session.ts';
import type { KnownPair } from './key-pair-record.ts';
import type { Target } from '../connection/target.ts';

/** What the completion cache needs of a pair. */
type Noted = Pick<KnownPair, 'pair' | 'publicKey'>;

/** Caches all key pairs of a service for completions. Never fails. */
export async function cacheAll(session: Session, target: Target, known: readonly Noted[]): Promise<void> {
  await change(session, target, (pairs) => {
    const bound = pairs.filter(({ instances }) => instances.length > 0);
    return known.map((one) => cached(one, one.pair, bound));
  });
}

/**
 * Updates the completion cache after a change to a key pair. Never fails.
 *
 * @param before the pair before the change; null for a new pair.
 * @param after the pair now; null for a deleted pair.
 */
export async function cachePair(
  session: Session,
  target: Target,
  before: KeyPair | null,
  after: Noted | null,
): Promise<void> {
  const was = before ?? after?.pair;
  if (was === undefined) return;
  await change(session, target, (pairs) => [
    ...(after === null ? [] : [cached(after, was, pairs)]),
    ...pairs.filter((pair) => !isSame(pair, was)),
  ]);
}

/**
 * Updates the completion cache after a service accepted binding or unbinding a pair. Never fails.
 *
 * @param known the pair before the change.
 */
export async function cacheBinding(
  session: Session,
  target: Target,
  known: Noted,
  direction: 'attach' | 'detach',
  instances: readonly string[],
): Promise<void> {
  if (instances.length === 0) return;
  await change(session, target, (pairs) => {
    const before = cached(known, known.pair, pairs);
    const others = before.instances.filter((instance) => !instances.includes(instance));
    return [
      { ...before, instances: direction === 'attach' ? [...instances, ...others] : others },
      ...pairs.filter((pair) => !isSame(pair, known.pair)),
    ];
  });
}

/** Caches all instances of a service for completions. Never fails. */
export async function cacheAllInstances(
  session: Session,
  target: Target,
  instances: readonly Instance[],
): Promise<void> {
  await cacheInstances(instancesDirectory(session.context), placeOf(session, target), instances);
}

async function change(
  session: Session,
  target: Target,
  edit: (pairs: readonly CachedPair[]) => readonly CachedPair[],
): Promise<void> {
  await changePairs(namesDirectory(session.context), placeOf(session, target), edit);
}

function placeOf({ settings }: Session, { descriptor, region }: Target): CachePlace {
  return { provider: descriptor.id, region, account: accountOf(settings, descriptor.id) };
}

/** @param there what is cached. If a service does not return a pair's instances, the cached ones are kept. */
function cached({ pair, publicKey }: Noted, was: KeyPairRef, there: readonly CachedPair[]): CachedPair {
  return {
    name: pair.name,
    id: pair.id,
    type: publicKey && `${publicKey.keyType} ${publicKey.bits}`,
    instances: pair.instances ?? there.find((one) => isSame(one, was))?.instances ?? [],
  };
}

/** Compares ids if both have one, else names. */
function isSame(one: CachedPair, { id, name }: KeyPairRef): boolean {
  return one.id === null || id === null ? one.name === name : one.id === id;
}
