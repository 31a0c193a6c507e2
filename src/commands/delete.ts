import { defineCommand } from '../cli/spec.ts';
import { formatFacts, joinList, t, withNote } from '../i18n/t.ts';
import { printable } from '../sanitize.ts';

/** `keypair delete`: deletes pairs in the cloud; their key files stay, or go to the trash. */
export const deleteCommand = defineCommand({
  name: 'delete',
  unfinished: 'ask',
  summary: t`delete key pairs in the cloud`,
  changes: ['the cloud', 'this machine'],
  result: async () => (await import('./results/pairs.ts')).deleted,
  arguments: [
    {
      name: 'NAME',
      summary: t`name or id of a key pair, or a pattern such as web-*`,
      many: true,
      asked: true,
      offers: 'pairs',
    },
  ],
  all: ['providers', 'regions'],
  options: [
    { flags: '--local-files', summary: t`move the key files of this machine to the trash as well` },
    { flags: '--key-dir <dir>', summary: t`where the key files are (default: ~/.ssh)`, default: '~/.ssh' },
    { flags: '--dry-run', summary: t`show what would be deleted, delete nothing` },
    { flags: '--api-version <version>', summary: t`API version (qcloud only)`, values: ['2017-03-12', 'v2'] },
  ],
  examples: [
    { line: 'keypair delete -p tencent foo', does: t`in the cloud; ~/.ssh/foo stays` },
    { line: 'keypair delete -p aliyun foo bar --local-files', does: t`and the key files go to the trash` },
    { line: "keypair delete -p all -r all 'ci-*'", does: t`all whose names start with ci-; asks first` },
    { line: 'keypair delete -p tencent skey-mv9yzyjj --yes --json', does: t`in a script` },
  ],
  run: async (session, names, flags) => {
    const { deletePairs } = await import('../operations/delete.ts');
    const { sandbox } = session.settings;
    await deletePairs(session, names, flags, {
      planned: ({ descriptor, region }, { name, id }, files) => {
        const filesToTrash = files?.ours ?? [];
        const details = [id, descriptor.id, region].filter((part) => part !== null);
        const pair = withNote(name, formatFacts(details));
        session.result({
          json: {
            dryRun: true,
            provider: descriptor.id,
            region,
            name,
            id,
            ...(files === null ? {} : { trashed: filesToTrash, kept: files.kept }),
            sandbox,
          },
          text:
            filesToTrash.length === 0
              ? `${t`would delete ${pair}`}\n`
              : `${t`would delete ${pair} and move ${joinList(filesToTrash.map((file) => printable(file)))} to the trash`}\n`,
          quiet: name,
        });
      },
      deleted: ({ descriptor, region }, { name, id }, trashed, kept) => {
        session.result({
          json: {
            provider: descriptor.id,
            region,
            name,
            id,
            deleted: true,
            trashed,
            ...(kept === null ? {} : { kept }),
            sandbox,
          },
          text: `${t`deleted ${name}`}\n`,
          quiet: name,
        });
      },
    });
  },
});
