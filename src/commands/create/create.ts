import type { CreateFlags } from './flags.ts';
import { LOCAL_OPTIONS, NEW_PAIR_OPTIONS, TAG_OPTION } from './flags.ts';
import { defineCommand } from '../../cli/spec.ts';
import { t } from '../../i18n/t.ts';

/** `keypair create`: make a pair in the cloud, save its private key, print its fingerprints. */
export const create = defineCommand<CreateFlags>({
  name: 'create',
  unfinished: 'ask',
  summary: t`make a key pair in the cloud and save its private key`,
  options: [
    {
      flags: '-n, --name <name...>',
      summary: t`name of the key pair, and of its file; - for a list on stdin`,
    },
    TAG_OPTION,
    ...NEW_PAIR_OPTIONS,
    { flags: '--key-dir <dir>', summary: t`where the key files go (default: ~/.ssh)` },
    { flags: '--output <file>', summary: t`save the private key as this file; - for stdout` },
    { flags: '--no-copy', summary: t`with --output -: keep no copy of the private key on this machine` },
    ...LOCAL_OPTIONS,
    {
      flags: '--recreate [pair]',
      summary: t`finish what a create of this name left unfinished; delete its pair only if it is proved ours, or has this id or fingerprint`,
    },
    { flags: '--dry-run', summary: t`check everything, show what would be done, call nothing` },
  ],
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
    const { runCreate } = await import('./run.ts');
    await runCreate(session, flags);
  },
});
