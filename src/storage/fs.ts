import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import {
  chmod,
  type FileHandle,
  lstat,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readlink,
  realpath,
  rename,
  rm,
  rmdir,
  stat,
  unlink,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { KeypairError } from '../errors.ts';
import { t } from '../i18n/t.ts';

/** The error code of a failed system call (`ENOENT`), or null for any other error. */
export function errorCode(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error)) return null;
  return typeof error.code === 'string' ? error.code : null;
}

/** Whether `file` exists; a dangling link counts. */
export async function isTaken(file: string): Promise<boolean> {
  try {
    await lstat(file);
    return true;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
}

/**
 * Makes a directory and its missing parents with mode 0700. Existing directories stay as they are.
 *
 * @throws KeypairError `USAGE` if the parent belongs to another user: root would lock them out of the new directory.
 *
 * Not Node's own recursive mkdir: it never returns on a file system that always answers ENOENT (procfs).
 */
export async function makePrivateDirectory(directory: string): Promise<void> {
  try {
    await makeSingle(directory);
  } catch (error) {
    const parent = path.dirname(directory);
    if (errorCode(error) !== 'ENOENT' || parent === directory) throw error;
    await makePrivateDirectory(parent);
    await makeSingle(directory);
  }
}

async function makeSingle(directory: string): Promise<void> {
  try {
    await mkdir(directory, 0o700);
    await checkParent(directory);
    // mkdir(2) applies the umask: 077 is harmless, 0777 is not.
    await chmod(directory, 0o700);
    // After a power failure a new directory that was not synced may be gone, with all synced files in it. A parent that
    // cannot be opened (0711, or any on Windows) is not synced.
    await syncDirectory(path.dirname(directory), '').catch(() => undefined);
  } catch (error) {
    // If a file has this name, the next write in it fails (ENOTDIR).
    if (errorCode(error) !== 'EEXIST') throw error;
    await stat(directory).catch((missing: unknown) => {
      if (errorCode(missing) === 'ENOENT') throw leadsNowhere(directory);
    });
  }
}

/** The owner of a directory that was just made is this user, even if the file system maps user ids. */
async function checkParent(directory: string): Promise<void> {
  const parent = path.dirname(directory);
  const [{ uid }, own] = await Promise.all([stat(parent), lstat(directory)]);
  if (uid === own.uid || uid === 0) return;
  await rmdir(directory).catch(() => undefined);
  throw new KeypairError('USAGE', t`${parent} belongs to another user: nothing was created there`, {
    hints: [
      t`set HOME to your own home directory, or name a place of your own with --key-dir, XDG_STATE_HOME and XDG_CONFIG_HOME`,
    ],
  });
}

/** The error for a link in the place of a directory. */
function leadsNowhere(link: string): KeypairError {
  return new KeypairError('USAGE', t`${link} is a dangling link`, {
    hints: [t`create its target, or remove the link`],
  });
}

/**
 * Creates a new file: `O_EXCL` refuses a link or a file planted in between (`EEXIST`). The mode does not depend on the
 * umask. If a file system cannot change modes, a mode that gives others no more is accepted.
 */
export async function createExclusive(file: string, mode: number): Promise<FileHandle> {
  const handle = await open(file, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, mode);
  try {
    await handle.chmod(mode).catch(async (error: unknown) => {
      const found = await handle.stat();
      if (givesMore(found.mode, mode)) throw error;
    });
  } catch (error) {
    await discard(handle, file);
    throw error;
  }
  return handle;
}

/** Whether `mode` lets the group or others do what `wanted` does not. */
export function givesMore(mode: number, wanted: number): boolean {
  return (mode & ~wanted & 0o077) !== 0;
}

/** How often a write is repeated after `EAGAIN`, and the time between, in milliseconds. */
const EAGAIN_RETRIES = { times: 20, ms: 10 };

/** Writes to an open file from its start; later bytes stay. Continues after short writes. */
export async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  let done = 0;
  let putOff = 0;
  while (done < bytes.length) {
    try {
      const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, done);
      // Without this the loop would never end on a disk that writes nothing and reports no error.
      if (bytesWritten === 0) throw Object.assign(new Error('the disk takes nothing'), { code: 'EIO' });
      done += bytesWritten;
    } catch (error) {
      putOff += 1;
      if (errorCode(error) !== 'EAGAIN' || putOff > EAGAIN_RETRIES.times) throw error;
      await wait(EAGAIN_RETRIES.ms);
    }
  }
}

/** Writes to an open file from its start and syncs it. */
export async function writeSynced(handle: FileHandle, content: string | Uint8Array): Promise<void> {
  await writeAll(handle, typeof content === 'string' ? Buffer.from(content) : content);
  await handle.sync();
}

/**
 * Writes a file that was not there, whole and on the disk; when that fails none is left. It is closed before it counts:
 * a network file system may tell only then that it has lost something.
 */
export async function writeNewFile(file: string, mode: number, content: string | Uint8Array): Promise<void> {
  const handle = await createExclusive(file, mode);
  try {
    await writeSynced(handle, content);
    await handle.close();
  } catch (error) {
    await discard(handle, file);
    throw error;
  }
}

/** Closes and removes a file. Never throws: the caller already has an error to report. */
export async function discard(handle: FileHandle, file: string): Promise<void> {
  await handle.close().catch(() => undefined);
  await unlink(file).catch(() => undefined);
}

/** The errors of file systems that cannot sync a directory (CIFS, some in user space): they have nothing to sync. */
const NO_DIRECTORY_SYNC = new Set(['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);

/** Makes the directory's entries durable. Windows has no such call, and needs none. */
export async function syncDirectory(directory: string, platform: string): Promise<void> {
  if (platform === 'win32') return;
  const handle = await open(directory, constants.O_RDONLY);
  try {
    await handle.sync();
  } catch (error) {
    if (!NO_DIRECTORY_SYNC.has(errorCode(error) ?? '')) throw error;
  } finally {
    await handle.close();
  }
}

/** A unique name beside `file`: `.foo.3f9c….keypair`. */
export function temporaryName(file: string): string {
  return path.join(path.dirname(file), `.${path.basename(file)}.${randomBytes(6).toString('hex')}.keypair`);
}

/** Whether a name is a {@link temporaryName}: of a create that is running, or was interrupted. */
export function isTemporaryName(name: string): boolean {
  return temporaryNameOf(name) !== null;
}

/**
 * The name of another temporary file of the same create: `.foo.pub.3f9c….keypair` beside `.foo.3f9c….keypair`. After a
 * crash one leads to the other.
 */
export function companionName(temporaryFile: string, what: string): string {
  return temporaryFile.replace(/\.[0-9a-f]{12}\.keypair$/, `.${what}$&`);
}

/** The name that a temporary name is made from (`foo` for `.foo.3f9c….keypair`), or null. */
export function temporaryNameOf(name: string): string | null {
  return /^\.(.+)\.[0-9a-f]{12}\.keypair$/s.exec(name)?.[1] ?? null;
}

/** The age of a leftover, in milliseconds: no small file takes so long to write. */
const STALE_MS = 3_600_000;

/**
 * Removes the temporary files of killed writers from a directory of this program's own, in which such files never hold
 * anything needed. Removes only files of the directory's owner that nobody has written to for an hour. Never throws.
 *
 * @param isLeftover whether a name is a temporary one, for files that are written first and then renamed.
 */
export async function removeLeftovers(
  directory: string,
  isLeftover: (name: string) => boolean,
  now: Date,
): Promise<void> {
  try {
    const { uid } = await lstat(directory);
    for (const name of (await readdir(directory)).filter(isLeftover)) {
      const file = path.join(directory, name);
      const found = await lstat(file);
      const stale = now.getTime() - found.mtimeMs > STALE_MS;
      if (found.isFile() && found.uid === uid && stale) await unlink(file);
    }
  } catch {
    // The next writer tries again.
  }
}

/**
 * The final target of a chain of links, whether it exists or not; the file itself if it is no link.
 *
 * @throws KeypairError `USAGE` for a loop.
 */
export async function linkTarget(file: string): Promise<string> {
  let place = file;
  for (let links = 0; links < 40; links += 1) {
    try {
      if (!(await lstat(place)).isSymbolicLink()) return place;
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return place;
      throw error;
    }
    place = path.resolve(await realpath(path.dirname(place)), await readlink(place));
  }
  throw new KeypairError('USAGE', t`${file} is a link in a loop`);
}

/** Removes a file. A missing file is no error. */
export async function removeIfThere(file: string): Promise<void> {
  try {
    await unlink(file);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
}

/**
 * Replaces a file atomically with a synced one: readers, and a power failure, see the old file or the new one. Leaves
 * nothing behind if it fails.
 *
 * @throws what the file system throws.
 */
export async function replaceFile(
  file: string,
  content: string | Uint8Array,
  platform: string,
  mode = 0o600,
): Promise<void> {
  const temporary = temporaryName(file);
  const handle = await createExclusive(temporary, mode);
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

/**
 * Turns a file system's error before the call into an error with a hint.
 *
 * @param where the directory or file, for the message.
 * @param advice the hints for a place that holds no keys; by default they depend on the error's code.
 * @throws KeypairError `USAGE`, or the KeypairError that `act` threw.
 */
export async function mapFsErrors<T>(
  where: string,
  act: () => Promise<T>,
  advice: { readonly hints: readonly string[] } | null = null,
): Promise<T> {
  try {
    return await act();
  } catch (cause) {
    if (cause instanceof KeypairError) throw cause;
    const code = errorCode(cause) ?? 'error';
    const usual = { hints: [HINTS[code] ?? t`choose another place with --key-dir or --output`] };
    const details = { ...(advice ?? usual), cause };
    throw new KeypairError('USAGE', t`cannot write in ${where} (${code})`, details);
  }
}

const HINTS: Readonly<Record<string, string>> = {
  EACCES: t`you may not write there: choose another place with --key-dir or --output`,
  EPERM: t`that place does not allow it: choose another with --key-dir or --output`,
  EROFS: t`that file system is read-only: choose another place with --key-dir or --output`,
  ENOSPC: t`the disk is full, or has no room for one more file: make room, or choose another place with --key-dir or --output`,
  EDQUOT: t`your disk quota is used up: make room, or choose another place with --key-dir or --output`,
  EIO: t`the disk is failing: choose another place with --key-dir or --output, and check that disk`,
  ESTALE: t`that network file system is stale: choose another place with --key-dir or --output`,
  ENOENT: t`no file can be created there: choose another place with --key-dir or --output`,
  ENOTDIR: t`a part of that path is a file, not a directory`,
  ENAMETOOLONG: t`that path is too long for this file system`,
};

/** Runs something with a directory that only this user can open, and that is removed afterwards. */
export async function inTemporaryDirectory<T>(act: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(path.join(tmpdir(), 'keypair-'));
  try {
    return await act(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/**
 * Runs `act` on all items, on so many at once.
 *
 * @returns the results, in the order of the items.
 * @throws what the first failing one throws.
 */
export async function mapAtOnce<T, R>(
  items: Iterable<T>,
  most: number,
  act: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  const queue = [...items].entries();
  const work = async (): Promise<void> => {
    for (const [index, item] of queue) results[index] = await act(item);
  };
  await Promise.all(Array.from({ length: most }, work));
  return results;
}
