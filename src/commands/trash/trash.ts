import type { RestoreFlags, EmptyFlags } from './run.ts';
import { defineCommand } from '../../cli/spec.ts';
import { t } from '../../i18n/t.ts';

const list = defineCommand<object>({
  name: 'list',
  withoutProfile: true,
  summary: t`list the files in the trash: what, from where, since when`,
  examples: [
    { line: 'keypair trash list', does: t`what can be put back` },
    { line: "keypair trash list --json | jq -r '.[].file'", does: t`in a script` },
  ],
  run: async (session) => {
    const { runTrashList } = await import('./run.ts');
    await runTrashList(session);
  },
});

const restore = defineCommand<RestoreFlags>({
  name: 'restore',
  withoutProfile: true,
  summary: t`put files back where they were; nothing is overwritten`,
  arguments: [{ name: 'NAME', summary: t`name of a key file, or of a folder of the trash`, many: true }],
  options: [
    { flags: '--to <dir>', summary: t`put them into this directory` },
    { flags: '--dry-run', summary: t`show what would be done, and do nothing` },
  ],
  examples: [
    { line: 'keypair trash restore foo', does: t`foo and foo.pub, where they were` },
    {
      line: 'keypair trash restore foo --to ~/.ssh',
      does: t`the copy of a private key that went to stdout, or files from an old trash`,
    },
  ],
  run: async (session, names, flags) => {
    const { runTrashRestore } = await import('./run.ts');
    await runTrashRestore(session, names, flags);
  },
});

const empty = defineCommand<EmptyFlags>({
  name: 'empty',
  withoutProfile: true,
  summary: t`remove all that is in the trash, for good`,
  options: [{ flags: '--dry-run', summary: t`show what would be removed, and remove nothing` }],
  examples: [
    { line: 'keypair trash empty', does: t`after a question that says how many files` },
    { line: 'keypair trash empty --yes', does: t`in a script` },
  ],
  run: async (session, _args, flags) => {
    const { runTrashEmpty } = await import('./run.ts');
    await runTrashEmpty(session, flags);
  },
});

/** `keypair trash`: what `delete --local-files` and `doctor --fix` put aside, and copies of keys that went to stdout. */
export const trash = {
  name: 'trash',
  summary: t`key files that were put aside: list them, put them back, remove them for good`,
  examples: [...list.examples, ...restore.examples, ...empty.examples],
  commands: [list, restore, empty],
} as const;
