import { readdirSync } from 'node:fs';
import { journalDirectory } from '../../paths.ts';

/**
 * Whether anything stands in the journal: one look at a directory, by every command, and nothing else is loaded for
 * it. Never throws. Synchronous: Node's promises for files take longer to load than the look.
 */
export function anyEntry(stateDirectory: string): boolean {
  try {
    return readdirSync(journalDirectory(stateDirectory)).some((name) => name.endsWith('.json'));
  } catch {
    return false;
  }
}
