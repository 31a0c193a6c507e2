import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { chmod, type FileHandle, lstat, mkdir, open, readdir, rename, rmdir, stat, unlink } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { KeypairError } from '../errors.ts';
import { t } from '../i18n/t.ts';

/** The error code of a failed system call (`ENOENT`), or null for any other error. */
export function errorCode(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error)) return null;
  return typeof error.code === 'string' ? error.code : null;
}

/** Whether anything is at `file`: a dangling link counts. */
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
 * @throws KeypairError `USAGE` where the parent is another user's: root would shut them out of it.
 *
 * Not Node's own recursive mkdir: on a file system that answers ENOENT for good (procfs) it never returns.
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
    // mkdir(2) takes the umask off the mode; a umask of 077 is harmless, one of 0777 is not.
    await chmod(directory, 0o700);
    // A new directory that a power failure takes away takes with it what has been synced in it. A parent that may not
    // be opened (0711), as all on Windows, has to do without.
    await syncDirectory(path.dirname(directory), '').catch(() => undefined);
  } catch (error) {
    // A file in its place is refused by whatever is made in it next (ENOTDIR).
    if (errorCode(error) !== 'EEXIST') throw error;
    await stat(directory).catch((missing: unknown) => {
      if (errorCode(missing) === 'ENOENT') throw leadsNowhere(directory);
    });
  }
}

/** A directory that was just made says who we are, also where a file system shows users by numbers of its own. */
async function checkParent(directory: string): Promise<void> {
  const parent = path.dirname(directory);
  const [{ uid }, own] = await Promise.all([stat(parent), lstat(directory)]);
  if (uid === own.uid || uid === 0) return;
  await rmdir(directory).catch(() => undefined);
  throw new KeypairError('USAGE', t`${parent} belongs to another user: nothing is made there`, {
    hints: [
      t`set HOME to your own home directory, or name a place of your own with --key-dir, XDG_STATE_HOME and XDG_CONFIG_HOME`,
    ],
  });
}

/** The error for a link in the place of a directory. */
function leadsNowhere(link: string): KeypairError {
  return new KeypairError('USAGE', t`${link} is a link that leads nowhere`, {
    hints: [t`make what it leads to, or remove it`],
  });
}

/**
 * Creates a file that was not there: `O_EXCL`, so a link or a file planted in between is refused (`EEXIST`).
 * The mode holds whatever the umask; where a file system has no modes to change, one that gives nobody more will do.
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

/** Writes an open file from its beginning; what follows stays. Short writes are continued. */
export async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  let done = 0;
  let putOff = 0;
  while (done < bytes.length) {
    try {
      const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, done);
      // A disk that writes nothing and reports no error would be asked for ever.
      if (bytesWritten === 0) throw Object.assign(new Error('the disk takes nothing'), { code: 'EIO' });
      done += bytesWritten;
    } catch (error) {
      putOff += 1;
      if (errorCode(error) !== 'EAGAIN' || putOff > EAGAIN_RETRIES.times) throw error;
      await wait(EAGAIN_RETRIES.ms);
    }
  }
}

/** Writes an open file from its beginning and waits until the disk has it. */
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

/** Closes and removes a useless file. Never throws: the caller has an error to report already. */
export async function discard(handle: FileHandle, file: string): Promise<void> {
  await handle.close().catch(() => undefined);
  await unlink(file).catch(() => undefined);
}

/** What file systems answer that cannot sync a directory (CIFS, some in user space): they have nothing to sync. */
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

/** A name beside `file` that nobody else will choose: `.foo.3f9c….keypair`. */
export function temporaryName(file: string): string {
  return path.join(path.dirname(file), `.${path.basename(file)}.${randomBytes(6).toString('hex')}.keypair`);
}

/** Whether a file's name is one of {@link temporaryName}: of a create that is under way, or was cut short. */
export function isTemporaryName(name: string): boolean {
  return temporaryNameOf(name) !== null;
}

/**
 * The name of another file of the same work: `.foo.pub.3f9c….keypair` beside `.foo.3f9c….keypair`. Whoever finds the
 * one after a crash knows the other by it.
 *
 * @param what `pub`, or `new`.
 */
export function companionName(temporaryFile: string, what: string): string {
  return temporaryFile.replace(/\.[0-9a-f]{12}\.keypair$/, `.${what}$&`);
}

/** The name of the file that this is the temporary name of (`foo` for `.foo.3f9c….keypair`), or null. */
export function temporaryNameOf(name: string): string | null {
  return /^\.(.+)\.[0-9a-f]{12}\.keypair$/s.exec(name)?.[1] ?? null;
}

/** Older than the writing of any small file takes, in milliseconds. */
const STALE_MS = 3_600_000;

/**
 * Removes what killed writers have left in a directory of this program's own, where no file under such a name ever holds
 * anything that counts: files of the directory's owner that nobody has written to for an hour. Never throws.
 *
 * @param isLeftover whether a file's name is one that is written under first and then renamed.
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

/** Removes a file; one that is gone already is no error. */
export async function removeIfThere(file: string): Promise<void> {
  try {
    await unlink(file);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
}

/**
 * Puts a file of mode 0600 in a file's place, synced and as a whole: whoever reads it, or a power cut, finds the old one
 * or the new one. Nothing is left behind when it fails.
 *
 * @throws what the file system throws.
 */
export async function replaceFile(file: string, content: string | Uint8Array, platform: string): Promise<void> {
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

/**
 * Turns what a file system refuses before the call into an error that says what to do.
 *
 * @param where the directory or file that is meant, for the message.
 * @param advice what to do about it, where it is no place for a key; by default by the error's code.
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
  EPERM: t`that place does not let you: choose another with --key-dir or --output`,
  EROFS: t`that file system is read-only: choose another place with --key-dir or --output`,
  ENOSPC: t`the disk is full, or has no room for one more file: make room, or choose another place with --key-dir or --output`,
  EDQUOT: t`your disk quota is used up: make room, or choose another place with --key-dir or --output`,
  EIO: t`the disk is failing: choose another place with --key-dir or --output, and look after that disk`,
  ESTALE: t`the server of that file system has lost it: choose another place with --key-dir or --output`,
  ENOENT: t`nothing can be put there: choose another place with --key-dir or --output`,
  ENOTDIR: t`a part of that path is a file, not a directory`,
  ENAMETOOLONG: t`that path is too long for this file system`,
};
