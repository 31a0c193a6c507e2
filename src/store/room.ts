import { randomBytes } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { errorCode, writeAll } from './files.ts';

/** Room that is taken on the disk before the call, in bytes: more than any private key and its armour needs. */
const SIZE = 32 * 1024;

/**
 * Fills a new file with room for a key. Random bytes: a file system that compresses (btrfs, ZFS) would keep zeros
 * without taking any room for them. The first byte is zero, as that of no answer is: see {@link isRoom}.
 */
export async function takeRoom(handle: FileHandle): Promise<void> {
  const room = randomBytes(SIZE);
  room[0] = 0;
  await writeAll(handle, room);
  await handle.sync();
}

/** Whether a temporary file still holds nothing but the room that was taken, by its content as text or bytes. */
export function isRoom(content: string | Uint8Array): boolean {
  return content.length === 0 || content[0] === 0 || content[0] === '\0';
}

/**
 * Puts content into the room and waits until the disk has it. The rest of the room is zeros until it is cut off, which
 * needs no new room: cut short in between, the file is the content and zeros.
 */
export async function useRoom(handle: FileHandle, content: Uint8Array): Promise<void> {
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
