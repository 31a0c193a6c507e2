import path from 'node:path';
import { expandPath, homeShort, stateDirectory } from '../../paths.ts';
import { KeypairError, SeveralFailures } from '../../errors.ts';
import { listed } from '../../i18n/phrases.ts';
import { t } from '../../i18n/t.ts';
import type { Session } from '../../cli/session.ts';
import { errorCode, isTaken } from '../../storage/fs.ts';
import { refusing } from '../../storage/fs-errors.ts';
import {
  closeFolder,
  readTrash,
  removeTrashed,
  restoreFile,
  type Trash,
  type TrashedFile,
  type TrashFolder,
} from '../../storage/trash-content.ts';
import type { Person } from '../../storage/permissions.ts';
import { trashDirectory } from '../../storage/trash.ts';
import { tryOwnDirectory } from '../../storage/trial.ts';
import { printable } from '../../sanitize.ts';
import { shellWord } from '../../shell-quote.ts';
import { relativeTime } from '../../ui/relative-time.ts';
import { table } from '../../ui/table.ts';
import { confirm } from '../../cli/confirm.ts';

/** The flags of `trash restore`, as Commander names them. */
export interface RestoreFlags {
  readonly to: string;
  readonly dryRun: boolean;
}

/** The flags of `trash empty`, as Commander names them. */
export interface EmptyFlags {
  readonly dryRun: boolean;
}

async function look(session: Session): Promise<Trash> {
  const { context } = session;
  const state = stateDirectory(context);
  const trash = await refusing(trashDirectory(state), () => readTrash(state, context.platform), {
    hints: [t`see what it is: ls -la ${shellWord(trashDirectory(state))}`],
  });
  for (const file of trash.strange)
    session.warn(
      t`${printable(file)} is left alone: this program did not put it there, or others may write in it`,
    );
  return trash;
}

/** Runs `trash list`. */
export async function runTrashList(session: Session): Promise<void> {
  const { context } = session;
  const { folders } = await look(session);
  const people = context.stdout.isTTY === true;
  // Scripts get whole paths: nothing expands a `~` that comes out of a variable.
  const inHome = (file: string): string => (people ? homeShort(context.home, file) : file);
  const all = folders.flatMap((folder) => folder.files.map((file) => ({ folder, ...file })));
  session.result({
    json: all.map(({ folder, name, file, from }) => ({
      name,
      file,
      from,
      copy: folder.copy,
      folder: folder.id,
      at: folder.at.toISOString(),
    })),
    text:
      all.length === 0 && people
        ? `${t`the trash is empty`}\n`
        : table(
            [t`name`, { heading: t`from`, shrinkable: true }, { heading: t`since`, dropOrder: 1 }, t`folder`],
            all.map(({ folder, name, from }) => [
              name,
              folder.copy ? t`copy of a key that went to stdout` : inHome(from ?? ''),
              people ? relativeTime(folder.at.toISOString(), context.now()) : folder.at.toISOString(),
              folder.id,
            ]),
            context.stdout,
          ),
    quiet: all.map(({ file }) => file).join('\n'),
  });
}

/** A file that is to be put back. */
interface Move {
  readonly folder: TrashFolder;
  readonly trashed: TrashedFile;
  readonly target: string;
}

/** Runs `trash restore`: everything is checked for every name before the first file moves. */
export async function runTrashRestore(
  session: Session,
  names: readonly string[],
  flags: Partial<RestoreFlags>,
): Promise<void> {
  const { context } = session;
  const { folders } = await look(session);
  if (flags.to === '') throw new KeypairError('USAGE', t`--to is empty`);
  const to = flags.to === undefined ? null : expandPath(flags.to, context);
  const found = new Map<TrashedFile, Move>();
  for (const name of names) for (const move of movesOf(folders, name, to)) found.set(move.trashed, move);
  const moves = [...found.values()];
  await checkTargets(moves, context);
  const failures: KeypairError[] = [];
  for (const { trashed, target } of moves) {
    try {
      if (flags.dryRun !== true) await restoreFile(trashed, target, context.platform);
      session.result({
        json: { name: trashed.name, from: trashed.file, file: target, dryRun: flags.dryRun === true },
        text: `${flags.dryRun === true ? t`would restore ${printable(target)}` : t`restored ${printable(target)}`}\n`,
        quiet: target,
      });
    } catch (error) {
      const failure = notRestored(trashed, target, error);
      session.reportError(failure);
      failures.push(failure);
    }
  }
  if (flags.dryRun !== true)
    for (const folder of new Set(moves.map((move) => move.folder))) await closeFolder(folder);
  if (failures.length > 0) throw new SeveralFailures(failures);
}

/** The files of a name: of a folder all, else those of one key. */
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
  throw new KeypairError('USAGE', t`where ${printable(file)} was is not noted`, {
    hints: [t`say where it is to go with --to DIR`],
  });
}

async function checkTargets(moves: readonly Move[], person: Person): Promise<void> {
  const targets = new Set<string>();
  for (const { target, trashed } of moves) {
    if (targets.has(target)) throw twice(target, trashed);
    if (await refusing(path.dirname(target), () => isTaken(target))) throw taken(target);
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

function notRestored({ file }: TrashedFile, target: string, error: unknown): KeypairError {
  if (error instanceof KeypairError) return error;
  const code = errorCode(error);
  if (code === null) throw error;
  if (code === 'EEXIST') return taken(target);
  return new KeypairError('FAILURE', t`${printable(target)} could not be restored (${code})`, {
    hints: [t`it is still in ${printable(file)}`],
    cause: error,
  });
}

/** Runs `trash empty`. */
export async function runTrashEmpty(session: Session, { dryRun }: Partial<EmptyFlags>): Promise<void> {
  const { folders } = await look(session);
  const files = folders.flatMap((folder) => folder.files);
  if (dryRun !== true && files.length > 0) {
    const { length } = files;
    await confirm(
      session,
      length === 1
        ? t`Remove ${printable(files[0]?.file ?? '')} for good?`
        : t`Remove ${length} files from the trash for good?`,
      length,
    );
  }
  const removed: string[] = [];
  const left: string[] = [];
  for (const file of files) {
    const gone = dryRun === true || (await removeTrashed(file));
    (gone ? removed : left).push(file.file);
  }
  if (dryRun !== true) for (const folder of folders) await closeFolder(folder);
  session.result({
    json: { removed, left, dryRun: dryRun === true },
    text:
      files.length === 0
        ? `${t`the trash is empty`}\n`
        : removed
            .map(
              (file) =>
                `${dryRun === true ? t`would remove ${printable(file)}` : t`removed ${printable(file)}`}\n`,
            )
            .join(''),
    quiet: removed.join('\n'),
  });
  if (left.length > 0)
    throw new KeypairError(
      'FAILURE',
      t`could not be removed: ${listed(left.map((file) => printable(file)))}`,
    );
}
