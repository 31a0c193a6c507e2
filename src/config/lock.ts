import { lstat, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { KeypairError } from '../errors.ts';
import { t } from '../language/t.ts';
import { shellWord } from '../shell-word.ts';
import { createExclusive, errorCode, removeIfThere } from '../store/files.ts';
import { relativeTime } from '../ui/relative-time.ts';

/** What taking a lock depends on; a Context has it all. */
export interface LockWorld {
  readonly now: () => Date;
  /** `linux`, `darwin`, `win32`. */
  readonly platform: string;
}

/** How long a lock is waited for: those who take it hold it for the writing of one file. */
const PATIENCE_MS = 10_000;
const LONGEST_PAUSE_MS = 40;

/**
 * Runs `act` while no other process runs under the lock of the same file: `<file>.lock`, created exclusively, as git
 * does. It is never taken over: whether its owner lives cannot be known for sure, and a wrong guess loses what the user
 * has set. A process that was killed leaves it to the user, who is told.
 *
 * @param file need not exist; its directory must.
 * @throws KeypairError `UNAVAILABLE` that names the lock when it cannot be had within ten seconds; what `act` throws;
 * system errors as they come where the directory cannot be written.
 */
export async function withLock<T>(file: string, world: LockWorld, act: () => Promise<T>): Promise<T> {
  const lock = `${file}.lock`;
  const until = performance.now() + PATIENCE_MS;
  while (!(await create(lock, world))) {
    if (performance.now() > until) throw await locked(lock, world);
    await setTimeout(1 + Math.random() * LONGEST_PAUSE_MS);
  }
  try {
    return await act();
  } finally {
    await removeIfThere(lock);
  }
}

/** @returns whether it was created: else it is there. */
async function create(lock: string, { platform }: LockWorld): Promise<boolean> {
  try {
    await (await createExclusive(lock, 0o600)).close();
    return true;
  } catch (error) {
    const code = errorCode(error);
    // Windows refuses to create what is just being removed.
    if (code !== 'EEXIST' && !(platform === 'win32' && ['EPERM', 'EBUSY'].includes(code ?? ''))) throw error;
    await removeUnheld(lock);
    return false;
  }
}

/** Earlier versions kept a directory there for good, with a file `free` in it while nobody held the lock. */
async function removeUnheld(lock: string): Promise<void> {
  try {
    if (!(await lstat(lock)).isDirectory()) return;
    await removeIfThere(path.join(lock, 'free'));
    await rmdir(lock);
  } catch {
    // It is held: what is in it has another name.
  }
}

async function locked(lock: string, { now }: LockWorld): Promise<KeypairError> {
  const found = await lstat(lock).catch(() => null);
  const age = relativeTime((found?.mtime ?? now()).toISOString(), now());
  const remove = `rm ${found?.isDirectory() === true ? '-r ' : ''}${shellWord(lock)}`;
  return new KeypairError('UNAVAILABLE', t`the configuration is locked: ${lock} was created ${age}`, {
    hints: [
      'nothing was changed: another keypair is changing the configuration, or was killed while it did',
      t`if no other keypair runs, remove the lock: ${remove}`,
    ],
  });
}
