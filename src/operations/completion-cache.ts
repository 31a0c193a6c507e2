import { accountOf, type CachedPair, type CachePlace, changePairs, namesDirectory } from '../completion/cache.ts';
import type { KeyPair, KeyPairRef } from '../providers/types.ts';
import type { Session } from '../cli/session.ts';
import type { KnownPair } from './key-pair-record.ts';
import type { Target } from '../connection/target.ts';

/** What completions keep of a pair. */
type Noted = Pick<KnownPair, 'pair' | 'publicKey'>;

/** Notes all key pairs of a service for completions. Never fails. */
export async function cacheAll(session: Session, target: Target, known: readonly Noted[]): Promise<void> {
  await change(session, target, (pairs) => {
    const bound = pairs.filter(({ instances }) => instances.length > 0);
    return known.map((one) => cached(one, one.pair, bound));
  });
}

/**
 * Notes for completions what has become of a key pair. Never fails.
 *
 * @param before the pair as it was; null for a new one.
 * @param after what it is now; null for one that is gone.
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
 * Notes for completions that a service has agreed to bind a pair to instances, or to take it from them. Never fails.
 *
 * @param known the pair as it was before.
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

async function change(
  { context, settings }: Session,
  { descriptor, region }: Target,
  edit: (pairs: readonly CachedPair[]) => readonly CachedPair[],
): Promise<void> {
  const place: CachePlace = {
    provider: descriptor.id,
    region,
    account: accountOf(settings, descriptor.id),
  };
  await changePairs(namesDirectory(context), place, edit);
}

/** @param there what is cached: where a service does not tell to what a pair is bound, what was seen last still holds. */
function cached({ pair, publicKey }: Noted, was: KeyPairRef, there: readonly CachedPair[]): CachedPair {
  return {
    name: pair.name,
    id: pair.id,
    type: publicKey && `${publicKey.keyType} ${publicKey.bits}`,
    instances: pair.instances ?? there.find((one) => isSame(one, was))?.instances ?? [],
  };
}

/** By id where both have one, else by name. */
function isSame(one: CachedPair, { id, name }: KeyPairRef): boolean {
  return one.id === null || id === null ? one.name === name : one.id === id;
}
