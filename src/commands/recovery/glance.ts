import { readdir } from 'node:fs/promises';
import { journalDirectory } from '../../config/paths.ts';

/**
 * Whether anything stands in the journal: one look at a directory, by every command, and nothing else is loaded for
 * it. Never throws.
 */
export async function anyEntry(stateDirectory: string): Promise<boolean> {
  try {
    return (await readdir(journalDirectory(stateDirectory))).some((name) => name.endsWith('.json'));
  } catch {
    return false;
  }
}
