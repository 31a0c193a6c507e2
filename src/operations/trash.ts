import path from 'node:path';
import type { Session } from '../cli/session.ts';
import { KeypairError } from '../errors.ts';
import { t } from '../i18n/t.ts';
import { stateDirectory } from '../paths.ts';
import { printable, shellWord } from '../sanitize.ts';
import { errorCode, isTaken, mapFsErrors } from '../storage/fs.ts';
import type { User } from '../storage/permissions.ts';
import {
  closeFolder,
  readTrash,
  removeTrashed,
  restoreFile,
  type Trash,
  trashDirectory,
  type TrashedFile,
  type TrashFolder,
} from '../storage/trash.ts';
import { tryOwnDirectory } from '../storage/trial.ts';

/**
 * The contents of the trash. Warns of files that this program did not put there.
 *
 * @throws KeypairError if the trash cannot be read.
 */
export async function lookInTrash(session: Session): Promise<Trash> {
  const { context } = session;
  const state = stateDirectory(context);
  const trash = await mapFsErrors(trashDirectory(state), () => readTrash(state, context.platform), {
    hints: [t`see what it is: ls -la ${shellWord(trashDirectory(state))}`],
  });
  for (const file of trash.strange)
    session.warn(t`${printable(file)} is left alone: this program did not put it there, or others may write in it`);
  return trash;
}

/** A file to restore. */
interface Move {
  readonly folder: TrashFolder;
  readonly trashed: TrashedFile;
  readonly target: string;
}

/**
 * The files to restore for these names. All are checked before any is moved.
 *
 * @param to the absolute target directory; null: the original directory.
 * @throws KeypairError `NOT_FOUND`, `CONFLICT` or `USAGE` for the first file that cannot be restored.
 */
export async function movesFor(
  folders: readonly TrashFolder[],
  names: readonly string[],
  to: string | null,
  person: User,
): Promise<readonly Move[]> {
  const found = new Map<TrashedFile, Move>();
  for (const name of names) for (const move of movesOf(folders, name, to)) found.set(move.trashed, move);
  const moves = [...found.values()];
  await checkTargets(moves, person);
  return moves;
}

/** The files that a name refers to: all files of a folder, or those of one key. */
function movesOf(folders: readonly TrashFolder[], name: string, to: string | null): readonly Move[] {
  const isMeant = (file: TrashedFile): boolean =>
    [file.name, path.basename(file.from ?? '')].some((one) => one === name || one === `${name}.pub`);
  const whole = folders.filter(({ id }) => id === name);
  const some = whole.length > 0 ? whole : folders.filter(({ files }) => files.some(isMeant));
  const [folder, ...more] = some;
  if (folder === undefined) {
    throw new KeypairError('NOT_FOUND', t`${printable(name)} is not in the trash`, {
      hints: [t`see what is there with: keypair trash list`],
    });
  }
  if (more.length > 0) {
    throw new KeypairError('CONFLICT', t`${printable(name)} is in the trash ${some.length} times`, {
      hints: some.map(({ id }) => t`put one back with: keypair trash restore ${id}`),
    });
  }
  return folder.files
    .filter((file) => whole.length > 0 || isMeant(file))
    .map((trashed) => ({ folder, trashed, target: targetOf(trashed, to) }));
}

function targetOf({ name, file, from }: TrashedFile, to: string | null): string {
  if (to !== null) return path.join(to, from === null ? name : path.basename(from));
  if (from !== null) return from;
  throw new KeypairError('USAGE', t`the original place of ${printable(file)} is not known`, {
    hints: [t`choose its directory with --to DIR`],
  });
}

async function checkTargets(moves: readonly Move[], person: User): Promise<void> {
  const targets = new Set<string>();
  for (const { target, trashed } of moves) {
    if (targets.has(target)) throw twice(target, trashed);
    if (await mapFsErrors(path.dirname(target), () => isTaken(target))) throw taken(target);
    targets.add(target);
  }
  for (const directory of new Set([...targets].map((target) => path.dirname(target)))) {
    const refusal = await tryOwnDirectory(directory, person, t`choose another directory with --to DIR`);
    if (refusal !== null) throw refusal;
  }
}

function twice(target: string, { name }: TrashedFile): KeypairError {
  return new KeypairError('CONFLICT', t`more than one file would become ${printable(target)}`, {
    hints: [t`put one to another directory first: keypair trash restore ${shellWord(name)} --to DIR`],
  });
}

function taken(target: string): KeypairError {
  return new KeypairError('CONFLICT', t`${printable(target)} already exists`, {
    hints: [t`nothing is ever overwritten: move it away, or choose another directory with --to DIR`],
  });
}

/**
 * Restores a file.
 *
 * @throws KeypairError. The file is then still in the trash.
 */
export async function restore({ trashed, target }: Move, platform: string): Promise<void> {
  try {
    await restoreFile(trashed, target, platform);
  } catch (error) {
    const code = error instanceof KeypairError ? null : errorCode(error);
    if (code === null) throw error;
    if (code === 'EEXIST') throw taken(target);
    throw new KeypairError('FAILURE', t`${printable(target)} could not be restored (${code})`, {
      hints: [t`it is still in ${printable(trashed.file)}`],
      cause: error,
    });
  }
}

/** Removes empty folders from the trash. */
export async function dropEmptied(folders: readonly TrashFolder[]): Promise<void> {
  for (const folder of new Set(folders)) await closeFolder(folder);
}

/**
 * Deletes all files of these folders permanently, or none with `dryRun`. Returns which were deleted and which could not
 * be.
 */
export async function emptyTrash(
  folders: readonly TrashFolder[],
  dryRun: boolean,
): Promise<{ readonly removed: readonly string[]; readonly left: readonly string[] }> {
  const removed: string[] = [];
  const left: string[] = [];
  for (const file of folders.flatMap(({ files }) => files)) {
    const gone = dryRun || (await removeTrashed(file));
    (gone ? removed : left).push(file.file);
  }
  if (!dryRun) await dropEmptied(folders);
  return { removed, left };
}
