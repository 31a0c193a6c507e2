import { createHash } from 'node:crypto';
import { lstat, readdir } from 'node:fs/promises';
import path from 'node:path';
import { createExclusive, makePrivateDirectory, mapAtOnce, removeIfThere, writeAll } from './fs.ts';
import {
  checkedFields,
  type FieldCheck,
  fieldsOf,
  isFingerprint,
  isFlag,
  isWord,
  readGuarded,
} from './read-guarded.ts';

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

const AT_ONCE = 32;

const NAME = /^[0-9a-f]{64}\.json$/;

function directoryOf(stateDirectory: string): string {
  return path.join(stateDirectory, 'servers');
}

/** Notes what was done last with a key on a server. Nothing depends on it, so it is not synced and never throws. */
export async function noteServerKey(stateDirectory: string, note: ServerKeyNote): Promise<void> {
  try {
    const directory = directoryOf(stateDirectory);
    await makePrivateDirectory(directory);
    const { provider, region, endpoint, sandbox, instance, user, fingerprint } = note;
    const key = JSON.stringify([provider, region, endpoint, sandbox, instance, user, fingerprint]);
    const file = path.join(directory, `${createHash('sha256').update(key).digest('hex')}.json`);
    await removeIfThere(file);
    const handle = await createExclusive(file, 0o600);
    try {
      await writeAll(handle, Buffer.from(`${JSON.stringify({ version: 1, ...note })}\n`));
    } finally {
      await handle.close();
    }
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
    const names = (await readdir(directory)).filter((name) => NAME.test(name)).slice(0, MOST);
    const notes = await mapAtOnce(names, AT_ONCE, async (name) => {
      const read = await readGuarded(path.join(directory, name), LONGEST, 'refuse', owner).catch(() => null);
      return read === null || typeof read === 'string' ? null : readNote(read.bytes.toString('utf8'));
    });
    return notes.filter((note) => note !== null);
  } catch {
    return [];
  }
}

function readNote(text: string): ServerKeyNote | null {
  const fields = fieldsOf(text);
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
