import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { chmod, type FileHandle, link, lstat, mkdir, open, unlink } from 'node:fs/promises';
import path from 'node:path';

/** The error code of a failed system call (`ENOENT`), or null for any other error. */
export function errorCode(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error)) return null;
  return typeof error.code === 'string' ? error.code : null;
}

/** Whether anything stands at `file`: a dangling link counts. */
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
 * Makes a directory and its parents, 0700 where they were missing. What is there already stays as it is.
 *
 * Not Node's own recursive mkdir: on a file system that answers ENOENT for good (procfs) it never returns.
 */
export async function makePrivateDirectory(directory: string): Promise<void> {
  try {
    await makeOne(directory);
  } catch (error) {
    const parent = path.dirname(directory);
    if (errorCode(error) !== 'ENOENT' || parent === directory) throw error;
    await makePrivateDirectory(parent);
    await makeOne(directory);
  }
}

async function makeOne(directory: string): Promise<void> {
  try {
    await mkdir(directory, 0o700);
    // mkdir(2) takes the umask off the mode; a umask of 077 is harmless, one of 0777 is not.
    await chmod(directory, 0o700);
  } catch (error) {
    // A file in its place is refused by whatever is made in it next (ENOTDIR).
    if (errorCode(error) !== 'EEXIST') throw error;
  }
}

/**
 * Creates a file that was not there: `O_EXCL`, so a link or a file planted in between is refused (`EEXIST`).
 * The mode holds whatever the umask.
 */
export async function createExclusive(file: string, mode: number): Promise<FileHandle> {
  const handle = await open(file, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, mode);
  try {
    await handle.chmod(mode);
  } catch (error) {
    await handle.close();
    await unlink(file);
    throw error;
  }
  return handle;
}

/**
 * Writes an open file from its beginning and waits until the disk has it.
 *
 * @param longer whether the file is longer now: it is cut after the writing, which so never needs new room.
 */
export async function writeSynced(
  handle: FileHandle,
  content: string | Uint8Array,
  longer = false,
): Promise<void> {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  let done = 0;
  while (done < bytes.length) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, done);
    done += bytesWritten;
  }
  if (longer) await handle.truncate(bytes.length);
  await handle.sync();
}

/** Makes the directory's entries durable. Windows has no such call, and needs none. */
export async function syncDirectory(directory: string, platform: string): Promise<void> {
  if (platform === 'win32') return;
  const handle = await open(directory, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A name beside `file` that nobody else will choose: `.foo.3f9c….keypair`. */
export function temporaryName(file: string): string {
  return path.join(path.dirname(file), `.${path.basename(file)}.${randomBytes(6).toString('hex')}.keypair`);
}

/** Whether a file's name is one of {@link temporaryName}: of a create that is under way, or was cut short. */
export function isTemporaryName(name: string): boolean {
  return /^\..+\.[0-9a-f]{12}\.keypair$/.test(name);
}

/** System calls that say: this file system has no hard links. */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

/**
 * Gives the synced file `temporary` its final name, atomically and without overwriting: link(2) fails with `EEXIST`
 * where rename(2) would replace. On a file system without hard links the content is written to an exclusive new file.
 */
export async function publish(
  temporary: string,
  final: string,
  mode: number,
  content: string,
): Promise<void> {
  try {
    await link(temporary, final);
  } catch (error) {
    const code = errorCode(error);
    if (code === null || !NO_LINKS.has(code)) throw error;
    const handle = await createExclusive(final, mode);
    try {
      await writeSynced(handle, content);
    } finally {
      await handle.close();
    }
  }
}

/** Removes a file; one that is gone already is no error. */
export async function removeIfThere(file: string): Promise<void> {
  try {
    await unlink(file);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
}
