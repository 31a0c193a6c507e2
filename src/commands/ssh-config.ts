import type { Session } from '../cli/session.ts';
import { defineCommand, DRY_RUN_OPTION } from '../cli/spec.ts';
import { SeveralFailures } from '../errors.ts';
import { joinList, t } from '../i18n/t.ts';
import type { ConfigHost } from '../operations/config-hosts.ts';
import { homeShort } from '../paths.ts';

/** The flags that say what goes into the file. */
const HOST_OPTIONS = [
  { flags: '--private', summary: t`use private addresses` },
  { flags: '--key-dir <dir>', summary: t`where the key files are (default: ~/.ssh)`, default: '~/.ssh' },
] as const;

const print = defineCommand({
  name: 'print',
  summary: t`print the entries of an ssh configuration for instances whose private key is here`,
  changes: [],
  result: async () => (await import('./results/servers.ts')).configHosts,
  all: ['providers', 'regions'],
  options: HOST_OPTIONS,
  examples: [{ line: 'keypair ssh-config print -p all -r all', does: t`of every service and region` }],
  run: async (session, _args, flags) => {
    const { printConfig } = await import('../operations/ssh-config.ts');
    const { hosts, text, failures } = await printConfig(session, flags);
    session.result({ json: hosts.map(hostJson), text, quiet: namesOf(hosts).join('\n') });
    if (failures.length > 0) throw new SeveralFailures(failures);
  },
});

const install = defineCommand({
  name: 'install',
  summary: t`write them to ~/.ssh/keypair.config, and include that in ~/.ssh/config`,
  changes: ['this machine'],
  result: async () => (await import('./results/servers.ts')).configInstalled,
  all: ['providers', 'regions'],
  options: [...HOST_OPTIONS, DRY_RUN_OPTION],
  examples: [
    { line: 'keypair ssh-config install -p all -r all', does: t`names for ssh and scp, such as web-1` },
    { line: 'keypair ssh-config install -p tencent --yes --json', does: t`in a script` },
  ],
  run: async (session, _args, flags) => {
    const { installConfig } = await import('../operations/ssh-config.ts');
    const done = await installConfig(session, flags);
    const { file, config, hosts, kept, removed, lineChanged, backup, dryRun } = done;
    const short = shortIn(session);
    const names = namesOf(hosts);
    const lines = [
      dryRun ? t`would write ${short(file)}` : t`wrote ${short(file)}`,
      ...(lineChanged ? [dryRun ? t`would include it in ${short(config)}` : t`included it in ${short(config)}`] : []),
      ...(backup === null
        ? []
        : [dryRun ? t`would keep a copy in ${short(backup)}` : t`kept a copy in ${short(backup)}`]),
      ...(kept.length === 0 ? [] : [t`kept those of other services and regions: ${joinList(kept)}`]),
      ...(removed.length === 0
        ? []
        : [dryRun ? t`would remove ${joinList(removed)}` : t`removed ${joinList(removed)}`]),
      ...names.map((name) => `  ssh ${name}`),
    ];
    session.result({
      json: { file, config, lineAdded: lineChanged, backup, hosts: hosts.map(hostJson), kept, removed, dryRun },
      text: `${lines.join('\n')}\n`,
      quiet: names.join('\n'),
    });
  },
});

const remove = defineCommand({
  name: 'remove',
  withoutProfile: true,
  summary: t`take back what install wrote`,
  changes: ['this machine'],
  result: async () => (await import('./results/servers.ts')).configRemoved,
  options: [DRY_RUN_OPTION],
  examples: [{ line: 'keypair ssh-config remove', does: t`~/.ssh/config is as it was` }],
  run: async (session, _args, flags) => {
    const { removeConfig } = await import('../operations/ssh-config.ts');
    const done = await removeConfig(session, flags);
    const short = shortIn(session);
    const lines =
      done === null
        ? [t`nothing to remove`]
        : [
            done.dryRun ? t`would remove ${short(done.file)}` : t`removed ${short(done.file)}`,
            ...(done.lineChanged
              ? [
                  done.dryRun
                    ? t`would remove the line in ${short(done.config)}`
                    : t`removed the line in ${short(done.config)}`,
                ]
              : []),
          ];
    session.result({
      json: {
        file: done?.file ?? null,
        config: done?.config ?? null,
        lineRemoved: done?.lineChanged ?? false,
        dryRun: flags.dryRun === true,
      },
      text: `${lines.join('\n')}\n`,
      quiet: done?.file ?? '',
    });
  },
});

/** `keypair ssh-config`: names for `ssh`, `scp` and all that uses them. */
export const sshConfig = {
  name: 'ssh-config',
  summary: t`names for instances in your ssh configuration, for ssh, scp, rsync and git`,
  examples: [...print.examples, ...install.examples, ...remove.examples],
  commands: [print, install, remove],
} as const;

function hostJson({ alias, placed, address, user, port, privateKeyPaths }: ConfigHost): object {
  const { provider, region, instance } = placed;
  return { host: alias, provider, region, id: instance.id, name: instance.name, address, port, user, privateKeyPaths };
}

function namesOf(hosts: readonly ConfigHost[]): readonly string[] {
  return hosts.map(({ alias }) => alias);
}

function shortIn({ context }: Session): (file: string) => string {
  return (file) => homeShort(context.home, file);
}
