import { defineCommand } from '../cli/spec.ts';
import { t } from '../i18n/t.ts';

/** `keypair ssh`: log in to an instance with the user's own ssh. */
export const ssh = defineCommand({
  name: 'ssh',
  summary: t`log in to an instance, with its user and the private key that is here`,
  changes: [],
  result: async () => (await import('./results/servers.ts')).sshCommand,
  all: ['providers', 'regions'],
  arguments: [
    { name: 'INSTANCE', summary: t`id, name or address of an instance`, asked: true, offers: 'instances' },
    {
      name: 'ARGS',
      summary: t`after --: options for ssh, a command, or both`,
      many: true,
      optional: true,
      mayBeEmpty: true,
    },
  ],
  options: [
    { flags: '--user <name>', summary: t`user to log in as (default: as the service or its documents tell)` },
    { flags: '--key <name>', summary: t`private key: name of a key pair, or a file`, offers: 'pairs-or-files' },
    { flags: '--private', summary: t`use the private address` },
    { flags: '--jump <host>', summary: t`go through this instance or host`, offers: 'instances' },
    { flags: '--print', summary: t`print the command line of ssh, and run nothing` },
    { flags: '--key-dir <dir>', summary: t`where the key files are (default: ~/.ssh)`, default: '~/.ssh' },
  ],
  examples: [
    { line: 'keypair ssh web-1 -p tencent', does: t`log in` },
    { line: 'keypair ssh web-1 -p all -r all -- uname -a', does: t`run one command, wherever the instance is` },
    { line: 'keypair ssh db-1 --private --jump web-1', does: t`through another instance` },
    { line: 'keypair ssh web-1 -- -L 8080:localhost:80', does: t`with options of ssh` },
    { line: 'keypair ssh web-1 --print', does: t`see what would be run` },
  ],
  run: async (session, [given = null, ...args], flags) => {
    const { sshTo } = await import('../operations/ssh.ts');
    const { placed, login, command } = await sshTo(session, given, args, flags);
    const { shellLine } = await import('../ssh/command.ts');
    const { provider, region, instance } = placed;
    const line = shellLine(command);
    session.result({
      json: {
        provider,
        region,
        id: instance.id,
        name: instance.name,
        address: login.address,
        port: login.port ?? 22,
        user: login.user,
        privateKeyPath: login.privateKeyPath,
        command,
      },
      text: `${line}\n`,
      quiet: line,
    });
  },
});
