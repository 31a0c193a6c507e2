import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, open, readlink, realpath, rename, rmdir, symlink, unlink } from 'node:fs/promises';
import path from 'node:path';
import { KeypairError } from '../errors.ts';
import { listed } from '../language/phrases.ts';
import { t } from '../language/t.ts';
import {
  errorCode,
  isTaken,
  makePrivateDirectory,
  removeIfThere,
  syncDirectory,
  writeNewFile,
} from './files.ts';

/**
 * Moves key files into a fresh 0700 folder `<state directory>/trash/<2026-11-21T000000Z>-<random>`, with their names
 * and modes; of two with one name the second becomes `<name>-2`. Nothing is overwritten, and at every moment each
 * file is where it was or in the folder. A link is moved as a link.
 *
 * @returns the folder.
 * @throws KeypairError `PARTIAL` that says where each file is: key files are moved when the cloud has changed already.
 */
export async function moveToTrash(
  files: readonly string[],
  stateDirectory: string,
  now: Date,
  platform: string,
): Promise<string> {
  // Windows has no colons in names.
  const stamp = now.toISOString().replace(/\.\d+|:/g, '');
  const folder = path.join(stateDirectory, 'trash', `${stamp}-${randomBytes(6).toString('hex')}`);
  const wanted = new Set(files);
  const moved: string[] = [];
  try {
    await makePrivateDirectory(folder);
    for (const file of wanted) {
      await moveOne(file, await freeName(folder, path.basename(file)), platform);
      moved.push(file);
    }
    const touched = new Set([path.dirname(folder), folder, ...moved.map((file) => path.dirname(file))]);
    for (const directory of touched) await syncDirectory(directory, platform);
    return folder;
  } catch (cause) {
    if (moved.length === 0) await rmdir(folder).catch(() => undefined);
    const left = [...wanted].filter((file) => !moved.includes(file));
    throw notMoved(moved, left, folder, cause);
  }
}

/** A name in a folder that nobody else writes in; only the file system knows whether `Foo` and `foo` are the same. */
async function freeName(folder: string, name: string): Promise<string> {
  let file = path.join(folder, name);
  for (let count = 2; await isTaken(file); count += 1) file = path.join(folder, `${name}-${count}`);
  return file;
}

async function moveOne(file: string, target: string, platform: string): Promise<void> {
  const found = await lstat(file);
  if (found.isSymbolicLink()) {
    await moveLink(file, target);
    return;
  }
  if (!found.isFile()) throw new KeypairError('USAGE', 'not a file');
  try {
    await rename(file, target);
  } catch (error) {
    if (errorCode(error) !== 'EXDEV') throw error;
    await copyAndRemove(file, target, platform);
  }
}

/** A link that was relative would lead nowhere from the new place: the new one has the whole path. */
async function moveLink(file: string, target: string): Promise<void> {
  const destination = path.resolve(await realpath(path.dirname(file)), await readlink(file));
  await symlink(destination, target);
  await removeOrUndo(file, target);
}

/** The move to another file system: the copy is on the disk before the original goes. */
async function copyAndRemove(file: string, target: string, platform: string): Promise<void> {
  const source = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const { mode } = await source.stat();
    const content = await source.readFile();
    await writeNewFile(target, mode & 0o777, content);
    try {
      await syncDirectory(path.dirname(target), platform);
    } catch (error) {
      await unlink(target).catch(() => undefined);
      throw error;
    }
  } finally {
    await source.close();
  }
  await removeOrUndo(file, target);
}

/** One that has gone meanwhile is no failure: the copy may be the last. */
async function removeOrUndo(file: string, copy: string): Promise<void> {
  try {
    await removeIfThere(file);
  } catch (error) {
    await unlink(copy).catch(() => undefined);
    throw error;
  }
}

function notMoved(
  moved: readonly string[],
  left: readonly string[],
  folder: string,
  cause: unknown,
): KeypairError {
  const why = cause instanceof KeypairError ? cause.message : (errorCode(cause) ?? t`error`);
  const message =
    left[0] === undefined
      ? t`the key files are in the trash, but may not be on the disk yet (${why})`
      : t`${left[0]} could not be moved to the trash (${why})`;
  const hints = [
    ...(moved.length > 0 ? [t`in ${folder} now: ${listed(moved)}`] : []),
    ...(left.length > 0 ? [t`where it was: ${listed(left)}`] : []),
  ];
  return new KeypairError('PARTIAL', message, { hints, cause });
}
