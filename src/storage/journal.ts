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
  /** Removes the entry: this machine has followed, or nothing happened. */
  close(): Promise<void>;
  /**
   * Notes what became of the request, for who looks at the entry later: that no private key came, and the id that an
   * answer told. Never throws.
   */
  note(told: Partial<Pick<Intent, 'keyLost' | 'pairId'>>): Promise<void>;
}

/**
 * Writes an intent under `<state directory>/journal`, synced, before anything can change in the cloud. An entry that
 * is still there when the process has gone tells that a create was cut short.
 *
 * Only what makes a pair has an entry. An upload alone loses nothing and tells by itself what became of it when it is
 * repeated; after a deletion nothing is left for this machine to follow.
 */
export function openEntry(stateDirectory: string, intent: Intent, user: User): Promise<JournalEntry> {
  const directory = journalDirectory(stateDirectory);
  return mapFsErrors(directory, () => writeEntry(directory, intent, user), {
    hints: [JOURNAL_HINT],
  });
}

/** The hint of whatever is wrong with the place of the journal. */
export const JOURNAL_HINT = t`what is under way is noted there: mend that place, or choose another with XDG_STATE_HOME`;

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
    // Without the note it cannot be told later whose the pair is, and whether its key was lost or taken away.
    note: (told) => {
      noted = { ...noted, ...told };
      return writeIntent(file, noted, platform).catch(() => undefined);
    },
  };
}

/** Under another name first: who looks at the journal meanwhile, or after a crash, finds no entry or a whole one. */
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

/** Often enough that an entry's owner is never taken for dead; what is quicker never touches its entry. */
const TOUCH_MS = 15_000;

/**
 * Sets an entry's modification time again and again, for those who cannot ask whether its owner runs. It keeps no
 * process alive, and an entry that has gone stays gone.
 *
 * @returns stops it.
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

/** An entry whose create was cut short, or still runs. */
export interface ReadableEntry {
  readonly file: string;
  readonly intent: Intent;
  /** Who has taken it to finish it, or null. */
  readonly claim: Owner | null;
  /** When whoever is at work on it last gave a sign of life. */
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
  /** Gives it back as it was. */
  release(): Promise<void>;
}

/** Longer than any entry, in bytes. */
const LONGEST = 64 * 1024;

/** More entries than anybody looks at; of more, the newest are read. */
const MOST = 1000;

/** `20261121100000-3f9c0a1b2c3d.json`, or `….claimed-<pid>-<host>-<start time>.json`, without what is not known. */
const NAME = /^(.*?)(?:\.claimed-(\d{1,10})-([0-9a-f]{1,64})(?:-(\d{1,20}))?)?\.json$/s;

/**
 * All entries of the journal, the oldest first. Never throws: what is no entry, or may be another user's (a link,
 * another owner, writable by others, too long), is listed as unreadable.
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

/** Null when it has just been closed. */
async function readEntry(file: string, owner: number | null, stateDirectory: string): Promise<OpenEntry | null> {
  try {
    const read = await readGuarded(file, LONGEST, 'refuse', owner);
    if (typeof read === 'string') return unreadable(file, REFUSALS[read]);
    const text = read.bytes.toString('utf8');
    const intent = readIntent(text, stateDirectory);
    if (intent === null) {
      const newer = t`a newer version of this program wrote it, and can tell`;
      return unreadable(file, isOfNewerVersion(text) ? newer : t`it holds no intent`);
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
export async function claimEntry({ file }: OpenEntry, { pid, host, startTime }: Owner): Promise<Claim | null> {
  const base = NAME.exec(path.basename(file))?.[1];
  if (base === undefined) return null;
  const directory = path.dirname(file);
  const owner = [pid, host, ...(startTime === null ? [] : [startTime])].join('-');
  const claimed = path.join(directory, `${base}.claimed-${owner}.json`);
  try {
    // Touched before it is renamed: nobody may take the new name for that of a dead process.
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
        // Its owner was found dead: the touches of this claim must not make it look alive.
        await utimes(claimed, NEVER, NEVER);
        await rename(claimed, path.join(directory, `${base}.json`));
      } catch (error) {
        // A process that took this one for dead has it now.
        if (errorCode(error) !== 'ENOENT') throw error;
      }
    },
  };
}

const NEVER = new Date(0);
