import { constants } from 'node:fs';
import { lstat, open, readdir, rename } from 'node:fs/promises';
import path from 'node:path';
import { journalDirectory } from '../config/paths.ts';
import { t } from '../language/t.ts';
import { errorCode, removeIfThere } from './files.ts';
import { type Intent, isOfNewerVersion, readIntent } from './intent.ts';

/** An entry that somebody has left open, or is still at work on. */
export interface ReadableEntry {
  readonly file: string;
  readonly intent: Intent;
  /** Who has taken it to finish it, or null. */
  readonly claim: { readonly pid: number; readonly host: string; readonly at: Date } | null;
}

/** A file among the entries that tells nothing. */
export interface UnreadableEntry {
  readonly file: string;
  readonly intent: null;
  /** Why, for people: lower case, no full stop. */
  readonly problem: string;
}

/** One file of the journal. */
export type OpenEntry = ReadableEntry | UnreadableEntry;

/** A process on a machine, as an entry names it. */
export interface Owner {
  readonly pid: number;
  /** A hash of the machine's name. */
  readonly host: string;
}

/** An entry that this process alone may finish. */
export interface Claim {
  /** Removes the entry. */
  close(): Promise<void>;
  /** Gives it back as it was. */
  release(): Promise<void>;
}

/** Longer than any entry. */
const LONGEST = 64 * 1024;

/** More entries than anybody looks at; the oldest come first. */
const MOST = 1000;

/** `20261121100000-3f9c0a1b2c3d.json`, or `….claimed-4711-<host>.json`. */
const NAME = /^(.*?)(?:\.claimed-(\d{1,10})-([0-9a-f]{1,64}))?\.json$/s;

/**
 * Everything that stands in the journal, the oldest first. Never throws: what is no entry, or not safely ours (a link,
 * another owner's, open to others' writing, too long), is told as unreadable.
 */
export async function readEntries(stateDirectory: string, platform: string): Promise<readonly OpenEntry[]> {
  const directory = journalDirectory(stateDirectory);
  let names: readonly string[];
  let owner: number;
  try {
    names = await readdir(directory);
    owner = (await lstat(directory)).uid;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    return [unreadable(directory, t`it cannot be read (${errorCode(error) ?? 'error'})`)];
  }
  const entries: OpenEntry[] = [];
  for (const name of names
    .filter((each) => NAME.test(each))
    .sort()
    .slice(0, MOST)) {
    const entry = await readEntry(path.join(directory, name), owner, stateDirectory, platform);
    if (entry !== null) entries.push(entry);
  }
  return entries;
}

/** Null when it has just been closed. */
async function readEntry(
  file: string,
  owner: number,
  stateDirectory: string,
  platform: string,
): Promise<OpenEntry | null> {
  try {
    const flags =
      constants.O_RDONLY | constants.O_NONBLOCK | (platform === 'win32' ? 0 : constants.O_NOFOLLOW);
    const handle = await open(file, flags);
    try {
      const found = await handle.stat();
      if (!found.isFile()) return unreadable(file, t`it is not a file`);
      if (platform !== 'win32' && found.uid !== owner) return unreadable(file, t`it belongs to another user`);
      if (platform !== 'win32' && (found.mode & 0o022) !== 0) {
        return unreadable(file, t`others may write it`);
      }
      if (found.size > LONGEST) return unreadable(file, t`it is too long`);
      const bytes = Buffer.alloc(found.size);
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0);
      const text = bytes.toString('utf8', 0, bytesRead);
      const intent = readIntent(text, stateDirectory);
      if (intent === null) {
        const newer = t`a newer version of this program wrote it, and can tell`;
        return unreadable(file, isOfNewerVersion(text) ? newer : t`it holds no intent`);
      }
      const [, , pid, host] = NAME.exec(path.basename(file)) ?? [];
      const claim =
        pid === undefined || host === undefined ? null : { pid: Number(pid), host, at: found.ctime };
      return { file, intent, claim };
    } finally {
      await handle.close();
    }
  } catch (error) {
    const code = errorCode(error) ?? 'error';
    if (code === 'ENOENT') return null;
    return unreadable(file, code === 'ELOOP' ? t`it is a link` : t`it cannot be read (${code})`);
  }
}

function unreadable(file: string, problem: string): UnreadableEntry {
  return { file, intent: null, problem };
}

/** What is older is not under way, whatever runs under its number. */
const LONGEST_LIFE_MS = 2 * 3_600_000;

/** What is known of running processes. */
export interface Running {
  /** A hash of this machine's name. */
  readonly host: string;
  readonly now: () => Date;
  /** Of this machine. */
  readonly isAlive: (pid: number) => boolean;
}

/**
 * Whether somebody is at work on an entry: who wrote it, or who has claimed it, is alive and has been at it for less
 * than two hours. Of another machine's processes it is not known whether they live: they count for those two hours.
 */
export function isUnderWay({ intent, claim }: ReadableEntry, running: Running): boolean {
  const { pid, startedAt, host } = intent;
  const works = (owner: Owner, since: number): boolean =>
    Math.abs(running.now().getTime() - since) < LONGEST_LIFE_MS &&
    (owner.host !== running.host || running.isAlive(owner.pid));
  // The first version noted no machine: it is taken for this one.
  return (
    works({ pid, host: host ?? running.host }, Date.parse(startedAt)) ||
    (claim !== null && works(claim, claim.at.getTime()))
  );
}

/**
 * Takes an entry so that no other process finishes it: a rename, which only one can win.
 *
 * @returns null when it has gone: somebody else has it, or has finished it.
 */
export async function claimEntry({ file }: OpenEntry, { pid, host }: Owner): Promise<Claim | null> {
  const base = NAME.exec(path.basename(file))?.[1];
  if (base === undefined) return null;
  const directory = path.dirname(file);
  const claimed = path.join(directory, `${base}.claimed-${pid}-${host}.json`);
  try {
    await rename(file, claimed);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
  return {
    close: () => removeIfThere(claimed),
    release: () => rename(claimed, path.join(directory, `${base}.json`)),
  };
}
