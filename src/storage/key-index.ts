import type { PublicKey } from '../keys/public-key.ts';

/** A key pair in the key directory, or the half of one. */
export interface LocalKey {
  /** The name of the private key file, or of the public one without `.pub`. */
  readonly name: string;
  /** The private half; null where there is none that ssh reads. */
  readonly privateKeyFile: string | null;
  /** A private key file that ssh refuses, and why; null where there is none, or `privateKeyFile` is one that it reads. */
  readonly refused: { readonly file: string; readonly reason: string } | null;
  readonly publicKeyFile: string | null;
  /** Null for an encrypted private key without a public half beside it or in it. */
  readonly publicKey: PublicKey | null;
  /** The permission bits of the private key file; null where there is none, and on Windows, which has no such bits. */
  readonly mode: number | null;
  /** Whether the private key is under a passphrase. */
  readonly encrypted: boolean;
  /** Whether the private key file is a link: the key itself lies elsewhere, or under another name. */
  readonly link: boolean;
}

/** What is in a key directory. */
export interface LocalKeys {
  /** By name; a file stands in one of them only. */
  readonly keys: readonly LocalKey[];
  /** Files that may be keys but could not be read, and the directory itself where it could not. */
  readonly unreadable: readonly string[];
  /**
   * What may hold any key: the unreadable, and private keys whose public half cannot be told. That a key was not found
   * says nothing while there are some.
   */
  readonly untold: readonly string[];
  /**
   * The entry with this public key; of several, one with a private half, then one with both, then one that is no link.
   * Comments do not count.
   */
  find(publicKey: PublicKey): LocalKey | null;
  /** The entry of this name: one with a private half first. */
  named(name: string): LocalKey | null;
}

function byName(a: LocalKey, b: LocalKey): number {
  return a.name < b.name ? -1 : Number(a.name > b.name);
}

/** Makes the lists of a key directory, in any order, into one that can be searched. */
export function indexed(keys: readonly LocalKey[], unreadable: readonly string[]): LocalKeys {
  return new KeysInDirectory([...keys].sort(byName), [...unreadable].sort());
}

class KeysInDirectory implements LocalKeys {
  readonly keys: readonly LocalKey[];
  readonly unreadable: readonly string[];
  readonly untold: readonly string[];
  readonly #byBlob = new Map<string, LocalKey>();
  readonly #byName = new Map<string, LocalKey>();

  constructor(keys: readonly LocalKey[], unreadable: readonly string[]) {
    this.keys = keys;
    this.unreadable = unreadable;
    const closed = keys.filter(({ publicKey }) => publicKey === null);
    this.untold = [
      ...unreadable,
      ...closed.flatMap((key) => key.privateKeyFile ?? key.refused?.file ?? []),
    ].sort();
    // The best comes last and stays.
    for (const key of [...keys].sort((a, b) => worth(a) - worth(b))) {
      this.#byName.set(key.name, key);
      if (key.publicKey !== null) this.#byBlob.set(blobOf(key.publicKey), key);
    }
  }

  find(publicKey: PublicKey): LocalKey | null {
    return this.#byBlob.get(blobOf(publicKey)) ?? null;
  }

  named(name: string): LocalKey | null {
    return this.#byName.get(name) ?? null;
  }
}

function worth({ privateKeyFile, refused, publicKeyFile, link }: LocalKey): number {
  const half = privateKeyFile !== null ? 8 : refused !== null ? 4 : 0;
  return half + (publicKeyFile === null ? 0 : 2) + (link ? 0 : 1);
}

function blobOf({ blob }: PublicKey): string {
  return blob.toString('base64');
}
