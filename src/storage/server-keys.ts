import { lstat, readdir } from 'node:fs/promises';
import path from 'node:path';
import { mapAtOnce } from './fs.ts';
import { NOTE_NAME, NOTES_AT_ONCE, readNote, writeNote } from './note-files.ts';
import { checkedFields, type FieldCheck, fieldsOf, isFingerprint, isFlag, isWord } from './read-guarded.ts';

/** What this program did last with a key on a server. The cloud does not know of it. It holds no secret. */
export interface ServerKeyNote {
  readonly provider: string;
  readonly region: string;
  /** Scheme, host and port. */
  readonly endpoint: string;
  readonly sandbox: boolean;
  /** The instance's id. */
  readonly instance: string;
  readonly user: string;
  /** `SHA256:…` of the public key. */
  readonly fingerprint: string;
  /** Whether it was put on the server; false: taken off. */
  readonly on: boolean;
}

/** Longer than any note, in bytes. */
const LONGEST = 8 * 1024;

/** The most notes that are read. */
const MOST = 20_000;

function directoryOf(stateDirectory: string): string {
  return path.join(stateDirectory, 'servers');
}

/** Notes what was done last with a key on a server. Nothing depends on it, so it is not synced and never throws. */
export async function noteServerKey(stateDirectory: string, note: ServerKeyNote): Promise<void> {
  try {
    const { provider, region, endpoint, sandbox, instance, user, fingerprint } = note;
    const about = [provider, region, endpoint, sandbox, instance, user, fingerprint];
    await writeNote(directoryOf(stateDirectory), about, note);
  } catch {
    // Without the note, ssh needs --key.
  }
}

/** All notes that this program can have written. Never throws. */
export async function readServerKeys(stateDirectory: string, platform: string): Promise<readonly ServerKeyNote[]> {
  const directory = directoryOf(stateDirectory);
  try {
    const { uid } = await lstat(directory);
    const owner = platform === 'win32' ? null : uid;
    const names = (await readdir(directory)).filter((name) => NOTE_NAME.test(name)).slice(0, MOST);
    const notes = await mapAtOnce(names, NOTES_AT_ONCE, async (name) =>
      parseNote(await readNote(path.join(directory, name), LONGEST, owner)),
    );
    return notes.filter((note) => note !== null);
  } catch {
    return [];
  }
}

function parseNote(text: string | null): ServerKeyNote | null {
  const fields = text === null ? null : fieldsOf(text);
  if (fields?.['version'] !== 1) return null;
  return checkedFields<ServerKeyNote>(CHECKS, fields);
}

const CHECKS: { readonly [K in keyof ServerKeyNote]: FieldCheck } = {
  provider: isWord,
  region: isWord,
  endpoint: isWord,
  sandbox: isFlag,
  instance: isWord,
  user: isWord,
  fingerprint: isFingerprint,
  on: isFlag,
};
