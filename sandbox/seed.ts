import { ecsFingerprint, fakeBlob } from './keys.ts';
import type { Behaviour, Service } from './behaviour.ts';
import { newId, type Repository, type StoredPair, type Tag, withoutPairs, withPairs } from './repository.ts';

/** Key pairs to put into the stand-in cloud behind its interfaces. */
export interface Seed {
  readonly service: Service;
  readonly region: string;
  readonly count: number;
  /** The name of the pair of this number, from 0. */
  readonly name: (index: number) => string;
  readonly tags?: (index: number) => readonly Tag[];
  /** When the pair of this number was made; all of them now, without. The newest comes first in lists. */
  readonly createdAt?: (index: number) => Date;
}

/** Key pairs to take out of the stand-in cloud behind its interfaces. */
export interface Removal {
  readonly service: Service;
  readonly region: string;
  readonly names: readonly string[];
}

/**
 * Stores pairs with made-up public keys at once, whatever quota and name rules say.
 *
 * @throws Error when a name is taken
 */
export function seedPairs(
  repository: Repository,
  seed: Seed,
  behaviour: Behaviour,
  now: Date,
): readonly StoredPair[] {
  const pairs = Array.from({ length: seed.count }, (_, index): StoredPair => {
    const blob = fakeBlob();
    const id = seed.service === 'ecs' ? newId('ssh', 20) : newId(seed.service === 'cvm' ? 'skey' : 'lhkp', 8);
    return {
      id,
      name: seed.name(index),
      publicKey: `ssh-rsa ${blob.toString('base64')}${seed.service === 'ecs' ? '' : ` ${id}`}`,
      fingerprint: seed.service === 'ecs' ? ecsFingerprint({ blob }, behaviour.fingerprint) : '',
      createdAt: (seed.createdAt?.(index) ?? now).toISOString(),
      projectId: 0,
      description: '',
      resourceGroupId: '',
      tags: seed.tags?.(index) ?? [],
    };
  });
  repository.update((contents) => {
    const names = new Set([...contents.pairs, ...pairs].map(({ name }) => name));
    if (names.size < contents.pairs.length + pairs.length) throw new Error('a name of the seed is taken');
    return withPairs(contents, pairs);
  });
  return pairs;
}

/** Removes pairs, bound ones too. Names that nobody has are passed over. */
export function removePairs(repository: Repository, names: readonly string[]): void {
  const gone = new Set(names);
  repository.update((contents) =>
    withoutPairs(contents, new Set(contents.pairs.filter(({ name }) => gone.has(name)).map(({ id }) => id))),
  );
}
