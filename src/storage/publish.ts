import { constants } from 'node:fs';
import { link, lstat, open, rename, stat } from 'node:fs/promises';
import { createExclusive, discard, errorCode, removeIfThere } from './fs.ts';

/**
 * Gives the synced file `temporary` its final name, atomically and without overwriting: link(2) fails with `EEXIST`
 * where rename(2) would replace.
 *
 * Where link(2) fails for any other reason (FAT, Android, many network and user-space file systems) the name is claimed
 * with an exclusive empty file, which the whole one then replaces by rename(2): at no moment is there a half key, and
 * what others put there is left alone. `temporary` has gone then.
 */
export async function publish(temporary: string, final: string): Promise<void> {
  try {
    await link(temporary, final);
  } catch (error) {
    if (errorCode(error) === 'EEXIST') throw error;
    await claimAndRename(temporary, final);
  }
}

async function claimAndRename(temporary: string, final: string): Promise<void> {
  const claim = await createExclusive(final, 0o600);
  let identity;
  try {
    identity = await claim.stat({ bigint: true });
    await claim.close();
  } catch (error) {
    await discard(claim, final);
    throw error;
  }
  if (!(await isSameFile(final, identity)) && !(await isEmpty(final))) {
    throw Object.assign(new Error('somebody has put something else there'), { code: 'EEXIST' });
  }
  try {
    await rename(temporary, final);
  } catch (error) {
    if (await isSameFile(final, identity)) await removeIfThere(final).catch(() => undefined);
    throw error;
  }
}

/** Where inode numbers do not stay (sshfs) our own claim is known by what it holds; to replace nothing loses nothing. */
async function isEmpty(file: string): Promise<boolean> {
  const found = await lstat(file);
  return found.isFile() && found.size === 0;
}

/** Which file or directory it is, whatever path leads there: as stat(2) tells it. */
export interface Identity {
  readonly dev: bigint;
  readonly ino: bigint;
}

/** Whether two are one and the same. */
export function isSame(one: Identity, other: Identity): boolean {
  return one.dev === other.dev && one.ino === other.ino;
}

/** Whether `directory`, through whatever links, still leads to the one that was looked at. False where nothing is there. */
export function isSameDirectory(directory: string, expected: Identity): Promise<boolean> {
  return stat(directory, { bigint: true }).then(
    (found) => isSame(found, expected),
    () => false,
  );
}

/** Whether `file` is the very file that was looked at: a link to it is not. False where nothing is there. */
export function isSameFile(file: string, expected: Identity): Promise<boolean> {
  return lstat(file, { bigint: true }).then(
    (found) => isSame(found, expected),
    () => false,
  );
}

/**
 * Whether `file` is a regular file of exactly this content, which nobody else knows: it tells our own file where inode
 * numbers do not stay the same (sshfs). False where nothing is there.
 */
export async function holds(file: string, content: Uint8Array): Promise<boolean> {
  try {
    const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const found = await handle.stat();
      return found.isFile() && found.size === content.length && (await handle.readFile()).equals(content);
    } finally {
      await handle.close();
    }
  } catch {
    return false;
  }
}
