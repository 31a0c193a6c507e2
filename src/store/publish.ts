import { link, rename } from 'node:fs/promises';
import { createExclusive, discard, errorCode, removeIfThere } from './files.ts';
import { standsAt } from './identity.ts';

/**
 * What link(2) answers on a file system without hard links (FAT, some network and user-space ones); `EISDIR` is what
 * libuv makes of Windows' ERROR_INVALID_FUNCTION.
 */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EISDIR']);

/**
 * Gives the synced file `temporary` its final name, atomically and without overwriting: link(2) fails with `EEXIST`
 * where rename(2) would replace.
 *
 * On a file system without hard links the name is claimed with an exclusive empty file, which the whole one then
 * replaces by rename(2): at no moment is there a half key, and what others put there is left alone. `temporary` has
 * gone then.
 */
export async function publish(temporary: string, final: string): Promise<void> {
  try {
    await link(temporary, final);
  } catch (error) {
    if (!NO_LINKS.has(errorCode(error) ?? '')) throw error;
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
  if (!(await standsAt(final, identity))) {
    throw Object.assign(new Error('somebody has put something else there'), { code: 'EEXIST' });
  }
  try {
    await rename(temporary, final);
  } catch (error) {
    if (await standsAt(final, identity)) await removeIfThere(final).catch(() => undefined);
    throw error;
  }
}
