import type { ImportFlags } from './run.ts';
import { NEW_PAIR_OPTIONS, TAG_OPTION } from '../create/flags.ts';
import { defineCommand } from '../../cli/spec.ts';
import { t } from '../../i18n/t.ts';

/** `keypair import`: upload an existing public key, to one region or to many. */
export const importKey = defineCommand<ImportFlags>({
  name: 'import',
  unfinished: 'ask',
  summary: t`upload an existing public key`,
  arguments: [{ name: 'FILE', summary: t`a public key file, or - for stdin`, optional: true }],
  all: ['regions'],
  options: [
    { flags: '-n, --name <name>', summary: t`name of the key pair` },
    { ...TAG_OPTION, flags: '--tag <k=v>', again: true },
    ...NEW_PAIR_OPTIONS,
    { flags: '--from-private', summary: t`FILE is a private key: derive its public half, send only that` },
    { flags: '--key-dir <dir>', summary: t`where the private half is looked for (default: ~/.ssh)` },
  ],
  examples: [
    { line: 'keypair import -p tencent --name foo ~/.ssh/foo.pub', does: t`upload a public key` },
    {
      line: 'keypair import -p aliyun -r all --name foo ~/.ssh/foo.pub',
      does: t`the same key in every region`,
    },
    {
      line: 'keypair import -p tencent --name foo --from-private ~/.ssh/foo',
      does: t`from a private key, which stays here`,
    },
    { line: 'ssh-add -L | head -1 | keypair import -p tencent --name foo -', does: t`from the agent` },
  ],
  run: async (session, [file], flags) => {
    const { runImport } = await import('./run.ts');
    await runImport(session, file ?? null, flags);
  },
});
