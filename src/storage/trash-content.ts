import { constants } from 'node:fs';
import { lstat, open, readdir } from 'node:fs/promises';
import path from 'node:path';
import { fieldsOf, isPath } from './entry-fields.ts';
import { errorCode, isTaken, makePrivateDirectory, removeIfThere, syncDirectory } from './fs.ts';
import { publish } from './publish.ts';
import { mapFsErrors } from './fs-errors.ts';
import { MANIFEST, type Manifest, moveOne, removeFolder, trashDirectory } from './trash.ts';

/** A file in the trash. */
export interface TrashedFile {
  /** Its name in its folder. */
  readonly name: string;
  /** Where it is now. */
  readonly file: string;
  /** Where it was; null for a copy, and where an earlier version has not noted it. */
  readonly from: string | null;
}

/** A folder of the trash: what was put aside at once. */
export interface TrashFolder {
  /** Its name: `2026-11-21T000000Z-0123456789ab`. */
  readonly id: string;
  readonly directory: string;
  readonly at: Date;
  /** Whether it holds the copy of a private key that went to stdout. */
  readonly copy: boolean;
  readonly files: readonly TrashedFile[];
}

/** What is in the trash. */
export interface Trash {
  /** The oldest first. */
  readonly folders: readonly TrashFolder[];
  /** What lies there and is not touched: links, what others can write, and what this program has not put there. */
  readonly strange: readonly string[];
}

const FOLDER = /^(\d{4}-\d{2}-\d{2}T)(\d{2})(\d{2})(\d{2})Z-[0-9a-f]{12}(-copy)?$/;

/**
 * Reads what is in the trash. Whatever lies there, only the owner's files in the owner's folders count, and no link is
 * followed. Changes nothing.
 *
 * @param only `copies`: the folders of nothing else are looked at.
 * @throws what the file system throws where the directory cannot be read.
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

/** The owner of a real directory that nobody else can write in; null for anything else. */
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

/** What a manifest says; null where there is none, or none that this program can have written. */
async function readManifest(file: string, owner: number, platform: string): Promise<Manifest | null> {
  const fields = fieldsOf(await textOf(file, owner, platform).catch(() => ''));
  const { version, copy, files } = fields ?? {};
  if (version !== 1 || typeof copy !== 'boolean' || !Array.isArray(files)) return null;
  return files.every(isNoted) ? { copy, files } : null;
}

/** Longer than any manifest, in bytes. */
const LONGEST = 64 * 1024;

async function textOf(file: string, owner: number, platform: string): Promise<string> {
  const windows = platform === 'win32';
  const flags = constants.O_RDONLY | constants.O_NONBLOCK | (windows ? 0 : constants.O_NOFOLLOW);
  const handle = await open(file, flags);
  try {
    const found = await handle.stat();
    const own = windows || (found.uid === owner && (found.mode & 0o022) === 0);
    return found.isFile() && own && found.size <= LONGEST ? await handle.readFile('utf8') : '';
  } finally {
    await handle.close();
  }
}

function isNoted(value: unknown): value is Manifest['files'][number] {
  if (typeof value !== 'object' || value === null || !('name' in value) || !('from' in value)) return false;
  const { name, from } = value;
  return typeof name === 'string' && path.basename(name) === name && (from === null || isPath(from));
}

/**
 * Puts a file of the trash to a place, with its mode, and overwrites nothing.
 *
 * @throws KeypairError `USAGE` where the place cannot be written; what the file system throws, `EEXIST` among it.
 */
export async function restoreFile({ file }: TrashedFile, target: string, platform: string): Promise<void> {
  const directory = path.dirname(target);
  await mapFsErrors(directory, () => makePrivateDirectory(directory));
  // link(2) overwrites nothing, as rename(2) would; a copy is made exclusively.
  await moveOne(file, target, platform, async (from, to) => {
    await publish(from, to);
    await removeIfThere(from);
  });
  await syncDirectory(directory, platform);
}

/**
 * Removes a file of the trash for good: links themselves, never what they lead to.
 *
 * @returns whether it has gone.
 */
export async function removeTrashed({ file }: Pick<TrashedFile, 'file'>): Promise<boolean> {
  await removeIfThere(file).catch(() => undefined);
  return !(await isTaken(file).catch(() => true));
}

/** Takes a folder away in which no files are left; else it stays. Never throws. */
export async function closeFolder({ directory }: TrashFolder): Promise<void> {
  await removeFolder(directory).catch(() => undefined);
}
