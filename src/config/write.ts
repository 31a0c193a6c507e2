import { lstat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { KeypairError } from '../errors.ts';
import { t } from '../i18n/t.ts';
import { shellWord } from '../sanitize.ts';
import {
  createExclusive,
  errorCode,
  linkTarget,
  makePrivateDirectory,
  removeIfThere,
  removeLeftovers,
  temporaryNameOf,
  replaceFile,
} from '../storage/fs.ts';
import { relativeTime } from '../ui/relative-time.ts';
import { type ConfigDocument, type ConfigValue, parseDocument, setValue } from './document.ts';
import { configFile, LONGEST_CONFIG, readConfigFile } from './load.ts';
import type { PathsInput } from '../paths.ts';

/** The part of a Context that writes the configuration. */
export interface ConfigContext extends PathsInput {
  readonly now: () => Date;
}

/**
 * Sets or removes one value of the configuration. Missing objects are created. Comments and unknown keys stay.
 *
 * @param keys as in the file: `['profiles', 'work', 'logins', 'tencent']`.
 * @param value undefined removes it.
 * @throws KeypairError as {@link editConfig}.
 */
export function setConfigValue(
  context: ConfigContext,
  keys: readonly [string, ...string[]],
  value: ConfigValue | undefined,
): Promise<void> {
  return editConfig(context, (document) => setValue(document, keys, value));
}

/**
 * Changes the configuration. Concurrent processes wait for each other, and no change is lost. The file is replaced
 * atomically, with mode 0600, and is synced when this returns. If it is a link, the target is replaced.
 *
 * @param edit returns the new text; an unchanged text is not written.
 * @throws KeypairError `USAGE` if the configuration is invalid or cannot be written, `UNAVAILABLE` if it is locked;
 * then nothing is changed.
 */
export async function editConfig(context: ConfigContext, edit: (document: ConfigDocument) => string): Promise<void> {
  const file = configFile(context);
  try {
    const target = await linkTarget(file);
    await makePrivateDirectory(path.dirname(target));
    await withLock(`${target}.lock`, context, async () => {
      const name = path.basename(target);
      await removeLeftovers(path.dirname(target), (other) => temporaryNameOf(other) === name, context.now());
      const found = await readConfigFile(target, context);
      const document = parseDocument(file, found?.text ?? '');
      const text = edit(document);
      if (text !== document.text) await replace(target, `${found?.bom ?? ''}${text}`, context.platform);
    });
  } catch (error) {
    const code = errorCode(error);
    if (error instanceof KeypairError || code === null) throw error;
    throw new KeypairError('USAGE', t`cannot write ${file} (${code})`, {
      hints: [HINTS[code] ?? t`choose another place with XDG_CONFIG_HOME`],
      cause: error,
    });
  }
}

const HINTS: Readonly<Record<string, string>> = {
  ENOSPC: t`the disk is full: free some space`,
  EDQUOT: t`your disk quota is used up: free some space`,
  ENOTDIR: t`a part of that path is a file, not a directory`,
};

async function replace(file: string, text: string, platform: string): Promise<void> {
  const bytes = Buffer.from(text);
  if (bytes.length > LONGEST_CONFIG) throw new KeypairError('USAGE', t`${file} would become longer than 1 MiB`);
  await replaceFile(file, bytes, platform);
}

/** How long to wait for the lock, in milliseconds. It is held while one file is written. */
const LOCK_WAIT_MS = 10_000;
const LONGEST_PAUSE_MS = 40;

/**
 * Runs `act` under a lock: a file that is created exclusively, as in git. A stale lock is never taken over: nothing
 * shows reliably whether its owner still runs, and a wrong guess would lose a change.
 */
async function withLock(lock: string, { now, platform }: ConfigContext, act: () => Promise<void>): Promise<void> {
  const until = performance.now() + LOCK_WAIT_MS;
  while (!(await createLock(lock, platform))) {
    if (performance.now() > until) throw await locked(lock, now());
    await setTimeout(1 + Math.random() * LONGEST_PAUSE_MS);
  }
  try {
    await act();
  } finally {
    await removeIfThere(lock);
  }
}

/** @returns false if the lock exists. */
async function createLock(lock: string, platform: string): Promise<boolean> {
  try {
    await (await createExclusive(lock, 0o600)).close();
    return true;
  } catch (error) {
    const code = errorCode(error) ?? '';
    // Windows refuses to create a file that is being removed.
    if (code === 'EEXIST' || (platform === 'win32' && ['EPERM', 'EBUSY'].includes(code))) return false;
    throw error;
  }
}

async function locked(lock: string, now: Date): Promise<KeypairError> {
  const { mtime = now } = (await lstat(lock).catch(() => null)) ?? {};
  const age = relativeTime(mtime.toISOString(), now);
  return new KeypairError('UNAVAILABLE', t`the configuration is locked: ${lock} was created ${age}`, {
    hints: [
      t`nothing was changed: another keypair is changing the configuration, or was killed while it did`,
      t`if no other keypair runs, remove the lock: ${`rm ${shellWord(lock)}`}`,
    ],
  });
}
