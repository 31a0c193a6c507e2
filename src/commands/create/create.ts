import { CREATE_OPTIONS } from '../../cli/create-options.ts';
import { defineCommand } from '../../cli/spec.ts';
import { t } from '../../i18n/t.ts';

/** `keypair create`: creates a key pair in the cloud, saves its private key, prints its fingerprints. */
export const create = defineCommand({
  name: 'create',
  unfinished: 'ask',
  summary: t`make a key pair in the cloud and save its private key`,
  changes: ['the cloud', 'this machine'],
  result: async () => (await import('../results/pairs.ts')).created,
  options: CREATE_OPTIONS,
  examples: [
    {
      line: 'keypair create --provider tencent --name foo',
      does: t`make a key pair and save it as ~/.ssh/foo`,
    },
    {
      line: 'keypair create -p aliyun -r cn-shanghai --name web --tag env=prod',
      does: t`in a region of your choice, with a tag`,
    },
    { line: 'keypair create --sandbox -p lighthouse --name foo', does: t`try it without an account` },
    {
      line: 'keypair create -p tencent --name foo --json | jq -r .fingerprints.sha256',
      does: t`in a script`,
    },
    {
      line: 'keypair create -p tencent --local --name foo',
      does: t`the private key never leaves this machine`,
    },
    { line: 'keypair create -p tencent --name - < names.txt', does: t`many, a name a line` },
  ],
  opensWizard: ({ settings }, { name }) => settings.provider === null || name === undefined,
  run: async (session, _args, flags) => {
    const { runCreate } = await import('./make-pairs.ts');
    await runCreate(session, flags);
  },
});
