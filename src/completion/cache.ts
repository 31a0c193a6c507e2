import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import type { Settings } from '../cli/settings.ts';
import { cacheDirectory, type PathsInput } from '../paths.ts';

/** A key pair as completions offer it. */
export interface CachedPair {
  readonly name: string;
  readonly id: string | null;
  /** `rsa 2048`; null if the service does not return it. */
  readonly type: string | null;
  /** Ids of the instances that it was last seen bound to; empty if unknown. */
  readonly instances: readonly string[];
}

/** An instance as completions offer it. */
export interface CachedInstance {
  readonly id: string;
  readonly name: string | null;
}

/** A place with key pairs and instances. The cache has one file of each for it. */
export interface CachePlace {
  /** The provider's id. */
  readonly provider: string;
  readonly region: string;
  /** Their owner: {@link SANDBOX}, or the result of {@link accountOf}. */
  readonly account: string;
}

/** The most key pairs that are cached for one place. */
const MOST_PAIRS = 5000;

/** The most instances that are cached for one place, over all key pairs. */
const MOST_INSTANCES = 5000;

/** The account of the sandbox. */
export const SANDBOX = 'sandbox';

/**
 * The account of a command, as far as it is known without a request: the profile's name, with the site or the given
 * endpoint.
 *
 * @throws TypeError for an endpoint that is no URL.
 */
export function accountOf(
  { sandbox, profile, site, endpoint }: Pick<Settings, 'sandbox' | 'profile' | 'site' | 'endpoint'>,
  provider: string,
): string {
  if (sandbox) return SANDBOX;
  const given = endpoint ?? (profile.provider === provider ? profile.endpoint : null);
  return `${profile.name},${given === null ? site : encodeURIComponent(new URL(given).origin)}`;
}

/** The directory of the cached key pairs. */
export function namesDirectory(paths: PathsInput): string {
  return path.join(cacheDirectory(paths), 'names');
}

/** The directory of the cached instances. */
export function instancesDirectory(paths: PathsInput): string {
  return path.join(cacheDirectory(paths), 'instances');
}

/** The file of a place: `tencent,ap-guangzhou,sandbox.json`. */
function fileOf(directory: string, { provider, region, account }: CachePlace): string {
  return path.join(directory, `${provider},${region},${account}.json`);
}

/** The places in the cache; none if there is no cache. */
export function placesIn(directory: string): readonly CachePlace[] {
  let files: readonly string[];
  try {
    files = readdirSync(directory);
  } catch {
    return [];
  }
  return files.flatMap((file) => {
    const [, provider, region, account] = /^([a-z]+),([a-z0-9-]+),([^,]+(?:,[^,]+)?)\.json$/.exec(file) ?? [];
    return provider === undefined || region === undefined || account === undefined
      ? []
      : [{ provider, region, account }];
  });
}

/** The longest file that completions read, in bytes. */
const LONGEST = 2 * 1024 * 1024;

/**
 * The text of a file; null if it is no regular file, is longer than 2 MiB, or cannot be read. Never blocks on a FIFO or
 * a device. Synchronous: Node's promises for files take longer to load than such a file to read.
 */
export function readShortText(file: string): string | null {
  try {
    const descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const found = fstatSync(descriptor);
      return found.isFile() && found.size <= LONGEST ? readFileSync(descriptor, 'utf8') : null;
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return null;
  }
}

/** The cached key pairs of a place; none if they cannot be read. */
export function readPairs(directory: string, place: CachePlace): readonly CachedPair[] {
  return rowsIn(directory, place, MOST_PAIRS)
    .map(pairIn)
    .filter((pair) => pair !== null);
}

/** The cached instances of a place; none if they cannot be read. */
export function readInstances(directory: string, place: CachePlace): readonly CachedInstance[] {
  return rowsIn(directory, place, MOST_INSTANCES).flatMap((row) => {
    const [id, name] = Array.isArray(row) ? (row as readonly unknown[]) : [];
    return typeof id === 'string' ? [{ id, name: textOrNull(name) }] : [];
  });
}

function rowsIn(directory: string, place: CachePlace, most: number): readonly unknown[] {
  try {
    const content: unknown = JSON.parse(readShortText(fileOf(directory, place)) ?? '');
    return Array.isArray(content) ? content.slice(0, most) : [];
  } catch {
    return [];
  }
}

function pairIn(entry: unknown): CachedPair | null {
  if (!Array.isArray(entry)) return null;
  // Earlier releases did not store instances.
  const [name, id, type, instances = []] = entry as readonly unknown[];
  if (typeof name !== 'string') return null;
  return {
    name,
    id: textOrNull(id),
    type: textOrNull(type),
    instances: Array.isArray(instances)
      ? (instances as readonly unknown[]).slice(0, MOST_INSTANCES).filter((one) => typeof one === 'string')
      : [],
  };
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/**
 * Changes the cached key pairs of a place. The file is 0600 and replaced atomically; it is removed if no pairs are
 * left.
 *
 * Of two concurrent changes the later one wins; the next `list` restores what was lost. Never fails: a change that
 * cannot be written is dropped.
 *
 * @param change maps the old pairs to the new ones.
 */
export async function changePairs(
  directory: string,
  place: CachePlace,
  change: (pairs: readonly CachedPair[]) => readonly CachedPair[],
): Promise<void> {
  await writeRows(directory, place, () => rowsOf(change(readPairs(directory, place)).slice(0, MOST_PAIRS)));
}

/** Replaces the cached instances of a place, as {@link changePairs}. */
export async function cacheInstances(
  directory: string,
  place: CachePlace,
  instances: readonly CachedInstance[],
): Promise<void> {
  await writeRows(directory, place, () => instances.slice(0, MOST_INSTANCES).map(({ id, name }) => [id, name]));
}

async function writeRows(directory: string, place: CachePlace, rowsNow: () => readonly unknown[]): Promise<void> {
  try {
    const { isTemporaryName, makePrivateDirectory, removeLeftovers, temporaryName } = await import('../storage/fs.ts');
    await makePrivateDirectory(directory);
    await removeLeftovers(directory, isTemporaryName, new Date());
    // Synchronous from here on, so that concurrent creates of this process do not interleave.
    const rows = rowsNow();
    const file = fileOf(directory, place);
    if (rows.length === 0) rmSync(file, { force: true });
    else replaceFile(file, temporaryName(file), JSON.stringify(rows));
  } catch {
    // Only completions depend on it.
  }
}

/** A row without instances has the format of earlier releases. */
function rowsOf(pairs: readonly CachedPair[]): readonly unknown[] {
  let room = MOST_INSTANCES;
  return pairs.map(({ name, id, type, instances }) => {
    const kept = instances.slice(0, room);
    room -= kept.length;
    return kept.length === 0 ? [name, id, type] : [name, id, type, kept];
  });
}

/** Not synced: a cache that a power failure breaks counts as none. */
function replaceFile(file: string, temporary: string, text: string): void {
  try {
    writeFileSync(temporary, text, { mode: 0o600, flag: 'wx' });
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** Forgets the key pairs or the instances of the sandbox. Never fails. */
export function forgetSandbox(directory: string): void {
  for (const place of placesIn(directory)) {
    if (place.account !== SANDBOX) continue;
    try {
      rmSync(fileOf(directory, place), { force: true });
    } catch {
      // It only offers names.
    }
  }
}
