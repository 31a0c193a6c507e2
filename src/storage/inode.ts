import { constants } from 'node:fs';
import { lstat, open, stat } from 'node:fs/promises';

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
export function leadsTo(directory: string, expected: Identity): Promise<boolean> {
  return stat(directory, { bigint: true }).then(
    (found) => isSame(found, expected),
    () => false,
  );
}

/** Whether `file` is the very file that was looked at: a link to it is not. False where nothing is there. */
export function standsAt(file: string, expected: Identity): Promise<boolean> {
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
