import { realpath, stat } from 'node:fs/promises';
import { stateDirectory } from '../paths.ts';
import { KeyFormatError } from '../keys/format-error.ts';
import { parsePrivateKey } from '../keys/private-key.ts';
import { type PublicKey, samePublicKey } from '../keys/public-key.ts';
import { t } from '../i18n/t.ts';
import { readSmallFile } from '../storage/key-directory.ts';
import type { Session } from '../cli/session.ts';
import { isSameInode } from '../storage/durable-write.ts';
import { closeFolder, readTrash, removeTrashed, type TrashFolder } from '../storage/trash.ts';
import { printable } from '../sanitize.ts';

/** A copy of a private key that was written to stdout. */
export interface Copy {
  readonly folder: TrashFolder;
  readonly name: string;
  readonly file: string;
  /** Null if it cannot be read. */
  readonly publicKey: PublicKey | null;
}

/** The copies kept of private keys written to stdout. Never throws. */
export async function copiesHere({ context }: Session): Promise<readonly Copy[]> {
  const trash = await readTrash(stateDirectory(context), context.platform, 'copies').catch(() => null);
  const copies: Copy[] = [];
  for (const folder of trash?.folders ?? [])
    for (const { name, file } of folder.files) copies.push({ folder, name, file, publicKey: await privateKeyIn(file) });
  return copies;
}

/**
 * Removes each copy whose private key is also in another file, and reports it.
 *
 * @param find returns a file that may hold the private key of a public key.
 */
export async function dropCopies(session: Session, find: (publicKey: PublicKey) => string | null): Promise<void> {
  for (const copy of await copiesHere(session)) {
    const other = copy.publicKey && find(copy.publicKey);
    if (copy.publicKey === null || other == null) continue;
    if (!(await holdsSame(copy.file, copy.publicKey, other))) continue;
    if (!(await dropCopy(copy))) continue;
    session.info(t`the copy ${copy.file} is removed: ${printable(other)} holds the same private key`);
  }
}

/**
 * Whether another regular file holds the same complete private key, so that one file can be removed. The key is read
 * and verified. A link to the file, another path to it, `/dev/stdin`, or a file without a name do not count.
 */
export async function holdsSame(file: string, publicKey: PublicKey, other: string): Promise<boolean> {
  try {
    const [one, two] = await Promise.all([realpath(file), realpath(other)]);
    const [was, stays] = await Promise.all([stat(one, { bigint: true }), stat(two, { bigint: true })]);
    // Compare the paths as well: on some file systems (sshfs), inode numbers change.
    if (one === two || isSameInode(was, stays)) return false;
    const found = await privateKeyIn(two);
    return found !== null && samePublicKey(found, publicKey);
  } catch {
    return false;
  }
}

/** @returns whether the copy was removed. */
export async function dropCopy({ folder, file }: Copy): Promise<boolean> {
  const gone = await removeTrashed({ file });
  await closeFolder(folder);
  return gone;
}

/** The public key of the private key in a file; null if there is none that works without a passphrase. */
async function privateKeyIn(file: string): Promise<PublicKey | null> {
  const reading = await readSmallFile(file);
  if (reading === null || reading === 'unreadable') return null;
  try {
    return parsePrivateKey(reading.text).publicKey;
  } catch (error) {
    if (error instanceof KeyFormatError) return null;
    throw error;
  }
}
