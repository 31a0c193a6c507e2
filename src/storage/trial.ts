import { lstat, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { causedBy, KeypairError } from '../errors.ts';
import { errorCode, makePrivateDirectory, mapFsErrors, removeIfThere, temporaryName, writeNewFile } from './fs.ts';
import { reserveKeyFile } from './key-file.ts';
import { checkPermissions, type User, PermissionsError } from './permissions.ts';
import { trashHint, trashDirectory } from './trash.ts';

/** Why `create` would refuse a key directory, or null. Reserves a key file there as `create` does, and releases it. */
export function tryKeyDirectory(directory: string, user: User): Promise<KeypairError | null> {
  return tryIn(directory, async (trial) => {
    const place = await reserveKeyFile(temporaryName(path.join(trial, 'doctor')), user);
    await place.release();
  });
}

/**
 * Why one of this program's own directories would be refused, or null. Makes a file in it and removes it.
 *
 * @param elsewhere the hint that names another place.
 */
export function tryOwnDirectory(directory: string, user: User, elsewhere: string): Promise<KeypairError | null> {
  const hints = [elsewhere];
  return tryIn(directory, (trial) => mapFsErrors(trial, () => makeFile(trial, user, elsewhere), { hints }));
}

/**
 * Refuses a trash that others may write in. Call it before the cloud changes.
 *
 * @throws PermissionsError
 */
export async function checkTrash(stateDirectory: string, user: User): Promise<void> {
  const refusal = await tryOwnDirectory(trashDirectory(stateDirectory), user, trashHint());
  if (refusal instanceof PermissionsError) throw refusal;
}

async function makeFile(directory: string, user: User, elsewhere: string): Promise<void> {
  await makePrivateDirectory(directory);
  const file = temporaryName(path.join(directory, 'doctor'));
  try {
    await writeNewFile(file, 0o600, 'doctor');
    await checkPermissions(directory, (await lstat(file)).uid, user, elsewhere);
  } finally {
    await removeIfThere(file).catch(() => undefined);
  }
}

/**
 * Does not make a missing directory, since another process may find it. Tries a temporary one beside the first missing
 * directory instead.
 */
async function tryIn(directory: string, act: (trial: string) => Promise<void>): Promise<KeypairError | null> {
  const there = await nearestExisting(directory);
  const trial = there === directory ? directory : temporaryName(path.join(there, 'doctor'));
  try {
    await act(trial);
    return null;
  } catch (error) {
    if (!(error instanceof KeypairError)) throw error;
    if (!error.message.includes(trial) || trial === directory) return error;
    const message = error.message.replaceAll(trial, directory);
    return new KeypairError(error.code, message, { ...causedBy(error), hints: error.hints });
  } finally {
    if (trial !== directory) await rmdir(trial).catch(() => undefined);
  }
}

/** The directory itself if it exists, else the nearest existing one above it. */
async function nearestExisting(directory: string): Promise<string> {
  try {
    await lstat(directory);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return nearestExisting(path.dirname(directory));
  }
  return directory;
}
