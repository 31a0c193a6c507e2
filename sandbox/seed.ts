import { ecsFingerprint, fakeBlob } from './keys.ts';
import type { Behaviour, Service } from './behaviour.ts';
import {
  newId,
  type Repository,
  type StoredPair,
  type StoredTemplate,
  type Tag,
  withoutPairs,
  withPairs,
} from './repository.ts';

/** Key pairs to store directly, without a request. */
export interface Seed {
  readonly service: Service;
  readonly region: string;
  readonly count: number;
  /** The name of each pair; the index starts at 0. */
  readonly name: (index: number) => string;
  readonly tags?: (index: number) => readonly Tag[];
  /** The creation time of each pair. Default: now. Lists have the newest first. */
  readonly createdAt?: (index: number) => Date;
}

/** A launch template to store directly. */
export interface TemplateSeed {
  readonly service: 'cvm' | 'ecs';
  readonly region: string;
  readonly name: string;
  /** The name of the key pair that each version names; null for none. The last version is the default. */
  readonly keyPairs: readonly (string | null)[];
}

/** Key pairs to remove directly, without a request. */
export interface Removal {
  readonly service: Service;
  readonly region: string;
  readonly names: readonly string[];
}

/**
 * Stores pairs with random public keys. Quotas and name rules do not apply.
 *
 * @throws Error when a name is taken
 */
export function seedPairs(repository: Repository, seed: Seed, behaviour: Behaviour, now: Date): readonly StoredPair[] {
  const pairs = Array.from({ length: seed.count }, (_, index): StoredPair => {
    const blob = fakeBlob();
    const isAliyun = seed.service === 'ecs' || seed.service === 'swas';
    const id = isAliyun ? newId('ssh', 20) : newId(seed.service === 'cvm' ? 'skey' : 'lhkp', 8);
    return {
      id,
      name: seed.name(index),
      publicKey: `ssh-rsa ${blob.toString('base64')}${isAliyun ? '' : ` ${id}`}`,
      fingerprint: isAliyun ? ecsFingerprint({ blob }, behaviour.fingerprint) : '',
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

/** Stores a launch template. @throws Error for a key pair that does not exist */
export function seedTemplate(repository: Repository, seed: TemplateSeed, now: Date): StoredTemplate {
  const { name } = seed;
  const { pairs } = repository.read();
  const keys = seed.keyPairs.map((wanted) => {
    if (wanted === null) return null;
    const pair = pairs.find((one) => one.name === wanted);
    if (pair === undefined) throw new Error(`no key pair is called ${wanted}`);
    return seed.service === 'cvm' ? pair.id : pair.name;
  });
  const template = { id: newId('lt', seed.service === 'cvm' ? 8 : 20), name, createdAt: now.toISOString(), keys };
  repository.update((contents) => ({ ...contents, templates: [template, ...contents.templates] }));
  return template;
}

/** Removes pairs, also bound ones. It ignores unknown names. */
export function removePairs(repository: Repository, names: readonly string[]): void {
  const gone = new Set(names);
  repository.update((contents) =>
    withoutPairs(contents, new Set(contents.pairs.filter(({ name }) => gone.has(name)).map(({ id }) => id))),
  );
}
