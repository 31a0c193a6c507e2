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

/** The copy of a private key that went to stdout. */
export interface Copy {
  readonly folder: TrashFolder;
  readonly name: string;
  readonly file: string;
  /** Null where it cannot be read. */
  readonly publicKey: PublicKey | null;
}

/** The copies that are kept of private keys that went to stdout. Never throws. */
export async function copiesHere({ context }: Session): Promise<readonly Copy[]> {
  const trash = await readTrash(stateDirectory(context), context.platform, 'copies').catch(() => null);
  const copies: Copy[] = [];
  for (const folder of trash?.folders ?? [])
    for (const { name, file } of folder.files) copies.push({ folder, name, file, publicKey: await privateKeyIn(file) });
  return copies;
}

/**
 * Removes each copy whose private key stands in another file, and says so.
 *
 * @param find where the private key of a public one may be.
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
 * Whether a private key stays when one file of it goes: another regular file holds the whole of it, read and proved. A link to
 * the first, another path to it, and what is read from it through `/dev/stdin` are not another file, nor is one without a name.
 */
export async function holdsSame(file: string, publicKey: PublicKey, other: string): Promise<boolean> {
  try {
    const [one, two] = await Promise.all([realpath(file), realpath(other)]);
    const [was, stays] = await Promise.all([stat(one, { bigint: true }), stat(two, { bigint: true })]);
    // The paths as well: the inode numbers of some file systems do not stay the same (sshfs).
    if (one === two || isSameInode(was, stays)) return false;
    const found = await privateKeyIn(two);
    return found !== null && samePublicKey(found, publicKey);
  } catch {
    return false;
  }
}

/** @returns whether the copy has gone. */
export async function dropCopy({ folder, file }: Copy): Promise<boolean> {
  const gone = await removeTrashed({ file });
  await closeFolder(folder);
  return gone;
}

/** The public half of the private key in a file; null where it holds none that can be used without a passphrase. */
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
