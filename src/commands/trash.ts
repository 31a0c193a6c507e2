import { confirm } from '../cli/session.ts';
import { defineCommand, DRY_RUN_OPTION } from '../cli/spec.ts';
import { KeypairError, SeveralFailures } from '../errors.ts';
import { joinList, t } from '../i18n/t.ts';
import { expandPath, homeShort } from '../paths.ts';
import { printable } from '../sanitize.ts';
import { relativeTime } from '../ui/relative-time.ts';
import { table } from '../ui/table.ts';

const list = defineCommand({
  name: 'list',
  withoutProfile: true,
  summary: t`list the files in the trash: what, from where, since when`,
  changes: [],
  result: async () => (await import('./results/machine.ts')).trashList,
  examples: [
    { line: 'keypair trash list', does: t`what can be put back` },
    { line: "keypair trash list --json | jq -r '.[].file'", does: t`in a script` },
  ],
  run: async (session) => {
    const { lookInTrash } = await import('../operations/trash.ts');
    const { context } = session;
    const { folders } = await lookInTrash(session);
    const people = context.stdout.isTTY === true;
    // Scripts get full paths: a shell does not expand `~` from a variable.
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
  },
});

const restoreCommand = defineCommand({
  name: 'restore',
  withoutProfile: true,
  summary: t`put files back where they were; nothing is overwritten`,
  changes: ['this machine'],
  result: async () => (await import('./results/machine.ts')).trashRestored,
  arguments: [{ name: 'NAME', summary: t`name of a key file, or of a folder of the trash`, many: true }],
  options: [{ flags: '--to <dir>', summary: t`put them into this directory` }, DRY_RUN_OPTION],
  examples: [
    { line: 'keypair trash restore foo', does: t`foo and foo.pub, where they were` },
    {
      line: 'keypair trash restore foo --to ~/.ssh',
      does: t`the copy of a private key that went to stdout, or files from an old trash`,
    },
  ],
  run: async (session, names, { to: directory, dryRun = false }) => {
    const { dropEmptied, lookInTrash, movesFor, restore } = await import('../operations/trash.ts');
    const { context } = session;
    const { folders } = await lookInTrash(session);
    const to = directory === undefined ? null : expandPath(directory, context);
    const moves = await movesFor(folders, names, to, context);
    const failures: KeypairError[] = [];
    for (const move of moves) {
      const { trashed, target } = move;
      try {
        if (!dryRun) await restore(move, context.platform);
        session.result({
          json: { name: trashed.name, from: trashed.file, file: target, dryRun },
          text: `${dryRun ? t`would restore ${printable(target)}` : t`restored ${printable(target)}`}\n`,
          quiet: target,
        });
      } catch (error) {
        if (!(error instanceof KeypairError)) throw error;
        session.reportError(error);
        failures.push(error);
      }
    }
    if (!dryRun) await dropEmptied(moves.map(({ folder }) => folder));
    if (failures.length > 0) throw new SeveralFailures(failures);
  },
});

const empty = defineCommand({
  name: 'empty',
  withoutProfile: true,
  summary: t`remove all that is in the trash, for good`,
  changes: ['this machine'],
  result: async () => (await import('./results/machine.ts')).trashEmptied,
  options: [{ flags: '--dry-run', summary: t`show what would be removed, and remove nothing` }],
  examples: [
    { line: 'keypair trash empty', does: t`after a question that says how many files` },
    { line: 'keypair trash empty --yes', does: t`in a script` },
  ],
  run: async (session, _args, { dryRun = false }) => {
    const { emptyTrash, lookInTrash } = await import('../operations/trash.ts');
    const { folders } = await lookInTrash(session);
    const files = folders.flatMap((folder) => folder.files);
    if (!dryRun && files.length > 0) {
      const { length } = files;
      await confirm(
        session,
        length === 1
          ? t`Remove ${printable(files[0]?.file ?? '')} for good?`
          : t`Remove ${length} files from the trash for good?`,
        length,
      );
    }
    const { removed, left } = await emptyTrash(folders, dryRun);
    session.result({
      json: { removed, left, dryRun },
      text:
        files.length === 0
          ? `${t`the trash is empty`}\n`
          : removed
              .map((file) => `${dryRun ? t`would remove ${printable(file)}` : t`removed ${printable(file)}`}\n`)
              .join(''),
      quiet: removed.join('\n'),
    });
    if (left.length > 0)
      throw new KeypairError('FAILURE', t`could not be removed: ${joinList(left.map((file) => printable(file)))}`);
  },
});

/** `keypair trash`: files from `delete --local-files` and `doctor --fix`, and copies of keys that went to stdout. */
export const trash = {
  name: 'trash',
  summary: t`key files that were put aside: list them, put them back, remove them for good`,
  examples: [...list.examples, ...restoreCommand.examples, ...empty.examples],
  commands: [list, restoreCommand, empty],
} as const;
