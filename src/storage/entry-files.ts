import { lstat, readdir, rename, utimes } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { t } from '../i18n/t.ts';
import { errorCode, makePrivateDirectory, removeIfThere, removeLeftovers, syncDirectory, writeNewFile } from './fs.ts';
import type { Owner } from './intent.ts';
import { checkPermissions, type User } from './permissions.ts';
import { readGuarded, type Refusal } from './read-guarded.ts';

/**
 * The files of a directory of entries: one JSON text each, which is always complete, and which one process at a time may
 * change. An entry without a running process means that its process was interrupted.
 */

/** An entry on disk, for the process that has it. */
export interface EntryFile {
  readonly file: string;
  /**
   * Replaces the content: readers, also after a crash, see the old or the new.
   *
   * @throws what the file system throws.
   */
  write(text: string): Promise<void>;
  /** Removes the entry. */
  close(): Promise<void>;
  /** Gives the entry back unchanged: another process may claim it at once. */
  release(): Promise<void>;
}

/**
 * Writes a new entry, synced.
 *
 * @param startedAt ISO 8601: the beginning of its name.
 * @throws what the file system throws; KeypairError `USAGE` if others may change the directory. Then no entry is left.
 */
export async function createEntryFile(
  directory: string,
  startedAt: string,
  text: string,
  user: User,
  hint: string,
): Promise<EntryFile> {
  const { platform } = user;
  await makePrivateDirectory(directory);
  await removeLeftovers(directory, (name) => name.endsWith('.json.new'), new Date(startedAt));
  const stamp = startedAt.replace(/[^0-9]/g, '').slice(0, 14);
  const file = path.join(directory, `${stamp}-${randomBytes(6).toString('hex')}.json`);
  try {
    await replaceEntry(file, text, platform);
    await checkPermissions(directory, (await lstat(file)).uid, user, hint);
  } catch (error) {
    await removeIfThere(file).catch(() => undefined);
    throw error;
  }
  return ownedFile(file, file, platform);
}

/** @param released the name of the entry when no process has it. */
function ownedFile(file: string, released: string, platform: string): EntryFile {
  const stopTouching = keepTouching(file);
  return {
    file,
    write: (text) => replaceEntry(file, text, platform),
    close: () => {
      stopTouching();
      return removeIfThere(file);
    },
    release: async () => {
      stopTouching();
      try {
        // The touches of this process must not make it look alive.
        await utimes(file, NEVER, NEVER);
        if (released !== file) await rename(file, released);
      } catch (error) {
        // Another process took this one for dead and has claimed it.
        if (errorCode(error) !== 'ENOENT') throw error;
      }
    },
  };
}

const NEVER = new Date(0);

/** Writes under another name first. */
async function replaceEntry(file: string, text: string, platform: string): Promise<void> {
  const next = `${file}.new`;
  try {
    await writeNewFile(next, 0o600, text);
    await rename(next, file);
  } catch (error) {
    await removeIfThere(next).catch(() => undefined);
    throw error;
  }
  await syncDirectory(path.dirname(file), platform);
}

/** Short enough that an entry's owner never looks dead. A shorter command never touches its entry. */
const TOUCH_MS = 15_000;

/**
 * Updates an entry's modification time at intervals, for processes that cannot check whether its owner runs. It does
 * not keep the process alive, and does not recreate a removed entry.
 *
 * @returns a function that stops it.
 */
function keepTouching(file: string): () => void {
  const timer = setInterval(() => {
    const now = new Date();
    utimes(file, now, now).catch(() => undefined);
  }, TOUCH_MS);
  timer.unref();
  return () => {
    clearInterval(timer);
  };
}

/** A file of a directory of entries, with what it holds. */
export type FoundFile<T> =
  | {
      readonly file: string;
      readonly content: T;
      /** The process that claimed it, or null. */
      readonly claim: Owner | null;
      /** When its process last touched it. */
      readonly touchedAt: Date;
    }
  | {
      readonly file: string;
      readonly content: null;
      /** Why it is no valid entry, for people: lower case, no full stop. */
      readonly problem: string;
    };

/** Longer than any entry, in bytes. */
const LONGEST = 64 * 1024;

/** The most entries that are read: the newest. */
const MOST = 1000;

/**
 * `20261121100000-3f9c0a1b2c3d.json`, or `….claimed-<pid>-<host>-<start time>.json`, without a start time that is
 * unknown.
 */
const NAME = /^(.*?)(?:\.claimed-(\d{1,10})-([0-9a-f]{1,64})(?:-(\d{1,20}))?)?\.json$/s;

/**
 * All entries of a directory, the oldest first. Never throws: a file that is no entry, or may be another user's (a link,
 * another owner, writable by others, too long), is listed with its problem.
 *
 * @param read reads the content; a text says why it is none.
 * @param longest the longest entry, in bytes.
 */
export async function readEntryFiles<T extends object>(
  directory: string,
  platform: string,
  read: (text: string) => T | string,
  longest = LONGEST,
): Promise<readonly FoundFile<T>[]> {
  let names: readonly string[];
  let owner: number | null;
  try {
    names = await readdir(directory);
    const { uid } = await lstat(directory);
    owner = platform === 'win32' ? null : uid;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    return [invalid(directory, t`it cannot be read (${errorCode(error) ?? 'error'})`)];
  }
  const entries: FoundFile<T>[] = [];
  for (const name of names
    .filter((each) => NAME.test(each))
    .sort()
    .slice(-MOST)) {
    const entry = await readEntry(path.join(directory, name), owner, read, longest);
    if (entry !== null) entries.push(entry);
  }
  return entries;
}

/** Null if it has just been closed. */
async function readEntry<T extends object>(
  file: string,
  owner: number | null,
  read: (text: string) => T | string,
  longest: number,
): Promise<FoundFile<T> | null> {
  try {
    const found = await readGuarded(file, longest, 'refuse', owner);
    if (typeof found === 'string') return invalid(file, REFUSALS[found]);
    const content = read(found.bytes.toString('utf8'));
    if (typeof content === 'string') return invalid(file, content);
    const [, , pid, host, startTime = null] = NAME.exec(path.basename(file)) ?? [];
    const claim = pid === undefined || host === undefined ? null : { pid: Number(pid), host, startTime };
    return { file, content, claim, touchedAt: found.mtime };
  } catch (error) {
    const code = errorCode(error) ?? 'error';
    if (code === 'ENOENT') return null;
    return invalid(file, code === 'ELOOP' ? t`it is a link` : t`it cannot be read (${code})`);
  }
}

const REFUSALS: Readonly<Record<Refusal, string>> = {
  'not a file': t`it is not a file`,
  'too long': t`it is too long`,
  foreign: t`it belongs to another user`,
  writable: t`others may write it`,
};

function invalid(file: string, problem: string): FoundFile<never> {
  return { file, content: null, problem };
}

/**
 * Claims an entry so that no other process changes it, by a rename that only one process can win.
 *
 * @returns null if it is gone: another process claimed or finished it.
 * @throws what the file system throws.
 */
export async function claimEntryFile(
  file: string,
  { pid, host, startTime }: Owner,
  platform: string,
): Promise<EntryFile | null> {
  const base = NAME.exec(path.basename(file))?.[1];
  if (base === undefined) return null;
  const directory = path.dirname(file);
  const owner = [pid, host, ...(startTime === null ? [] : [startTime])].join('-');
  const claimed = path.join(directory, `${base}.claimed-${owner}.json`);
  try {
    // Touch it before the rename: nobody may take the new name for that of a dead process.
    const now = new Date();
    await utimes(file, now, now);
    await rename(file, claimed);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
  // Its owner may have been killed while it wrote.
  await removeIfThere(`${file}.new`).catch(() => undefined);
  return ownedFile(claimed, path.join(directory, `${base}.json`), platform);
}
