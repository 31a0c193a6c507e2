import path from 'node:path';
import { KeypairError } from '../errors.ts';
import { t } from '../i18n/t.ts';
import type { Secret } from '../secret.ts';
import { linkUnderName } from './durable-write.ts';
import {
  createExclusive,
  discard,
  errorCode,
  isTaken,
  makePrivateDirectory,
  mapFsErrors,
  syncDirectory,
  temporaryName,
  writeSynced,
} from './fs.ts';
import { checkModes } from './key-file.ts';
import type { User } from './permissions.ts';

/**
 * Refuses a new file whose name is taken, even by a dangling link.
 *
 * @throws KeypairError `CONFLICT`.
 */
export async function checkNewFile(file: string): Promise<void> {
  if (await mapFsErrors(file, () => isTaken(file))) throw exists(file);
}

function exists(file: string): KeypairError {
  return new KeypairError('CONFLICT', t`${file} already exists`, {
    hints: [t`nothing is ever overwritten: choose another place with --output`],
  });
}

/**
 * Writes a key that is elsewhere, too, to a new file: beside its name, synced, then linked into place. Never overwrites.
 * If it fails, nothing stays, or the whole file: when only the sync of the directory fails.
 *
 * @throws KeypairError `CONFLICT` if the name is taken, `USAGE` if it cannot be written there, or others could read it
 * or change the directory.
 */
export async function writeKeyCopy(file: string, text: Secret, mode: 0o600 | 0o644, user: User): Promise<void> {
  const directory = path.dirname(file);
  await mapFsErrors(directory, async () => {
    await makePrivateDirectory(directory);
    const temporary = temporaryName(file);
    const handle = await createExclusive(temporary, mode);
    try {
      await checkModes(handle, directory, mode, user);
      await writeSynced(handle, text.reveal());
      await handle.close();
      await linkUnderName(temporary, file);
      await syncDirectory(directory, user.platform);
    } catch (error) {
      if (errorCode(error) === 'EEXIST') throw exists(file);
      throw error;
    } finally {
      await discard(handle, temporary);
    }
  });
}
