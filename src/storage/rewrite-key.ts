import type { BigIntStats } from 'node:fs';
import { type FileHandle, lstat, realpath, rename } from 'node:fs/promises';
import path from 'node:path';
import { KeypairError } from '../errors.ts';
import { t } from '../i18n/t.ts';
import { shellWord } from '../sanitize.ts';
import { Secret } from '../secret.ts';
import { holds, isSameFile } from './durable-write.ts';
import { createExclusive, discard, errorCode, mapFsErrors, syncDirectory, temporaryName, writeSynced } from './fs.ts';
import { checkModes } from './key-file.ts';
import { checkSafeFile, type User } from './permissions.ts';
import { readGuarded } from './read-guarded.ts';

/** A key file whose content can be replaced. */
interface KeyFilePlace {
  /** The file itself, with all links resolved. */
  readonly file: string;
  readonly found: BigIntStats;
}

/** The longest key file, in bytes. */
const LONGEST = 64 * 1024;

/**
 * Checks that a key file can be replaced: it is a regular file of this user, only this user can write it and its
 * directory, and it has no other name. A link is resolved.
 *
 * @throws KeypairError `NOT_FOUND` if it is not there, `USAGE`.
 */
export async function checkRewritable(file: string, user: User): Promise<KeyFilePlace> {
  try {
    const real = await realpath(file);
    const found = await lstat(real, { bigint: true });
    if (!found.isFile()) throw new KeypairError('USAGE', t`${file} is not a file`);
    await checkSafeFile(file, user, t`copy it to a directory of your own, and give the copy`);
    if (found.nlink > 1n) {
      const [word, copy] = [shellWord(real), shellWord(`${real}.copy`)];
      throw new KeypairError(
        'USAGE',
        t`${real} has ${Number(found.nlink)} names (hard links): the others would keep the key as it is`,
        {
          hints:
            user.platform === 'win32'
              ? []
              : [
                  t`see them with: find / -xdev -samefile ${word}`,
                  t`make it a file of its own: cp -p ${word} ${copy} && mv ${copy} ${word}`,
                ],
        },
      );
    }
    return { file: real, found };
  } catch (cause) {
    const code = errorCode(cause);
    if (code === null || cause instanceof KeypairError) throw cause;
    throw new KeypairError(code === 'ENOENT' ? 'NOT_FOUND' : 'USAGE', t`cannot read ${file} (${code})`, { cause });
  }
}

/**
 * Replaces the content of a key file: the new text is written beside it, synced, read again and checked, and only then
 * renamed. Whatever fails, the file has its old content or the new one. The owner and the owner's rights stay; others lose
 * theirs.
 *
 * @param old what the file holds. If it holds something else by now, nothing is replaced.
 * @param check throws if what was written is not the right key.
 * @throws KeypairError `USAGE` if it cannot be written there, `CONFLICT` if it changed meanwhile, `PARTIAL` if it was
 * replaced but a power failure may undo that; what `check` throws.
 */
export async function rewriteKeyFile(
  { file, found }: KeyFilePlace,
  old: Secret,
  text: Secret,
  check: (written: Secret) => void,
  user: User,
): Promise<void> {
  const directory = path.dirname(file);
  const temporary = temporaryName(file);
  const replace = async (): Promise<void> => {
    const handle = await createExclusive(temporary, 0o600);
    try {
      await checkModes(handle, directory, 0o600, user);
      await writeSynced(handle, text.reveal());
      await keepOwner(handle, file, found);
      await handle.close();
      const written = await readGuarded(temporary, LONGEST, 'refuse');
      if (typeof written === 'string') throw new KeypairError('CONFLICT', t`${temporary} was changed meanwhile`);
      check(new Secret(written.bytes.toString('utf8')));
      if (!(await isSameFile(file, found)) || !(await holds(file, Buffer.from(old.reveal()))))
        throw new KeypairError('CONFLICT', t`${file} was changed meanwhile: nothing was changed`);
      await rename(temporary, file);
    } catch (error) {
      await discard(handle, temporary);
      throw error;
    }
  };
  await mapFsErrors(directory, replace, { hints: [t`${file} is as it was`] });
  try {
    await syncDirectory(directory, user.platform);
  } catch (cause) {
    const code = errorCode(cause) ?? 'error';
    throw new KeypairError('PARTIAL', t`${file} was rewritten, but the sync to disk failed (${code})`, { cause });
  }
}

/** Gives a new file the owner, and the owner's rights, of the file that it replaces. Others get none. */
async function keepOwner(handle: FileHandle, file: string, { uid, gid, mode }: BigIntStats): Promise<void> {
  const own = await handle.stat({ bigint: true });
  if (own.uid !== uid || own.gid !== gid) {
    // Only root may give a file away. The group may be one that this user is not in.
    await handle.chown(Number(uid), Number(gid)).catch((cause: unknown) => {
      if (own.uid !== uid) throw new KeypairError('USAGE', t`${file} belongs to another user`, { cause });
    });
  }
  // With an ACL the bits of the group are its mask: as a mode they would let the group in.
  await handle.chmod(Number(mode & 0o700n));
}
