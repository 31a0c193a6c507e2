import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { type PrivateKeyInfo, inspectPrivateKey } from '../keys/ssh-reads.ts';
import { type PublicKey, parsePublicKey, samePublicKey } from '../keys/public-key.ts';
import { Secret } from '../secret.ts';
import { errorCode, isTemporaryName, mapAtOnce } from './fs.ts';
import { readGuarded } from './read-guarded.ts';

interface PrivateHalf extends PrivateKeyInfo {
  readonly name: string;
  readonly file: string;
  readonly mode: number;
  readonly link: boolean;
}

/** A file that may be a private or a public key. */
interface Candidate {
  readonly file: string;
  readonly link: boolean;
}

interface PublicHalf {
  readonly file: string;
  readonly publicKey: PublicKey;
}

/** The number of files read at once: more gains nothing, and the limit on open files may be as low as 256. */
const AT_ONCE = 32;

/**
 * The key pairs in a directory: private keys, encrypted or not (those that OpenSSH cannot read are marked), and public
 * keys in files that end in `.pub`. Subdirectories are not searched. Links are followed, as ssh does: people link to
 * keys that they keep elsewhere.
 *
 * It does not prove that a private key matches its public key. A `.pub` beside a private key belongs to it unless the
 * private key itself shows another public key; then they are two entries.
 *
 * It never throws or blocks; a missing directory has no keys.
 *
 * @param directory an absolute path.
 * @param elsewhere private key files that may be in other directories: they and their public keys are included.
 */
export async function readLocalKeys(
  directory: string,
  platform: string,
  elsewhere: readonly string[] = [],
): Promise<LocalKeys> {
  const unreadable: string[] = [];
  const privates: PrivateHalf[] = [];
  const publics = new Map<string, PublicHalf>();
  const inside = await entriesIn(directory, unreadable);
  const files = [...(await outside(elsewhere, directory)), ...inside];
  await mapAtOnce(files, AT_ONCE, async ({ file, link }) => {
    const reading = await readSmallFile(file);
    if (reading === 'unreadable') unreadable.push(file);
    if (reading === null || reading === 'unreadable') return;
    const { text, mode } = reading;
    if (file.endsWith('.pub')) {
      const publicKey = publicKeyIn(text.reveal());
      if (publicKey !== null) publics.set(file.slice(0, -'.pub'.length), { file, publicKey });
    } else {
      const seen = inspectPrivateKey(text);
      if (seen !== null) privates.push({ name: path.basename(file), file, mode, link, ...seen });
    }
  });

  const pairs = privates.map((half) => {
    const beside = publics.get(half.file);
    const own = beside !== undefined && belongsTo(half, beside) ? beside : null;
    if (own !== null) publics.delete(half.file);
    return pairOf(half, own, platform);
  });
  const alone = [...publics].map(([file, half]) => publicOnly(path.basename(file), half));
  const isInside = ({ privateKeyFile, publicKeyFile }: LocalKey): boolean =>
    path.dirname(privateKeyFile ?? publicKeyFile ?? '') === directory;
  const all = [...pairs, ...alone];
  // The last of two equal entries wins: put those in the key directory last.
  return new LocalKeys([...all.filter((key) => !isInside(key)), ...all.filter(isInside)], unreadable);
}

/** The existing key files in other directories. Another path to the same directory does not count. */
async function outside(files: readonly string[], directory: string): Promise<readonly Candidate[]> {
  const real = new Map<string, Promise<string | null>>();
  const realOf = (place: string): Promise<string | null> => {
    const known = real.get(place) ?? realpath(place).catch(() => null);
    real.set(place, known);
    return known;
  };
  const found: Candidate[] = [];
  for (const file of new Set(files)) {
    const place = path.dirname(file);
    if (place === directory || (await realOf(place)) === null) continue;
    if ((await realOf(place)) === (await realOf(directory))) continue;
    for (const half of [file, `${file}.pub`]) {
      const stands = await lstat(half).catch(() => null);
      if (stands?.isFile() === true || stands?.isSymbolicLink() === true)
        found.push({ file: half, link: stands.isSymbolicLink() });
    }
  }
  return found;
}

async function entriesIn(directory: string, unreadable: string[]): Promise<readonly Candidate[]> {
  try {
    const entries = await readdir(directory, { withFileTypes: true });
    return entries
      .filter((entry) => (entry.isFile() || entry.isSymbolicLink()) && !isTemporaryName(entry.name))
      .map((entry) => ({ file: path.join(directory, entry.name), link: entry.isSymbolicLink() }));
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') unreadable.push(directory);
    return [];
  }
}

function publicKeyIn(text: string): PublicKey | null {
  try {
    return parsePublicKey(text);
  } catch {
    return null;
  }
}

function belongsTo({ publicKey }: PrivateHalf, beside: PublicHalf): boolean {
  return publicKey === null || samePublicKey(publicKey, beside.publicKey);
}

function pairOf(half: PrivateHalf, beside: PublicHalf | null, platform: string): LocalKey {
  return {
    name: half.name,
    privateKeyFile: half.refused === null ? half.file : null,
    refused: half.refused === null ? null : { file: half.file, reason: half.refused },
    publicKeyFile: beside?.file ?? null,
    // The public key file has the comment.
    publicKey: beside?.publicKey ?? half.publicKey,
    mode: platform === 'win32' ? null : half.mode,
    encrypted: half.encrypted,
    link: half.link,
  };
}

function publicOnly(name: string, { file, publicKey }: PublicHalf): LocalKey {
  return {
    name,
    privateKeyFile: null,
    refused: null,
    publicKeyFile: file,
    publicKey,
    mode: null,
    encrypted: false,
    link: false,
  };
}

/** A key pair, or a private or public key alone, in the key directory. */
export interface LocalKey {
  /** The name of the private key file, or of the public key file without `.pub`. */
  readonly name: string;
  /** The private key file; null if there is none that ssh can read. */
  readonly privateKeyFile: string | null;
  /** A private key file that ssh refuses, and why; else null. */
  readonly refused: { readonly file: string; readonly reason: string } | null;
  readonly publicKeyFile: string | null;
  /** Null for an encrypted private key without a public key beside it or in it. */
  readonly publicKey: PublicKey | null;
  /** The permission bits of the private key file; null if there is none, and on Windows, which has no such bits. */
  readonly mode: number | null;
  /** Whether the private key has a passphrase. */
  readonly encrypted: boolean;
  /** Whether the private key file is a link: the key itself is elsewhere, or has another name. */
  readonly link: boolean;
}

function byName(a: LocalKey, b: LocalKey): number {
  return a.name < b.name ? -1 : Number(a.name > b.name);
}

/** The contents of a key directory. */
export class LocalKeys {
  /** Sorted by name; each file is in one entry only. */
  readonly keys: readonly LocalKey[];
  /** Files that may be keys but could not be read, and the directory itself if it could not be read. */
  readonly unreadable: readonly string[];
  /**
   * Files that may hold any key: the unreadable ones, and private keys whose public key is unknown. While there are
   * some, a key that was not found may still exist.
   */
  readonly untold: readonly string[];
  readonly #byBlob = new Map<string, LocalKey>();
  readonly #byName = new Map<string, LocalKey>();

  /** @param keys in any order; the last of two equal entries is found. */
  constructor(keys: readonly LocalKey[], unreadable: readonly string[]) {
    this.keys = [...keys].sort(byName);
    this.unreadable = [...unreadable].sort();
    const closed = this.keys.filter(({ publicKey }) => publicKey === null);
    this.untold = [
      ...this.unreadable,
      ...closed.flatMap((key) => key.privateKeyFile ?? key.refused?.file ?? []),
    ].sort();
    // The best entry comes last, so it stays.
    for (const key of [...this.keys].sort((a, b) => worth(a) - worth(b))) {
      this.#byName.set(key.name, key);
      if (key.publicKey !== null) this.#byBlob.set(blobOf(key.publicKey), key);
    }
  }

  /**
   * The entry with this public key. Of several, one with a private key is preferred, then one with both keys, then one
   * that is no link. Comments do not count.
   */
  find(publicKey: PublicKey): LocalKey | null {
    return this.#byBlob.get(blobOf(publicKey)) ?? null;
  }

  /** The entry with this name; one with a private key is preferred. */
  named(name: string): LocalKey | null {
    return this.#byName.get(name) ?? null;
  }
}

function worth({ privateKeyFile, refused, publicKeyFile, link }: LocalKey): number {
  const half = privateKeyFile !== null ? 8 : refused !== null ? 4 : 0;
  return half + (publicKeyFile === null ? 0 : 2) + (link ? 0 : 1);
}

function blobOf({ blob }: PublicKey): string {
  return blob.toString('latin1');
}

/** The longest file that is read, in bytes: longer than any key with its armour. */
const LONGEST = 64 * 1024;

/** A small file that was read. */
export interface SmallFile {
  /** It may be a private key. */
  readonly text: Secret;
  /** The permission bits, `0o600`; for a link, those of its target. */
  readonly mode: number;
}

/** The result of reading a file; null if it cannot be a key, or is gone. */
export type Reading = SmallFile | 'unreadable' | null;

/** Reads a file of up to 64 KiB. Never throws and never blocks. */
export async function readSmallFile(file: string): Promise<Reading> {
  try {
    if ((await stat(file)).size === 0) return null;
    const read = await readGuarded(file, LONGEST, 'follow');
    if (typeof read === 'string') return null;
    return { text: new Secret(read.bytes.toString('utf8')), mode: read.mode };
  } catch (error) {
    // A dangling link and a link to itself have no target to read.
    return ['ENOENT', 'ELOOP', 'ENOTDIR'].includes(errorCode(error) ?? '') ? null : 'unreadable';
  }
}
