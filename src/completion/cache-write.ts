import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { isTemporaryName, makePrivateDirectory, removeLeftovers, temporaryName } from '../storage/fs.ts';
import {
  type CachedPair,
  type CachePlace,
  fileOf,
  MOST_INSTANCES,
  MOST_PAIRS,
  placesIn,
  readPairs,
  SANDBOX,
} from './cache.ts';

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
    await makePrivateDirectory(directory);
    await removeLeftovers(directory, isTemporaryName, new Date());
    // From here on nothing else of this process comes in between: many pairs may be made at once.
    const pairs = change(readPairs(directory, place)).slice(0, MOST_PAIRS);
    const file = fileOf(directory, place);
    if (pairs.length === 0) rmSync(file, { force: true });
    else replaceFile(file, JSON.stringify(rowsOf(pairs)));
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

/** Replaces a file of the cache as a whole, 0600. Not synced: after a power cut a broken cache is as good as none. */
export function replaceFile(file: string, text: string): void {
  const temporary = temporaryName(file);
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
