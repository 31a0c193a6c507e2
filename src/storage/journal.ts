import { randomBytes } from 'node:crypto';
import { lstat, readdir, rename, utimes } from 'node:fs/promises';
import path from 'node:path';
import { t } from '../i18n/t.ts';
import { journalDirectory } from '../paths.ts';
import {
  errorCode,
  makePrivateDirectory,
  mapFsErrors,
  removeIfThere,
  removeLeftovers,
  syncDirectory,
  writeNewFile,
} from './fs.ts';
import { formatIntent, type Intent, isOfNewerVersion, isRunning, type Owner, readIntent } from './intent.ts';
import { checkPermissions, type User } from './permissions.ts';
import { readGuarded, type Refusal } from './read-guarded.ts';

/** An intent on disk, for the process that wrote it. */
export interface JournalEntry {
  readonly file: string;
  /** Removes the entry: this machine is up to date, or nothing happened. */
  close(): Promise<void>;
  /**
   * Notes the outcome of the request for later readers: that no private key was received, and the id in the answer.
   * Never throws.
   */
  note(told: Partial<Pick<Intent, 'keyLost' | 'pairId'>>): Promise<void>;
}

/**
 * Writes an intent under `<state directory>/journal`, synced, before anything can change in the cloud. An entry without
 * a running process means that a create was interrupted.
 *
 * Only a create has an entry. A repeated upload shows by itself what happened to the first. A deletion leaves this
 * machine nothing to do.
 */
export function openEntry(stateDirectory: string, intent: Intent, user: User): Promise<JournalEntry> {
  const directory = journalDirectory(stateDirectory);
  return mapFsErrors(directory, () => writeEntry(directory, intent, user), {
    hints: [JOURNAL_HINT],
  });
}

/** The hint for any error about the journal's directory. */
export const JOURNAL_HINT = t`the journal is stored there: fix that directory, or choose another place with XDG_STATE_HOME`;

async function writeEntry(directory: string, intent: Intent, user: User): Promise<JournalEntry> {
  const { platform } = user;
  await makePrivateDirectory(directory);
  await removeLeftovers(directory, (name) => name.endsWith('.json.new'), new Date(intent.startedAt));
  const stamp = intent.startedAt.replace(/[^0-9]/g, '').slice(0, 14);
  const file = path.join(directory, `${stamp}-${randomBytes(6).toString('hex')}.json`);
  try {
    await writeIntent(file, intent, platform);
    await checkPermissions(directory, (await lstat(file)).uid, user, JOURNAL_HINT);
  } catch (error) {
    await removeIfThere(file).catch(() => undefined);
    throw error;
  }
  const stopTouching = keepTouching(file);
  let noted = intent;
  return {
    file,
    close: () => {
      stopTouching();
      return removeIfThere(file);
    },
    // Without the note it stays unknown whose the pair is, and whether its key was lost or removed.
    note: (told) => {
      noted = { ...noted, ...told };
      return writeIntent(file, noted, platform).catch(() => undefined);
    },
  };
}

/** Writes under another name first: readers, also after a crash, see no entry or a complete one. */
async function writeIntent(file: string, intent: Intent, platform: string): Promise<void> {
  const next = `${file}.new`;
  try {
    await writeNewFile(next, 0o600, formatIntent(intent));
    await rename(next, file);
  } catch (error) {
    await removeIfThere(next).catch(() => undefined);
    throw error;
  }
  await syncDirectory(path.dirname(file), platform);
}

/** Short enough that an entry's owner never looks dead. A shorter create never touches its entry. */
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

/** An entry of a create that was interrupted or still runs. */
export interface ReadableEntry {
  readonly file: string;
  readonly intent: Intent;
  /** The process that claimed it to finish it, or null. */
  readonly claim: Owner | null;
  /** When the owner last touched it. */
  readonly touchedAt: Date;
}

/** A file of the journal that is no valid entry. */
interface UnreadableEntry {
  readonly file: string;
  readonly intent: null;
  /** Why, for people: lower case, no full stop. */
  readonly problem: string;
}

/** One file of the journal. */
export type OpenEntry = ReadableEntry | UnreadableEntry;

/** An entry that this process alone may finish. */
interface Claim {
  /** Removes the entry. */
  close(): Promise<void>;
  /** Gives the entry back unchanged. */
  release(): Promise<void>;
}

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
 * All entries of the journal, the oldest first. Never throws: a file that is no entry, or may be another user's (a
 * link, another owner, writable by others, too long), is listed as unreadable.
 */
export async function readEntries(stateDirectory: string, platform: string): Promise<readonly OpenEntry[]> {
  const directory = journalDirectory(stateDirectory);
  let names: readonly string[];
  let owner: number | null;
  try {
    names = await readdir(directory);
    const { uid } = await lstat(directory);
    owner = platform === 'win32' ? null : uid;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    return [unreadable(directory, t`it cannot be read (${errorCode(error) ?? 'error'})`)];
  }
  const entries: OpenEntry[] = [];
  for (const name of names
    .filter((each) => NAME.test(each))
    .sort()
    .slice(-MOST)) {
    const entry = await readEntry(path.join(directory, name), owner, stateDirectory);
    if (entry !== null) entries.push(entry);
  }
  return entries;
}

/** Null if it has just been closed. */
async function readEntry(file: string, owner: number | null, stateDirectory: string): Promise<OpenEntry | null> {
  try {
    const read = await readGuarded(file, LONGEST, 'refuse', owner);
    if (typeof read === 'string') return unreadable(file, REFUSALS[read]);
    const text = read.bytes.toString('utf8');
    const intent = readIntent(text, stateDirectory);
    if (intent === null) {
      const newer = t`a newer version of keypair wrote it: use that version`;
      return unreadable(file, isOfNewerVersion(text) ? newer : t`it is not a journal entry`);
    }
    const [, , pid, host, startTime = null] = NAME.exec(path.basename(file)) ?? [];
    const claim = pid === undefined || host === undefined ? null : { pid: Number(pid), host, startTime };
    return { file, intent, claim, touchedAt: read.mtime };
  } catch (error) {
    const code = errorCode(error) ?? 'error';
    if (code === 'ENOENT') return null;
    return unreadable(file, code === 'ELOOP' ? t`it is a link` : t`it cannot be read (${code})`);
  }
}

const REFUSALS: Readonly<Record<Refusal, string>> = {
  'not a file': t`it is not a file`,
  'too long': t`it is too long`,
  foreign: t`it belongs to another user`,
  writable: t`others may write it`,
};

function unreadable(file: string, problem: string): UnreadableEntry {
  return { file, intent: null, problem };
}

/** How long an owner may be silent beyond the longest create, in milliseconds: clocks differ, and disks are slow. */
const GRACE_MS = 60_000;

/** How to check which processes run. */
export interface Running {
  /** This process. */
  readonly self: Owner;
  readonly now: () => Date;
  /** Whether a process with this id runs. */
  readonly isAlive: (pid: number) => boolean;
}

/**
 * Whether a process works on an entry: the one that claimed it, else the one that wrote it. If this process can check
 * it, that is whether the owner still runs. An owner of another machine, boot or PID namespace, or one noted by an
 * earlier version, counts as running until it has been silent for longer than a create can last.
 */
export function isUnderWay({ intent, claim, touchedAt }: ReadableEntry, running: Running): boolean {
  const { self, now, isAlive } = running;
  const owner = claim ?? intent;
  const runs = owner.host === self.host ? isRunning(owner, self, isAlive) : null;
  return runs ?? Math.abs(now().getTime() - touchedAt.getTime()) < intent.latestMs + GRACE_MS;
}

/**
 * Claims an entry so that no other process finishes it, by a rename that only one process can win.
 *
 * @returns null if it is gone: another process claimed or finished it.
 */
export async function claimEntry({ file }: OpenEntry, { pid, host, startTime }: Owner): Promise<Claim | null> {
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
  const stopTouching = keepTouching(claimed);
  return {
    close: () => {
      stopTouching();
      return removeIfThere(claimed);
    },
    release: async () => {
      stopTouching();
      try {
        // Its owner is dead: the touches of this claim must not make it look alive.
        await utimes(claimed, NEVER, NEVER);
        await rename(claimed, path.join(directory, `${base}.json`));
      } catch (error) {
        // Another process took this one for dead and has claimed it.
        if (errorCode(error) !== 'ENOENT') throw error;
      }
    },
  };
}

const NEVER = new Date(0);
