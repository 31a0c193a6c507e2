import { randomBytes } from 'node:crypto';
import { type FileHandle, link, lstat, rename, stat } from 'node:fs/promises';
import { createExclusive, discard, errorCode, removeIfThere, writeAll } from './fs.ts';
import { readGuarded } from './read-guarded.ts';

/**
 * Gives the synced file `temporary` its final name, atomically and without overwriting: link(2) fails with `EEXIST`
 * where rename(2) would replace.
 *
 * If link(2) fails for any other reason (FAT, Android, many network and user-space file systems), an exclusive empty
 * file claims the name, and rename(2) replaces it with the complete one. So there is never a partial key, and files of
 * others stay. `temporary` is then gone.
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

/** Without stable inode numbers (sshfs) an empty file counts as our own claim: replacing it loses nothing. */
async function isEmpty(file: string): Promise<boolean> {
  const found = await lstat(file);
  return found.isFile() && found.size === 0;
}

/** The identity of a file or directory, from stat(2), whatever its path. */
export interface Inode {
  readonly dev: bigint;
  readonly ino: bigint;
}

/** Whether both are the same file or directory. */
export function isSameInode(one: Inode, other: Inode): boolean {
  return one.dev === other.dev && one.ino === other.ino;
}

/** Whether `directory` still leads to the expected one, through any links. False if nothing is there. */
export function isSameDirectory(directory: string, expected: Inode): Promise<boolean> {
  return stat(directory, { bigint: true }).then(
    (found) => isSameInode(found, expected),
    () => false,
  );
}

/** Whether `file` is the expected file itself and not a link to it. False if nothing is there. */
export function isSameFile(file: string, expected: Inode): Promise<boolean> {
  return lstat(file, { bigint: true }).then(
    (found) => isSameInode(found, expected),
    () => false,
  );
}

/**
 * Whether `file` is a regular file with exactly this content, which nobody else knows. It identifies our own file if
 * inode numbers are not stable (sshfs). False if nothing is there.
 */
export async function holds(file: string, content: Uint8Array): Promise<boolean> {
  const read = await readGuarded(file, content.length, 'refuse').catch(() => null);
  return read !== null && typeof read !== 'string' && read.bytes.equals(content);
}

/** The size that is preallocated before the call, in bytes: larger than any private key with its armour. */
const SIZE = 32 * 1024;

/** The start of a preallocated file. No service's answer starts like this. */
const MARK = Buffer.from('keypair: room for a private key that has not come\n\0');

/**
 * Preallocates a new file for a key: {@link MARK}, then random bytes. A file system that compresses (btrfs, ZFS) would
 * allocate no space for zeros.
 */
export async function preallocate(handle: FileHandle): Promise<void> {
  const room = randomBytes(SIZE);
  MARK.copy(room);
  await writeAll(handle, room);
  await handle.sync();
}

/**
 * Whether a temporary file holds only preallocated bytes, by its whole content: the mark and no more than the size,
 * only zeros, or the random bytes of earlier releases. The first byte alone proves nothing: an answer in UTF-16 may
 * start with any.
 */
export function isPreallocated(content: Uint8Array): boolean {
  if (content.length > SIZE) return false;
  return (
    MARK.equals(content.subarray(0, MARK.length)) || content.every((byte) => byte === 0) || isOldPreallocated(content)
  );
}

/** Earlier releases wrote a zero byte, then random bytes up to the size. */
function isOldPreallocated(content: Uint8Array): boolean {
  if (content.length !== SIZE || content[0] !== 0) return false;
  const counts = new Uint32Array(256);
  for (const byte of content) counts[byte] = (counts[byte] ?? 0) + 1;
  // Each byte value is expected 128 times, with a standard deviation of 11. No text comes near that, with or without
  // zeros after it.
  return counts.every((count) => count > 40 && count < 260);
}

/**
 * Overwrites the preallocated bytes with the content and syncs. The rest is zeros until the file is truncated, which
 * needs no new space. After an interruption the file holds the content and zeros.
 */
export async function writePreallocated(handle: FileHandle, content: Uint8Array): Promise<void> {
  try {
    await fill(handle, content, SIZE);
  } catch (error) {
    if (!['ENOSPC', 'EDQUOT'].includes(errorCode(error) ?? '')) throw error;
    // A copy-on-write file system (btrfs, ZFS) needs new space before it frees the old: free it first.
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
