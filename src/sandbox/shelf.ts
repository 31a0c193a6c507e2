import type { Service } from './behaviour.ts';

/** A tag of a key pair. */
export interface Tag {
  readonly key: string;
  readonly value: string;
}

/** What the sandbox remembers of a key pair. Never its private key. */
export interface StoredPair {
  readonly id: string;
  /** Unique in its service and region. */
  readonly name: string;
  /** One line of OpenSSH, as the service shows it. */
  readonly publicKey: string;
  readonly fingerprint: string;
  /** ISO 8601 with milliseconds, UTC. */
  readonly createdAt: string;
  readonly projectId: number;
  readonly description: string;
  readonly resourceGroupId: string;
  readonly tags: readonly Tag[];
  /** Ids of the instances that it is bound to. */
  readonly instances: readonly string[];
}

/** The key pairs of one service in one region. */
export interface Shelf {
  /** Newest first, then by name. */
  list(): readonly StoredPair[];
  /** @returns false, and changes nothing, when the name is taken. */
  add(pair: StoredPair): boolean;
  /** @returns false when there is no pair of this name. */
  remove(name: string): boolean;
}

/** Finds the shelf of a service and region. */
export type Shelves = (service: Service, region: string) => Shelf;

/** Shelves in memory: they last as long as the sandbox. */
export function memoryShelves(): Shelves {
  const shelves = new Map<string, Shelf>();
  return (service, region) => {
    const place = `${service}/${region}`;
    const known = shelves.get(place);
    if (known !== undefined) return known;
    const pairs = new Map<string, StoredPair>();
    const shelf: Shelf = {
      list: () => inOrder([...pairs.values()]),
      add(pair) {
        if (pairs.has(pair.name)) return false;
        pairs.set(pair.name, pair);
        return true;
      },
      remove: (name) => pairs.delete(name),
    };
    shelves.set(place, shelf);
    return shelf;
  };
}

/** The order in which every shelf lists. */
export function inOrder(pairs: readonly StoredPair[]): readonly StoredPair[] {
  return pairs.toSorted(
    (a, b) => compare(b.createdAt, a.createdAt) || compare(a.name, b.name) || compare(a.id, b.id),
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
