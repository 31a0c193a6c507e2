import { randomBytes } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { errorCode, writeAll } from './fs.ts';

/** Room that is taken on the disk before the call, in bytes: more than any private key and its armour needs. */
const SIZE = 32 * 1024;

/** The beginning of a file that is room and nothing else. No answer of a service begins like this. */
const MARK = Buffer.from('keypair: room for a private key that has not come\n\0');

/**
 * Fills a new file with room for a key: {@link MARK}, then random bytes, since a file system that compresses (btrfs,
 * ZFS) would keep zeros without taking any room for them.
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
export function isRoom(content: Uint8Array): boolean {
  if (content.length > SIZE) return false;
  return (
    MARK.equals(content.subarray(0, MARK.length)) || content.every((byte) => byte === 0) || isOldRoom(content)
  );
}

/** Earlier releases filled the whole room with random bytes after a first byte of zero. */
function isOldRoom(content: Uint8Array): boolean {
  if (content.length !== SIZE || content[0] !== 0) return false;
  const counts = new Uint32Array(256);
  for (const byte of content) counts[byte] = (counts[byte] ?? 0) + 1;
  // 128 of each are expected, with a standard deviation of 11; no text and no text with zeros after it comes near.
  return counts.every((count) => count > 40 && count < 260);
}

/**
 * Puts content into the room and waits until the disk has it. The rest of the room is zeros until it is cut off, which
 * needs no new room: cut short in between, the file is the content and zeros.
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
