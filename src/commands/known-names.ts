import { accountOf, type CachedPair, type CachePlace, namesDirectory } from '../completion/cache.ts';
import { changePairs } from '../completion/cache-write.ts';
import type { KeyPair } from '../providers/types.ts';
import type { Session } from '../session.ts';
import type { KnownPair } from './key-pair-result.ts';
import type { Target } from './target.ts';

/** Notes all key pairs of a service for completions. Never fails. */
export async function noteAll(session: Session, target: Target, known: readonly KnownPair[]): Promise<void> {
  await change(session, target, () => known.map(cached));
}

/**
 * Notes for completions what has become of a key pair. Never fails.
 *
 * @param before the pair as it was; null for a new one.
 * @param after what it is now; null for one that is gone.
 */
export async function noteChange(
  session: Session,
  target: Target,
  before: KeyPair | null,
  after: KnownPair | null,
): Promise<void> {
  const gone = before ?? after?.pair;
  await change(session, target, (pairs) => [
    ...(after === null ? [] : [cached(after)]),
    ...pairs.filter(({ name, id }) =>
      id === null || gone?.id == null ? name !== gone?.name : id !== gone.id,
    ),
  ]);
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

function cached({ pair, publicKey }: KnownPair): CachedPair {
  return { name: pair.name, id: pair.id, type: publicKey && `${publicKey.keyType} ${publicKey.bits}` };
}
