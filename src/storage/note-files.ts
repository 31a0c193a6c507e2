import { createHash } from 'node:crypto';
import path from 'node:path';
import { createExclusive, makePrivateDirectory, removeIfThere, writeAll } from './fs.ts';
import { readGuarded } from './read-guarded.ts';

/**
 * The files of a directory of notes: each is named by a hash of what the note is about. Nothing depends on a note, so
 * none is synced.
 */

/** The names of such files. */
export const NOTE_NAME = /^[0-9a-f]{64}\.json$/;

/** How many notes are read at once: more gains nothing, and the limit on open files may be as low as 256. */
export const NOTES_AT_ONCE = 32;

/**
 * Writes a note, in place of an earlier one about the same.
 *
 * @param about what it is about.
 * @returns its file.
 * @throws what the file system throws.
 */
export async function writeNote(directory: string, about: readonly unknown[], note: object): Promise<string> {
  await makePrivateDirectory(directory);
  const hash = createHash('sha256').update(JSON.stringify(about)).digest('hex');
  const file = path.join(directory, `${hash}.json`);
  await removeIfThere(file);
  const handle = await createExclusive(file, 0o600);
  try {
    await writeAll(handle, Buffer.from(`${JSON.stringify({ version: 1, ...note })}\n`));
  } finally {
    await handle.close();
  }
  return file;
}

/**
 * The text of a note; null if it cannot be read, or may be another user's. Never throws.
 *
 * @param longest in bytes.
 * @param owner who must own it; null: anybody.
 */
export async function readNote(file: string, longest: number, owner: number | null): Promise<string | null> {
  const read = await readGuarded(file, longest, 'refuse', owner).catch(() => null);
  return read === null || typeof read === 'string' ? null : read.bytes.toString('utf8');
}
