import { LOCAL_OPTIONS, NEW_PAIR_OPTIONS, PASSPHRASE_OPTIONS, TAG_OPTION } from '../cli/create-options.ts';
import { defineCommand, DRY_RUN_OPTION } from '../cli/spec.ts';
import { t } from '../i18n/t.ts';

/** `keypair ensure`: creates a pair unless it exists in the cloud and on this machine. */
export const ensure = defineCommand({
  name: 'ensure',
  unfinished: 'ask',
  summary: t`make a key pair unless it is there already, with its private key here`,
  changes: ['the cloud', 'this machine'],
  result: async () => (await import('./results/pairs.ts')).ensured,
  options: [
    {
      flags: '-n, --name <name...>',
      summary: t`name of the key pair, and of its file; - for a list on stdin`,
      offers: 'pairs',
    },
    TAG_OPTION,
    ...NEW_PAIR_OPTIONS,
    { flags: '--key-dir <dir>', summary: t`where the key files are (default: ~/.ssh)`, default: '~/.ssh' },
    ...LOCAL_OPTIONS,
    ...PASSPHRASE_OPTIONS,
    DRY_RUN_OPTION,
  ],
  examples: [
    { line: 'keypair ensure -p tencent --name deploy', does: t`safe to run again and again` },
    {
      line: 'key=$(keypair ensure -p aliyun --local --name deploy --quiet)',
      does: t`the path of its private key, in a script`,
    },
  ],
  run: async (session, _args, flags) => {
    const { ensurePairs } = await import('../operations/ensure.ts');
    const { keyPairResult } = await import('../operations/key-pair-record.ts');
    const { showCreated } = await import('./create/make-pairs.ts');
    await ensurePairs(session, flags, {
      ensured: async (known, job, { made, alone, connection }) => {
        if (made) return showCreated(session, connection, known, job, alone);
        session.result(keyPairResult(known, await session.style(session.context.stdout)));
        session.info(t`${known.pair.name} already exists: nothing was changed`);
      },
      planned: ({ descriptor, region }, { request: { name }, destination: { file } }, known) => {
        const { privateKeyPath, publicKeyPath } = known ?? { privateKeyPath: file, publicKeyPath: `${file}.pub` };
        session.result({
          json: {
            dryRun: true,
            provider: descriptor.id,
            region,
            name,
            id: known?.pair.id ?? null,
            exists: known !== null,
            privateKeyPath,
            publicKeyPath,
            sandbox: session.settings.sandbox,
          },
          text: `${known === null ? t`would create ${name}` : t`${name} already exists: nothing would be changed`}\n`,
          quiet: privateKeyPath ?? name,
        });
      },
    });
  },
});
