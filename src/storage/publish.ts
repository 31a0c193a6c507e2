import { link, lstat, rename } from 'node:fs/promises';
import { createExclusive, discard, errorCode, removeIfThere } from './fs.ts';
import { standsAt } from './inode.ts';

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
  if (!(await standsAt(final, identity)) && !(await isEmpty(final))) {
    throw Object.assign(new Error('somebody has put something else there'), { code: 'EEXIST' });
  }
  try {
    await rename(temporary, final);
  } catch (error) {
    if (await standsAt(final, identity)) await removeIfThere(final).catch(() => undefined);
    throw error;
  }
}

/** Where inode numbers do not stay (sshfs) our own claim is known by what it holds; to replace nothing loses nothing. */
async function isEmpty(file: string): Promise<boolean> {
  const found = await lstat(file);
  return found.isFile() && found.size === 0;
}
