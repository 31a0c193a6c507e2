import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';

/** The longest file that completions read, in bytes. */
const LONGEST = 2 * 1024 * 1024;

/**
 * The text of a file; null where it is none, is longer than 2 MiB, or cannot be read. Never waits: a FIFO or a device in
 * its place is let go. Synchronous: Node's promises for files take longer to load than any such file to read.
 */
export function readShortText(file: string): string | null {
  try {
    const descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const found = fstatSync(descriptor);
      return found.isFile() && found.size <= LONGEST ? readFileSync(descriptor, 'utf8') : null;
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return null;
  }
}
