import type { ListFlags } from './run.ts';
import { defineCommand } from '../../cli/spec.ts';
import { t } from '../../i18n/t.ts';

/** `keypair list`: the key pairs of one or several services, joined with the files of this machine. */
export const list = defineCommand<ListFlags>({
  name: 'list',
  unfinished: 'ask',
  summary: t`list key pairs, and where their private halves are`,
  all: ['providers', 'regions'],
  options: [
    { flags: '-n, --name <glob>', summary: t`only names that fit: web-* or db?`, offers: 'pairs' },
    { flags: '--tag <k=v...>', summary: t`only pairs with all of these tags` },
    { flags: '--cloud-only', summary: t`only pairs whose private half is not on this machine` },
    { flags: '--local-only', summary: t`only keys of this machine that are in none of the services asked` },
    { flags: '--key-dir <dir>', summary: t`where the key files are (default: ~/.ssh)` },
  ],
  examples: [
    { line: 'keypair list -p tencent', does: t`the key pairs of one region` },
    { line: 'keypair list -p all -r all', does: t`of every service and region` },
    { line: "keypair list -p aliyun --name 'web-*' --json | jq -r '.[].name'", does: t`in a script` },
    { line: 'keypair list -p tencent --cloud-only', does: t`pairs that nobody can log in with from here` },
  ],
  run: async (session, _args, flags) => {
    const { runList } = await import('./run.ts');
    await runList(session, flags);
  },
});
