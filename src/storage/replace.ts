import { rename } from 'node:fs/promises';
import path from 'node:path';
import { createExclusive, removeIfThere, syncDirectory, temporaryName, writeSynced } from './fs.ts';

/**
 * Puts a file of mode 0600 in a file's place, synced and as a whole: whoever reads it, or a power cut, finds the old one
 * or the new one. Nothing is left behind when it fails.
 *
 * @throws what the file system throws.
 */
export async function replaceFile(
  file: string,
  content: string | Uint8Array,
  platform: string,
): Promise<void> {
  const temporary = temporaryName(file);
  const handle = await createExclusive(temporary, 0o600);
  try {
    try {
      await writeSynced(handle, content);
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await removeIfThere(temporary);
    throw error;
  }
  await syncDirectory(path.dirname(file), platform);
}
