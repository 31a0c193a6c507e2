import { randomBytes } from 'node:crypto';
import { type FileHandle, link, lstat, rename, stat } from 'node:fs/promises';
import { createExclusive, discard, errorCode, removeIfThere, writeAll } from './fs.ts';
import { readGuarded } from './read-guarded.ts';

/**
 * Gives the synced file `temporary` its final name, atomically and without overwriting: link(2) fails with `EEXIST`
 * where rename(2) would replace.
 *
 * Where link(2) fails for any other reason (FAT, Android, many network and user-space file systems) the name is claimed
 * with an exclusive empty file, which the whole one then replaces by rename(2): at no moment is there a half key, and
 * what others put there is left alone. `temporary` has gone then.
 */
export async function linkUnderName(temporary: string, final: string): Promise<void> {
  try {
    await link(temporary, final);
  } catch (error) {
    if (errorCode(error) === 'EEXIST') throw error;
    await claimAndRename(temporary, final);
  }
}

async function claimAndRename(temporary: string, final: string): Promise<void> {
  const claim = await createExclusive(final, 0o600);
  let inode;
  try {
    inode = await claim.stat({ bigint: true });
    await claim.close();
  } catch (error) {
    await discard(claim, final);
    throw error;
  }
  if (!(await isSameFile(final, inode)) && !(await isEmpty(final))) {
    throw Object.assign(new Error('somebody has put something else there'), { code: 'EEXIST' });
  }
  try {
    await rename(temporary, final);
  } catch (error) {
    if (await isSameFile(final, inode)) await removeIfThere(final).catch(() => undefined);
    throw error;
  }
}

/** Where inode numbers do not stay (sshfs) our own claim is known by what it holds; to replace nothing loses nothing. */
async function isEmpty(file: string): Promise<boolean> {
  const found = await lstat(file);
  return found.isFile() && found.size === 0;
}

/** Which file or directory it is, whatever path leads there: as stat(2) tells it. */
export interface Inode {
  readonly dev: bigint;
  readonly ino: bigint;
}

/** Whether two are one and the same. */
export function isSameInode(one: Inode, other: Inode): boolean {
  return one.dev === other.dev && one.ino === other.ino;
}

/** Whether `directory`, through whatever links, still leads to the one that was looked at. False where nothing is there. */
export function isSameDirectory(directory: string, expected: Inode): Promise<boolean> {
  return stat(directory, { bigint: true }).then(
    (found) => isSameInode(found, expected),
    () => false,
  );
}

/** Whether `file` is the very file that was looked at: a link to it is not. False where nothing is there. */
export function isSameFile(file: string, expected: Inode): Promise<boolean> {
  return lstat(file, { bigint: true }).then(
    (found) => isSameInode(found, expected),
    () => false,
  );
}

/**
 * Whether `file` is a regular file of exactly this content, which nobody else knows: it tells our own file where inode
 * numbers do not stay the same (sshfs). False where nothing is there.
 */
export async function holds(file: string, content: Uint8Array): Promise<boolean> {
  const read = await readGuarded(file, content.length, 'refuse').catch(() => null);
  return read !== null && typeof read !== 'string' && read.bytes.equals(content);
}

/** The space that is preallocated before the call, in bytes: more than any private key and its armour needs. */
const SIZE = 32 * 1024;

/** The beginning of a preallocated file. No answer of a service begins like this. */
const MARK = Buffer.from('keypair: room for a private key that has not come\n\0');

/**
 * Preallocates a new file for a key: {@link MARK}, then random bytes, since a file system that compresses (btrfs, ZFS)
 * would allocate no space for zeros.
 */
export async function preallocate(handle: FileHandle): Promise<void> {
  const room = randomBytes(SIZE);
  MARK.copy(room);
  await writeAll(handle, room);
  await handle.sync();
}

/**
 * Whether a temporary file still holds nothing but the room that was taken, by its whole content: the mark and what
 * fits into the room, zeros alone, or the room of earlier releases. A first byte proves nothing: an answer in UTF-16 may
 * begin with any.
 */
export function isPreallocated(content: Uint8Array): boolean {
  if (content.length > SIZE) return false;
  return (
    MARK.equals(content.subarray(0, MARK.length)) || content.every((byte) => byte === 0) || isOldPreallocated(content)
  );
}

/** Earlier releases filled the whole room with random bytes after a first byte of zero. */
function isOldPreallocated(content: Uint8Array): boolean {
  if (content.length !== SIZE || content[0] !== 0) return false;
  const counts = new Uint32Array(256);
  for (const byte of content) counts[byte] = (counts[byte] ?? 0) + 1;
  // 128 of each are expected, with a standard deviation of 11; no text and no text with zeros after it comes near.
  return counts.every((count) => count > 40 && count < 260);
}

/**
 * Overwrites the preallocated bytes with content and fsyncs. The rest is zeros until it is cut off, which needs no new
 * space: interrupted in between, the file is the content and zeros.
 */
export async function writePreallocated(handle: FileHandle, content: Uint8Array): Promise<void> {
  try {
    await fill(handle, content, SIZE);
  } catch (error) {
    if (!['ENOSPC', 'EDQUOT'].includes(errorCode(error) ?? '')) throw error;
    // A file system that copies on write (btrfs, ZFS) wants new room before it gives back the old: now it has that.
    await handle.truncate(0);
    await handle.sync();
    await fill(handle, content, 0);
  }
}

async function fill(handle: FileHandle, content: Uint8Array, room: number): Promise<void> {
  const whole = Buffer.alloc(Math.max(room, content.length));
  whole.set(content);
  await writeAll(handle, whole);
  await handle.truncate(content.length);
  await handle.sync();
}
