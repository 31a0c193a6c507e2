import { companionName, removeIfThere } from '../../storage/fs.ts';
import type { Intent } from '../../storage/intent.ts';

/** Removes the copies that were about to take the names of a key and of its public half, when both stand there. */
export async function removeCopies({ temporaryFile }: Intent): Promise<void> {
  for (const what of ['new', 'pub']) await removeIfThere(companionName(temporaryFile, what));
}
