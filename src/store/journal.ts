import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { createExclusive, makePrivateDirectory, removeIfThere, syncDirectory, writeSynced } from './files.ts';
import { refusing } from './refusing.ts';

/** What is under way: enough to find out later what became of it. It holds no secret. */
export interface Intent {
  readonly action: 'create';
  /** ISO 8601. */
  readonly startedAt: string;
  readonly pid: number;
  readonly provider: string;
  readonly region: string;
  /** Scheme, host and port that is called. */
  readonly endpoint: string;
  readonly sandbox: boolean;
  readonly name: string;
  /** The 0600 file that takes the raw answer. */
  readonly temporaryFile: string;
  /** Null when the key goes to stdout. */
  readonly privateKeyFile: string | null;
}

/** An intent on disk. */
export interface JournalEntry {
  readonly file: string;
  /** Removes the entry: this machine has followed, or nothing happened. */
  close(): Promise<void>;
}

/**
 * Writes an intent under `<state directory>/journal`, synced, before anything can change in the cloud. An entry that
 * is still there when the process has gone tells that a create was cut short.
 */
export function openEntry(stateDirectory: string, intent: Intent, platform: string): Promise<JournalEntry> {
  const directory = path.join(stateDirectory, 'journal');
  return refusing(directory, () => writeEntry(directory, intent, platform));
}

async function writeEntry(directory: string, intent: Intent, platform: string): Promise<JournalEntry> {
  await makePrivateDirectory(directory);
  const stamp = intent.startedAt.replace(/[^0-9]/g, '').slice(0, 14);
  const file = path.join(directory, `${stamp}-${randomBytes(6).toString('hex')}.json`);
  const handle = await createExclusive(file, 0o600);
  try {
    await writeSynced(handle, `${JSON.stringify({ version: 1, ...intent })}\n`);
  } finally {
    await handle.close();
  }
  await syncDirectory(directory, platform);
  return { file, close: () => removeIfThere(file) };
}
