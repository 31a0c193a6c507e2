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
import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { Settings } from '../cli/settings.ts';
import { cacheDirectory, type PathsInput } from '../paths.ts';

/** A key pair as completions offer it. */
export interface CachedPair {
  readonly name: string;
  readonly id: string | null;
  /** `rsa 2048`; null where the service does not tell. */
  readonly type: string | null;
  /** Ids of the instances that it was seen bound to; none where nobody has looked. */
  readonly instances: readonly string[];
}

/** Where key pairs are: a file of the cache for each. */
export interface CachePlace {
  /** The provider's id. */
  readonly provider: string;
  readonly region: string;
  /** Whose they are: the {@link SANDBOX}'s, or what {@link accountOf} gives. */
  readonly account: string;
}

/** Most key pairs that are kept of one place. */
const MOST_PAIRS = 5000;

/** Most instances that are kept of one place, whichever of its key pairs they are bound to. */
const MOST_INSTANCES = 5000;

/** The account of the stand-in cloud. */
export const SANDBOX = 'sandbox';

/**
 * Whose key pairs a command works on, as far as that is known without asking: the profile's, on a site of the vendor or
 * at the endpoint that was given.
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

/** Where the cache of names is. */
export function namesDirectory(paths: PathsInput): string {
  return path.join(cacheDirectory(paths), 'names');
}

/** The file of a place: `tencent,ap-guangzhou,sandbox.json`. */
function fileOf(directory: string, { provider, region, account }: CachePlace): string {
  return path.join(directory, `${provider},${region},${account}.json`);
}

/** The places that are in the cache; none where there is no cache. */
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
 * The text of a file; null where it is none, is longer than 2 MiB, or cannot be read. Never waits: a FIFO or a device in
 * its place is let go. Synchronous: Node's promises for files take longer to load than any such file to read.
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

/** What is cached of a place; nothing where it cannot be read. */
export function readPairs(directory: string, place: CachePlace): readonly CachedPair[] {
  try {
    const content: unknown = JSON.parse(readShortText(fileOf(directory, place)) ?? '');
    if (!Array.isArray(content)) return [];
    return content
      .slice(0, MOST_PAIRS)
      .map(pairIn)
      .filter((pair) => pair !== null);
  } catch {
    return [];
  }
}

function pairIn(entry: unknown): CachedPair | null {
  if (!Array.isArray(entry)) return null;
  // Earlier releases noted no instances.
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
 * Changes what is cached of a place. The file is 0600 and replaced as a whole; none is left for a place without pairs.
 *
 * Of two processes that do it at once the later one wins: what is lost by it the next `list` brings back. What cannot be
 * written is not cached: this never fails.
 *
 * @param change gets what is there, and gives what is to be.
 */
export async function changePairs(
  directory: string,
  place: CachePlace,
  change: (pairs: readonly CachedPair[]) => readonly CachedPair[],
): Promise<void> {
  try {
    const { isTemporaryName, makePrivateDirectory, removeLeftovers, temporaryName } = await import('../storage/fs.ts');
    await makePrivateDirectory(directory);
    await removeLeftovers(directory, isTemporaryName, new Date());
    // From here on nothing else of this process comes in between: many pairs may be made at once.
    const pairs = change(readPairs(directory, place)).slice(0, MOST_PAIRS);
    const file = fileOf(directory, place);
    if (pairs.length === 0) rmSync(file, { force: true });
    else replaceFile(file, temporaryName(file), JSON.stringify(rowsOf(pairs)));
  } catch {
    // Nothing but completions depends on it.
  }
}

/** Without instances a row is what earlier releases wrote. */
function rowsOf(pairs: readonly CachedPair[]): readonly unknown[] {
  let room = MOST_INSTANCES;
  return pairs.map(({ name, id, type, instances }) => {
    const kept = instances.slice(0, room);
    room -= kept.length;
    return kept.length === 0 ? [name, id, type] : [name, id, type, kept];
  });
}

/** Not synced: after a power cut a broken cache is as good as none. */
function replaceFile(file: string, temporary: string, text: string): void {
  try {
    writeFileSync(temporary, text, { mode: 0o600, flag: 'wx' });
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** Forgets the key pairs of the stand-in cloud. Never fails. */
export async function forgetSandbox(directory: string): Promise<void> {
  for (const place of placesIn(directory)) {
    if (place.account === SANDBOX) await rm(fileOf(directory, place), { force: true }).catch(() => undefined);
  }
}
