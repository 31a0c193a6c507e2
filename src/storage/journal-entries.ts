import { isRunning, type Owner } from './owner.ts';
import { constants } from 'node:fs';
import { lstat, open, readdir, rename, utimes } from 'node:fs/promises';
import path from 'node:path';
import { t } from '../i18n/t.ts';
import { journalDirectory } from '../paths.ts';
import { errorCode, removeIfThere } from './fs.ts';
import { type Intent, isOfNewerVersion, readIntent } from './intent.ts';
import { keepTouching } from './journal.ts';

/** An entry that somebody has left open, or is still at work on. */
export interface ReadableEntry {
  readonly file: string;
  readonly intent: Intent;
  /** Who has taken it to finish it, or null. */
  readonly claim: Owner | null;
  /** When whoever is at work on it last gave a sign of life. */
  readonly touchedAt: Date;
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

/** An entry that this process alone may finish. */
export interface Claim {
  /** Removes the entry. */
  close(): Promise<void>;
  /** Gives it back as it was. */
  release(): Promise<void>;
}

/** Longer than any entry. */
const LONGEST = 64 * 1024;

/** More entries than anybody looks at; of more, the newest are read. */
const MOST = 1000;

/** `20261121100000-3f9c0a1b2c3d.json`, or `….claimed-<pid>-<host>-<start time>.json`, without what is not known. */
const NAME = /^(.*?)(?:\.claimed-(\d{1,10})-([0-9a-f]{1,64})(?:-(\d{1,20}))?)?\.json$/s;

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
    .slice(-MOST)) {
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
      const [, , pid, host, startTime = null] = NAME.exec(path.basename(file)) ?? [];
      const claim = pid === undefined || host === undefined ? null : { pid: Number(pid), host, startTime };
      return { file, intent, claim, touchedAt: found.mtime };
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

/** How much longer than a create can last its owner may be silent: clocks differ, and disks are slow. */
const GRACE_MS = 60_000;

/** What is known of running processes. */
export interface Running {
  /** This process. */
  readonly self: Owner;
  readonly now: () => Date;
  /** Whether a process of this number runs. */
  readonly isAlive: (pid: number) => boolean;
}

/**
 * Whether somebody is at work on an entry: who has claimed it, else who wrote it. Where this process can know it, that
 * is whether the owner still runs. Of an owner of another machine, boot or PID namespace, or one that earlier versions
 * have noted, only its silence tells: for longer than a create can last.
 */
export function isUnderWay({ intent, claim, touchedAt }: ReadableEntry, running: Running): boolean {
  const { self, now, isAlive } = running;
  const owner = claim ?? intent;
  const runs = owner.host === self.host ? isRunning(owner, self, isAlive) : null;
  return runs ?? Math.abs(now().getTime() - touchedAt.getTime()) < intent.latestMs + GRACE_MS;
}

/**
 * Takes an entry so that no other process finishes it: a rename, which only one can win.
 *
 * @returns null when it has gone: somebody else has it, or has finished it.
 */
export async function claimEntry(
  { file }: OpenEntry,
  { pid, host, startTime }: Owner,
): Promise<Claim | null> {
  const base = NAME.exec(path.basename(file))?.[1];
  if (base === undefined) return null;
  const directory = path.dirname(file);
  const owner = [pid, host, ...(startTime === null ? [] : [startTime])].join('-');
  const claimed = path.join(directory, `${base}.claimed-${owner}.json`);
  try {
    // The first sign of life comes before the name, which nobody may take for a dead one's.
    const now = new Date();
    await utimes(file, now, now);
    await rename(file, claimed);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
  const stopTouching = keepTouching(claimed);
  return {
    close: () => {
      stopTouching();
      return removeIfThere(claimed);
    },
    release: async () => {
      stopTouching();
      try {
        // Its owner has been found dead: this claim was no sign of its life.
        await utimes(claimed, NEVER, NEVER);
        await rename(claimed, path.join(directory, `${base}.json`));
      } catch (error) {
        // Who took this process for dead has it now.
        if (errorCode(error) !== 'ENOENT') throw error;
      }
    },
  };
}

const NEVER = new Date(0);
