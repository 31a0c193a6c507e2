import { NEW_PAIR_OPTIONS, TAG_OPTION, UNDOCUMENTED_OPTION } from '../cli/create-options.ts';
import { defineCommand, DRY_RUN_OPTION } from '../cli/spec.ts';
import { formatFacts, t, withNote } from '../i18n/t.ts';

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
    UNDOCUMENTED_OPTION,
    { flags: '--key-dir <dir>', summary: t`where to look for the private key (default: ~/.ssh)`, default: '~/.ssh' },
    DRY_RUN_OPTION,
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
    const { fingerprintsOf } = await import('../keys/fingerprint.ts');
    const { sandbox } = session.settings;
    await importPairs(session, file, flags, {
      uploaded: async (known) => {
        session.result(keyPairResult(known, await session.style(session.context.stdout)));
      },
      planned: ({ descriptor, region }, request, publicKey, files) => {
        const { name, tags, projectId, resourceGroupId } = request;
        const { keyType, bits } = publicKey;
        const fingerprints = fingerprintsOf(publicKey);
        session.result({
          json: {
            dryRun: true,
            provider: descriptor.id,
            region,
            name,
            tags,
            projectId: descriptor.abilities.project === false ? null : projectId,
            resourceGroupId,
            keyType,
            bits,
            fingerprints,
            ...files,
            sandbox,
          },
          text: `${t`would upload ${withNote(name, fingerprints.sha256)} to ${formatFacts([descriptor.id, region])}`}\n`,
          quiet: name,
        });
      },
    });
  },
});
