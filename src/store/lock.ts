import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { KeypairError } from '../errors.ts';
import { t } from '../language/t.ts';
import { createExclusive, errorCode, temporaryName } from './files.ts';

/** What taking a lock depends on; a Context has it all. */
export interface LockWorld {
  readonly pid: number;
  /** Whether a process of this number runs on this machine. */
  readonly isAlive: (pid: number) => boolean;
  readonly now: () => Date;
  /** `linux`, `darwin`, `win32`. */
  readonly platform: string;
}

/** How long a lock is waited for: those who take it hold it for the writing of one file. */
const PATIENCE_MS = 10_000;
const LONGEST_PAUSE_MS = 40;

/** Nobody can ask whether a process of another machine is alive: one that has held for longer counts as dead. */
const FOREIGN_HOLD_MS = 60_000;

const FREE = 'free';

/** The names under which this process holds locks now: any other with its number is of one that had it before. */
const ours = new Set<string>();

/**
 * Runs `act` while nobody else, in this process or in another, runs under the lock of the same file.
 *
 * The lock is the directory `<file>.lock` with exactly one file in it, `free` or `held-<host>-<pid>-<random>`. It is
 * taken, handed back and, when its holder has died, taken over by renaming that file: of all who try one wins, and
 * there is no moment in which the lock is anything else than one of the two. (A lock file that is deleted when it looks
 * stale has such a moment: the second to find it stale deletes the first one's fresh lock.)
 *
 * @param file need not exist; its directory must.
 * @throws KeypairError `UNAVAILABLE` that names the lock when it cannot be had within ten seconds; what `act` throws;
 * system errors as they come where the directory cannot be written.
 */
export async function withLock<T>(file: string, world: LockWorld, act: () => Promise<T>): Promise<T> {
  const lock = `${file}.lock`;
  const held = `held-${hostTag()}-${world.pid}-${randomBytes(6).toString('hex')}`;
  ours.add(held);
  try {
    await acquire(lock, held, world);
    try {
      return await act();
    } finally {
      await release(lock, held);
    }
  } finally {
    ours.delete(held);
  }
}

async function acquire(lock: string, held: string, world: LockWorld): Promise<void> {
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    if (await moved(lock, FREE, held, world)) return;
    const holder = await holderOf(lock);
    if (holder === null) {
      if (await makeLock(lock, world)) continue;
    } else if (holder !== FREE && (await isDead(lock, holder, world))) {
      if (await moved(lock, holder, held, world)) return;
    }
    if (performance.now() > until) throw tooLong(lock, holder);
    await setTimeout(1 + Math.random() * LONGEST_PAUSE_MS);
  }
}

/** Hands the lock back. Whoever took it over from another machine has it rightly: we were too slow for everybody. */
async function release(lock: string, held: string): Promise<void> {
  try {
    await rename(path.join(lock, held), path.join(lock, FREE));
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
}

/** Renames the one file of the lock; false when somebody else was faster. */
async function moved(lock: string, from: string, to: string, { platform }: LockWorld): Promise<boolean> {
  try {
    await rename(path.join(lock, from), path.join(lock, to));
    return true;
  } catch (error) {
    if (isMissed(errorCode(error), platform)) return false;
    throw error;
  }
}

/** Windows refuses to touch what another process is just looking at. */
function isMissed(code: string | null, platform: string): boolean {
  return code === 'ENOENT' || (platform === 'win32' && ['EPERM', 'EACCES', 'EBUSY'].includes(code ?? ''));
}

/** The name of the one file; null where there is no lock yet, and when a rename went by while we looked. */
async function holderOf(lock: string): Promise<string | null> {
  try {
    const names = await readdir(lock);
    return names.find((name) => name === FREE || readHolder(name) !== null) ?? null;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

/** Puts a lock in place, complete, unless there is one: rename(2) replaces no directory that has anything in it. */
async function makeLock(lock: string, { platform }: LockWorld): Promise<boolean> {
  const fresh = temporaryName(lock);
  await mkdir(fresh, 0o700);
  try {
    await (await createExclusive(path.join(fresh, FREE), 0o600)).close();
    await rename(fresh, lock);
    return true;
  } catch (error) {
    await rm(fresh, { recursive: true, force: true });
    const code = errorCode(error);
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST' && !isMissed(code, platform)) throw error;
    return false;
  }
}

async function isDead(lock: string, name: string, world: LockWorld): Promise<boolean> {
  const holder = readHolder(name);
  if (holder === null || ours.has(name)) return false;
  if (holder.host === hostTag()) return holder.pid === world.pid || !world.isAlive(holder.pid);
  try {
    // Renaming sets this time, so it tells since when it is held.
    const { ctimeMs } = await stat(path.join(lock, name));
    return world.now().getTime() - ctimeMs > FOREIGN_HOLD_MS;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
}

function readHolder(name: string): { readonly host: string; readonly pid: number } | null {
  const [, host, pid] = /^held-([0-9a-f]{8})-(\d{1,15})-[0-9a-f]{12}$/.exec(name) ?? [];
  return host === undefined || pid === undefined ? null : { host, pid: Number(pid) };
}

/** This machine, in a form that a file's name can have. */
function hostTag(): string {
  return createHash('sha256').update(hostname()).digest('hex').slice(0, 8);
}

function tooLong(lock: string, name: string | null): KeypairError {
  const holder = name === null ? null : readHolder(name);
  const who =
    holder === null
      ? t`others`
      : holder.host === hostTag()
        ? t`process ${holder.pid}`
        : t`a process of another machine`;
  return new KeypairError('UNAVAILABLE', t`${lock} is held by ${who} for too long`, {
    hints: ['nothing was changed: try again, or end that process', t`if it is no keypair, remove ${lock}`],
  });
}
