import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, open, readdir, readlink, realpath, rename, rmdir, symlink, unlink } from 'node:fs/promises';
import path from 'node:path';
import { KeypairError } from '../errors.ts';
import { joinList, t } from '../i18n/t.ts';
import type { Secret } from '../secret.ts';
import { fieldsOf, isPath, readGuarded } from './read-guarded.ts';
import { caseFold } from './file-name.ts';
import {
  errorCode,
  isTaken,
  makePrivateDirectory,
  mapFsErrors,
  removeIfThere,
  syncDirectory,
  writeNewFile,
} from './fs.ts';
import { checkPermissions, type User } from './permissions.ts';
import { linkUnderName } from './durable-write.ts';

/** The file of a trash folder that notes where each other file was. */
export const MANIFEST = '.keypair-trash.json';

/** The content of a trash folder's manifest. */
interface Manifest {
  /** Whether it holds the copy of a private key that went to stdout. */
  readonly copy: boolean;
  readonly files: readonly {
    /** Its name in the folder. */
    readonly name: string;
    /** Its original absolute path; null for a copy. */
    readonly from: string | null;
  }[];
}

/** The directory of the trash's folders. */
export function trashDirectory(stateDirectory: string): string {
  return path.join(stateDirectory, 'trash');
}

/** The hint for any error about the trash's directory. */
export function trashHint(): string {
  return t`the trash is stored there: fix that directory, or choose another place with XDG_STATE_HOME`;
}

/**
 * Makes a new folder and its manifest. The name has no colons, for Windows.
 *
 * @throws KeypairError `USAGE` if others could remove or replace files in it.
 */
async function freshFolder(stateDirectory: string, now: Date, user: User, manifest: Manifest): Promise<string> {
  const stamp = now.toISOString().replace(/\.\d+|:/g, '');
  const name = `${stamp}-${randomBytes(6).toString('hex')}${manifest.copy ? '-copy' : ''}`;
  const folder = path.join(trashDirectory(stateDirectory), name);
  await makePrivateDirectory(folder);
  try {
    await checkPermissions(folder, (await lstat(folder)).uid, user, trashHint());
    await writeNewFile(path.join(folder, MANIFEST), 0o600, `${JSON.stringify({ version: 1, ...manifest })}\n`);
  } catch (error) {
    await rmdir(folder).catch(() => undefined);
    throw error;
  }
  return folder;
}

/**
 * Keeps a copy of a private key that went to stdout, in a folder of its own: `trash empty` removes it.
 *
 * @returns the file, mode 0600, synced.
 * @throws what the file system throws; then no copy is left.
 */
export async function keepCopy(
  stateDirectory: string,
  name: string,
  privateKey: Secret,
  now: Date,
  user: User,
): Promise<string> {
  const folder = await freshFolder(stateDirectory, now, user, {
    copy: true,
    files: [{ name, from: null }],
  });
  const file = path.join(folder, name);
  try {
    await writeNewFile(file, 0o600, privateKey.reveal());
    for (const directory of [path.dirname(folder), folder]) await syncDirectory(directory, user.platform);
  } catch (error) {
    await removeIfThere(file).catch(() => undefined);
    await removeFolder(folder).catch(() => undefined);
    throw error;
  }
  return file;
}

/**
 * Moves key files into a new 0700 folder `<state directory>/trash/<2026-11-21T000000Z>-<random>`, with their names and
 * modes; of two files with one name, the second becomes `<name>-2`. Nothing is overwritten, and each file is always
 * either in its old place or in the folder. A link is moved as a link.
 *
 * @returns the new paths, in the same order.
 * @throws KeypairError `PARTIAL` that says where each file is: the cloud has changed by then.
 */
export async function moveToTrash(
  files: readonly string[],
  stateDirectory: string,
  now: Date,
  user: User,
): Promise<readonly string[]> {
  const { platform } = user;
  const wanted = new Set(files);
  const names = namesFor(wanted);
  const moved: string[] = [];
  let made: string | null = null;
  try {
    const listed = [...names].map(([from, name]) => ({ name, from }));
    const folder = await freshFolder(stateDirectory, now, user, { copy: false, files: listed });
    made = folder;
    for (const [file, name] of names) {
      await moveOne(file, path.join(folder, name), platform);
      moved.push(file);
    }
    const touched = new Set([path.dirname(folder), folder, ...moved.map((file) => path.dirname(file))]);
    for (const directory of touched) await syncDirectory(directory, platform);
    return [...names.values()].map((name) => path.join(folder, name));
  } catch (cause) {
    if (made !== null && moved.length === 0) await removeFolder(made).catch(() => undefined);
    const left = [...wanted].filter((file) => !moved.includes(file));
    throw notMoved(moved, left, made ?? trashDirectory(stateDirectory), cause);
  }
}

/** A name in a new folder for each file, unique even if case or Unicode form does not count. */
function namesFor(files: ReadonlySet<string>): ReadonlyMap<string, string> {
  const taken = new Set([caseFold(MANIFEST)]);
  const names = new Map<string, string>();
  for (const file of files) {
    const base = path.basename(file);
    let name = base;
    for (let count = 2; taken.has(caseFold(name)); count += 1) name = `${base}-${count}`;
    taken.add(caseFold(name));
    names.set(file, name);
  }
  return names;
}

/** Removes a trash folder that holds only its manifest. Any other folder stays, with its manifest. */
async function removeFolder(folder: string): Promise<void> {
  const left = await readdir(folder);
  if (left.some((name) => name !== MANIFEST)) return;
  await removeIfThere(path.join(folder, MANIFEST));
  await rmdir(folder);
}

/**
 * Moves a file or a link to a free name, also on another file system.
 *
 * @param move renames a file on the same file system.
 * @throws what the file system throws; KeypairError if it is neither a file nor a link.
 */
async function moveOne(
  file: string,
  target: string,
  platform: string,
  move: (from: string, to: string) => Promise<void> = rename,
): Promise<void> {
  const found = await lstat(file);
  if (found.isSymbolicLink()) {
    await moveLink(file, target);
    return;
  }
  if (!found.isFile()) throw new KeypairError('USAGE', t`not a file`);
  try {
    await move(file, target);
  } catch (error) {
    if (errorCode(error) !== 'EXDEV') throw error;
    await copyAndRemove(file, target, platform);
  }
}

/** A relative link would break at the new place, so the new link is absolute. */
async function moveLink(file: string, target: string): Promise<void> {
  const destination = path.resolve(await realpath(path.dirname(file)), await readlink(file));
  await symlink(destination, target);
  await removeOrUndo(file, target);
}

/** Moves to another file system: the copy is synced before the original is removed. */
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

/** If the original is already gone, keep the copy: it may be the last. */
async function removeOrUndo(file: string, copy: string): Promise<void> {
  try {
    await removeIfThere(file);
  } catch (error) {
    await unlink(copy).catch(() => undefined);
    throw error;
  }
}

function notMoved(moved: readonly string[], left: readonly string[], folder: string, cause: unknown): KeypairError {
  const why = cause instanceof KeypairError ? cause.message : (errorCode(cause) ?? t`error`);
  const message =
    left[0] === undefined
      ? t`the key files are in the trash, but may not be on the disk yet (${why})`
      : t`${left[0]} could not be moved to the trash (${why})`;
  const hints = [
    ...(cause instanceof KeypairError ? cause.hints : []),
    ...(moved.length > 0 ? [t`in ${folder} now: ${joinList(moved)}`] : []),
    ...(left.length > 0 ? [t`where it was: ${joinList(left)}`] : []),
  ];
  return new KeypairError('PARTIAL', message, { hints, cause });
}

/** A file in the trash. */
export interface TrashedFile {
  /** Its name in its folder. */
  readonly name: string;
  /** Where it is now. */
  readonly file: string;
  /** Its original path; null for a copy, and if an earlier version did not note it. */
  readonly from: string | null;
}

/** A folder of the trash: the files of one operation. */
export interface TrashFolder {
  /** Its name: `2026-11-21T000000Z-0123456789ab`. */
  readonly id: string;
  readonly directory: string;
  readonly at: Date;
  /** Whether it holds the copy of a private key that went to stdout. */
  readonly copy: boolean;
  readonly files: readonly TrashedFile[];
}

/** The contents of the trash. */
export interface Trash {
  /** The oldest first. */
  readonly folders: readonly TrashFolder[];
  /** Entries that are left alone: links, files that others can write, and files that are not from this program. */
  readonly strange: readonly string[];
}

const FOLDER = /^(\d{4}-\d{2}-\d{2}T)(\d{2})(\d{2})(\d{2})Z-[0-9a-f]{12}(-copy)?$/;

/**
 * Reads the trash: only the owner's files in the owner's folders. Follows no link and changes nothing.
 *
 * @param only `copies`: reads only folders with a copy of a key that went to stdout.
 * @throws what the file system throws if the directory cannot be read.
 */
export async function readTrash(
  stateDirectory: string,
  platform: string,
  only: 'all' | 'copies' = 'all',
): Promise<Trash> {
  const directory = trashDirectory(stateDirectory);
  const owner = await ownDirectory(directory, null, platform);
  if (owner === 'absent') return { folders: [], strange: [] };
  if (owner === null) return { folders: [], strange: [directory] };
  const folders: TrashFolder[] = [];
  const strange: string[] = [];
  for (const id of (await readdir(directory)).sort()) {
    if (only === 'copies' && !id.endsWith('-copy')) continue;
    const place = path.join(directory, id);
    const folder = await readFolder(id, place, owner, platform, strange);
    if (folder === null) strange.push(place);
    else folders.push(folder);
  }
  return { folders, strange };
}

/** The owner of a directory that is no link and that nobody else may write in; null for anything else. */
async function ownDirectory(
  directory: string,
  owner: number | null,
  platform: string,
): Promise<number | 'absent' | null> {
  try {
    const found = await lstat(directory);
    if (!found.isDirectory()) return null;
    if (platform === 'win32') return found.uid;
    if ((found.mode & 0o022) !== 0 || (owner !== null && found.uid !== owner)) return null;
    return found.uid;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return 'absent';
    throw error;
  }
}

async function readFolder(
  id: string,
  directory: string,
  owner: number,
  platform: string,
  strange: string[],
): Promise<TrashFolder | null> {
  const [, day = '', hours = '', minutes = '', seconds = ''] = FOLDER.exec(id) ?? [];
  const at = new Date(`${day}${hours}:${minutes}:${seconds}Z`);
  if (Number.isNaN(at.getTime()) || (await ownDirectory(directory, owner, platform)) !== owner) return null;
  const manifest = await readManifest(path.join(directory, MANIFEST), owner, platform);
  const files: TrashedFile[] = [];
  for (const name of (await readdir(directory)).sort()) {
    if (name === MANIFEST) continue;
    const file = path.join(directory, name);
    const found = await lstat(file);
    const plain = found.isFile() || found.isSymbolicLink();
    if (!plain || (platform !== 'win32' && found.uid !== owner)) strange.push(file);
    else files.push({ name, file, from: manifest?.files.find((one) => one.name === name)?.from ?? null });
  }
  return { id, directory, at, copy: manifest?.copy ?? false, files };
}

/** Reads a manifest; null if there is none, or none that this program can have written. */
async function readManifest(file: string, owner: number, platform: string): Promise<Manifest | null> {
  const read = await readGuarded(file, LONGEST, 'refuse', platform === 'win32' ? null : owner).catch(() => null);
  if (read === null || typeof read === 'string') return null;
  const { version, copy, files } = fieldsOf(read.bytes.toString('utf8')) ?? {};
  if (version !== 1 || typeof copy !== 'boolean' || !Array.isArray(files)) return null;
  return files.every(isNoted) ? { copy, files } : null;
}

/** Longer than any manifest, in bytes. */
const LONGEST = 64 * 1024;

function isNoted(value: unknown): value is Manifest['files'][number] {
  if (typeof value !== 'object' || value === null || !('name' in value) || !('from' in value)) return false;
  const { name, from } = value;
  return typeof name === 'string' && path.basename(name) === name && (from === null || isPath(from));
}

/**
 * Moves a file of the trash to `target`, with its mode. Overwrites nothing.
 *
 * @throws KeypairError `USAGE` if the directory cannot be written; what the file system throws, such as `EEXIST`.
 */
export async function restoreFile({ file }: TrashedFile, target: string, platform: string): Promise<void> {
  const directory = path.dirname(target);
  await mapFsErrors(directory, () => makePrivateDirectory(directory));
  // link(2), unlike rename(2), overwrites nothing; a copy is created exclusively.
  await moveOne(file, target, platform, async (from, to) => {
    await linkUnderName(from, to);
    await removeIfThere(from);
  });
  await syncDirectory(directory, platform);
}

/**
 * Deletes a file of the trash; of a link, only the link.
 *
 * @returns whether it is gone.
 */
export async function removeTrashed({ file }: Pick<TrashedFile, 'file'>): Promise<boolean> {
  await removeIfThere(file).catch(() => undefined);
  return !(await isTaken(file).catch(() => true));
}

/** Removes a folder without files. Any other folder stays. Never throws. */
export async function closeFolder({ directory }: TrashFolder): Promise<void> {
  await removeFolder(directory).catch(() => undefined);
}
