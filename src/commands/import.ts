import { NEW_PAIR_OPTIONS, TAG_OPTION } from '../cli/create-options.ts';
import { defineCommand } from '../cli/spec.ts';
import { t } from '../i18n/t.ts';

/** `keypair import`: uploads an existing public key to one or more regions. */
export const importKey = defineCommand({
  name: 'import',
  unfinished: 'ask',
  summary: t`upload an existing public key`,
  changes: ['the cloud'],
  result: async () => (await import('./results/pairs.ts')).imported,
  arguments: [{ name: 'FILE', summary: t`a public key file, or - for stdin`, optional: true }],
  all: ['regions'],
  options: [
    { flags: '-n, --name <name>', summary: t`name of the key pair` },
    { flags: '--tag <k=v>', summary: TAG_OPTION.summary, again: true },
    ...NEW_PAIR_OPTIONS,
    { flags: '--from-private', summary: t`FILE is a private key: derive its public key, upload only that` },
    { flags: '--key-dir <dir>', summary: t`where to look for the private key (default: ~/.ssh)`, default: '~/.ssh' },
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
  run: async (session, [file = null], flags) => {
    const { importPairs } = await import('../operations/import-key.ts');
    const { keyPairResult } = await import('../operations/key-pair-record.ts');
    await importPairs(session, file, flags, async (known) => {
      session.result(keyPairResult(known, await session.style(session.context.stdout)));
    });
  },
});
