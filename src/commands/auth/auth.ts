import { type CommandSpec, defineCommand, DRY_RUN_OPTION } from '../../cli/spec.ts';
import { t } from '../../i18n/t.ts';
import type { LoginFlags } from './login.ts';

const login = defineCommand<LoginFlags>({
  name: 'login',
  summary: t`check an access key and store it in the keychain`,
  changes: ['this machine'],
  result: async () => (await import('../results/settings.ts')).loggedIn,
  withoutProfile: true,
  options: [
    { flags: '--secret-id <id>', summary: t`SecretId (Tencent) or AccessKeyId (Alibaba)` },
    { flags: '--secret-stdin', summary: t`read the secret key from stdin: one line` },
    {
      flags: '--store <place>',
      summary: t`where it is kept (default: keychain)`,
      default: 'keychain',
      values: ['keychain', 'file'],
    },
    { flags: '--insecure-plaintext', summary: t`with --store file: in clear, without a passphrase` },
    { flags: '--no-check', summary: t`store it without asking the cloud whether it is right` },
    DRY_RUN_OPTION,
  ],
  examples: [
    { line: 'keypair auth login', does: t`be asked` },
    {
      line: 'keypair auth login -p tencent --secret-id AKID… --secret-stdin <secret.txt',
      does: t`in a script`,
    },
    { line: 'keypair auth login -p aliyun --store file', does: t`in a file with a passphrase` },
  ],
  run: async (session, _args, flags) => {
    const { runLogin } = await import('./login.ts');
    const { authServices } = await import('./services.ts');
    await runLogin(session, flags, await authServices(session));
  },
});

const status = defineCommand<{ readonly check: boolean }>({
  name: 'status',
  summary: t`show which credentials are found, and where`,
  changes: [],
  result: async () => (await import('../results/settings.ts')).authStatus,
  withoutProfile: true,
  all: ['providers'],
  options: [{ flags: '--check', summary: t`ask the cloud whose they are, and whether they work` }],
  examples: [
    { line: 'keypair auth status', does: t`of every provider` },
    { line: 'keypair auth status -p aliyun --check', does: t`exit 4 unless they work` },
  ],
  run: async (session, _args, flags) => {
    const { runStatus } = await import('./status.ts');
    const { authServices } = await import('./services.ts');
    await runStatus(session, flags.check === true, await authServices(session));
  },
});

const logout = defineCommand<{ readonly dryRun: boolean }>({
  name: 'logout',
  summary: t`remove what login has stored`,
  changes: ['this machine'],
  result: async () => (await import('../results/settings.ts')).loggedOut,
  options: [DRY_RUN_OPTION],
  withoutProfile: true,
  examples: [
    { line: 'keypair auth logout -p tencent', does: t`asks before it removes` },
    { line: 'keypair auth logout -p tencent --profile work --yes', does: t`of another profile, in a script` },
  ],
  run: async (session, _args, { dryRun = false }) => {
    const { runLogout } = await import('./logout.ts');
    const { authServices } = await import('./services.ts');
    await runLogout(session, await authServices(session), dryRun);
  },
});

/** `keypair auth`: credentials in the keychain of the operating system, or in a file. */
export const auth: CommandSpec = {
  name: 'auth',
  summary: t`store credentials, see what is found, forget them`,
  examples: [...login.examples, ...status.examples, ...logout.examples],
  commands: [login, status, logout],
};
