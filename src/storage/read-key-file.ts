import { constants } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { Secret } from '../secret.ts';
import { errorCode } from './fs.ts';

/** The longest file that is looked at, in bytes: longer than any key and its armour. */
const LONGEST = 64 * 1024;

/** A small regular file, read. */
export interface SmallFile {
  /** May be a private key. */
  readonly text: Secret;
  /** The permission bits, `0o600`; of what a link leads to. */
  readonly mode: number;
}

/** What became of reading a file: null is something that cannot be a key, or that has gone. */
export type Reading = SmallFile | 'unreadable' | null;

/**
 * Reads a file of up to 64 KiB. Never throws, and never waits: a FIFO, a socket or a device is not opened, and should
 * one take the file's place in between, it is opened without blocking and let go.
 */
export async function readSmallFile(file: string): Promise<Reading> {
  try {
    if (!plausible(await stat(file))) return null;
    const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const found = await handle.stat();
      if (!plausible(found)) return null;
      const bytes = Buffer.alloc(found.size);
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0);
      const text = new Secret(bytes.toString('utf8', 0, bytesRead));
      return { text, mode: found.mode & 0o777 };
    } finally {
      await handle.close();
    }
  } catch (error) {
    // A dangling link and a link to itself lead to nothing that could be read.
    return ['ENOENT', 'ELOOP', 'ENOTDIR'].includes(errorCode(error) ?? '') ? null : 'unreadable';
  }
}

function plausible(found: { isFile(): boolean; readonly size: number }): boolean {
  return found.isFile() && found.size > 0 && found.size <= LONGEST;
}
