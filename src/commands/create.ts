import { defineCommand } from './define.ts';

/** The flags of `create`, as Commander names them. */
export interface CreateFlags {
  readonly name: readonly string[];
  readonly tag: readonly string[];
  readonly project: string;
  readonly resourceGroup: string;
  readonly apiVersion: string;
  readonly keyDir: string;
  readonly output: string;
  readonly dryRun: boolean;
}

/** `keypair create`: make a pair in the cloud, save its private key, print its fingerprints. */
export const create = defineCommand<CreateFlags>({
  name: 'create',
  summary: 'make a key pair in the cloud and save its private key',
  options: [
    { flags: '-n, --name <name...>', summary: 'name of the key pair, and of its file' },
    { flags: '--tag <k=v...>', summary: 'tag of the key pair (tencent, lighthouse, aliyun)' },
    { flags: '--project <id>', summary: 'project of the key pair (tencent, qcloud; default: 0)' },
    { flags: '--resource-group <id>', summary: 'resource group of the key pair (aliyun)' },
    { flags: '--api-version <version>', summary: 'interface of qcloud', values: ['2017-03-12', 'v2'] },
    { flags: '--key-dir <dir>', summary: 'where the key files go (default: ~/.ssh)' },
    { flags: '--output <file>', summary: 'save the private key as this file; - for stdout' },
    { flags: '--dry-run', summary: 'check everything, show what would be done, call nothing' },
  ],
  examples: [
    {
      line: 'keypair create --provider tencent --name foo',
      does: 'make a key pair and save it as ~/.ssh/foo',
    },
    {
      line: 'keypair create -p aliyun -r cn-shanghai --name web --tag env=prod',
      does: 'in a region of your choice, with a tag',
    },
    { line: 'keypair create --sandbox -p lighthouse --name foo', does: 'try it without an account' },
    { line: 'keypair create -p tencent --name foo --json | jq -r .fingerprints.sha256', does: 'in a script' },
  ],
  run: async (session, _args, flags) => {
    const { runCreate } = await import('./create-run.ts');
    await runCreate(session, flags);
  },
});
