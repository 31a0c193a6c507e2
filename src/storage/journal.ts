import { randomBytes } from 'node:crypto';
import { lstat, rename, utimes } from 'node:fs/promises';
import path from 'node:path';
import { t } from '../i18n/t.ts';
import { journalDirectory } from '../paths.ts';
import { makePrivateDirectory, removeIfThere, removeLeftovers, syncDirectory, writeNewFile } from './fs.ts';
import { formatIntent, type Intent } from './intent.ts';
import { mapFsErrors } from './fs-errors.ts';
import { checkPermissions, type Person } from './permissions.ts';

/** An intent on disk, in the hands of the process that wrote it. */
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
export function openEntry(stateDirectory: string, intent: Intent, person: Person): Promise<JournalEntry> {
  const directory = journalDirectory(stateDirectory);
  return mapFsErrors(directory, () => writeEntry(directory, intent, person), {
    hints: [ELSEWHERE],
  });
}

/** The hint of whatever is wrong with the place of the journal. */
export const ELSEWHERE = t`what is under way is noted there: mend that place, or choose another with XDG_STATE_HOME`;

async function writeEntry(directory: string, intent: Intent, person: Person): Promise<JournalEntry> {
  const { platform } = person;
  await makePrivateDirectory(directory);
  await removeLeftovers(directory, (name) => name.endsWith('.json.new'), new Date(intent.startedAt));
  const stamp = intent.startedAt.replace(/[^0-9]/g, '').slice(0, 14);
  const file = path.join(directory, `${stamp}-${randomBytes(6).toString('hex')}.json`);
  try {
    await writeIntent(file, intent, platform);
    await checkPermissions(directory, (await lstat(file)).uid, person, ELSEWHERE);
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
export function keepTouching(file: string): () => void {
  const timer = setInterval(() => {
    const now = new Date();
    utimes(file, now, now).catch(() => undefined);
  }, TOUCH_MS);
  timer.unref();
  return () => {
    clearInterval(timer);
  };
}
