import { t } from '../i18n/t.ts';
import { journalDirectory } from '../paths.ts';
import { claimEntryFile, createEntryFile, type EntryFile, readEntryFiles } from './entry-files.ts';
import { mapFsErrors } from './fs.ts';
import { formatIntent, type Intent, isOfNewerVersion, isRunning, type Owner, readIntent } from './intent.ts';
import type { User } from './permissions.ts';

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
  const entry = await createEntryFile(directory, intent.startedAt, formatIntent(intent), user, JOURNAL_HINT);
  let noted = intent;
  return {
    file: entry.file,
    close: () => entry.close(),
    // Without the note it stays unknown whose the pair is, and whether its key was lost or removed.
    note: (told) => {
      noted = { ...noted, ...told };
      return entry.write(formatIntent(noted)).catch(() => undefined);
    },
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

/**
 * All entries of the journal, the oldest first. Never throws: a file that is no entry, or may be another user's, is
 * listed as unreadable.
 */
export async function readEntries(stateDirectory: string, platform: string): Promise<readonly OpenEntry[]> {
  const found = await readEntryFiles(journalDirectory(stateDirectory), platform, (text) => {
    const newer = t`a newer version of keypair wrote it: use that version`;
    return readIntent(text, stateDirectory) ?? (isOfNewerVersion(text) ? newer : t`it is not a journal entry`);
  });
  return found.map(({ content, ...rest }) => ({ ...rest, intent: content }) as OpenEntry);
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

/** What tells whether a process works on an entry. */
type Owned = Owner & Pick<Intent, 'latestMs'>;

/**
 * Whether a process works on an entry: the one that claimed it, else the one that wrote it. If this process can check
 * it, that is whether the owner still runs. An owner of another machine, boot or PID namespace, or one noted by an
 * earlier version, counts as running until it has been silent for longer than a create can last.
 */
export function isUnderWay(
  { intent, claim, touchedAt }: Pick<ReadableEntry, 'claim' | 'touchedAt'> & { readonly intent: Owned },
  running: Running,
): boolean {
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
export function claimEntry({ file }: OpenEntry, owner: Owner): Promise<Omit<EntryFile, 'write'> | null> {
  return claimEntryFile(file, owner, '');
}
