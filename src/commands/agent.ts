import { type ArgumentSpec, defineCommand, type OptionSpec, DRY_RUN_OPTION } from '../cli/spec.ts';
import { t } from '../i18n/t.ts';
import { printable } from '../sanitize.ts';

const KEYS: readonly ArgumentSpec[] = [
  {
    name: 'NAME',
    summary: t`name of a key pair whose key is here, or a key FILE`,
    many: true,
    asked: true,
    offers: 'pairs-or-files',
  },
];

const KEY_DIR = {
  flags: '--key-dir <dir>',
  summary: t`where the key files are (default: ~/.ssh)`,
  default: '~/.ssh',
} as const satisfies OptionSpec;

const add = defineCommand({
  name: 'add',
  summary: t`add private keys to the running ssh-agent, with ssh-add`,
  changes: ['this machine'],
  result: async () => (await import('./results/machine.ts')).agentAdded,
  arguments: KEYS,
  options: [
    {
      flags: '--lifetime <time>',
      summary: t`how long the agent keeps them: 90 (seconds), 30m, 1h30m (default: until it ends)`,
    },
    { flags: '--confirm', summary: t`have the agent ask before each use` },
    KEY_DIR,
    DRY_RUN_OPTION,
  ],
  examples: [
    { line: 'keypair agent add foo --lifetime 1h', does: t`for an hour; ssh-add asks for its passphrase` },
    { line: 'keypair agent add foo bar', does: t`several, until the agent ends` },
  ],
  run: async (session, names, flags) => {
    const { addKeys } = await import('../operations/agent.ts');
    const { lifetimeText } = await import('../ssh/agent.ts');
    const { dryRun = false } = flags;
    await addKeys(session, names, flags, (added) => {
      const file = printable(added.file);
      const time = added.lifetime === null ? null : lifetimeText(added.lifetime);
      const done = time === null ? t`added ${file} to the agent` : t`added ${file} to the agent for ${time}`;
      const would = time === null ? t`would add ${file} to the agent` : t`would add ${file} to the agent for ${time}`;
      session.result({
        json: { ...added, added: !dryRun, dryRun },
        text: `${dryRun ? would : done}\n`,
        quiet: added.file,
      });
    });
  },
});

const remove = defineCommand({
  name: 'remove',
  summary: t`remove keys from the running ssh-agent; their files stay`,
  changes: ['this machine'],
  result: async () => (await import('./results/machine.ts')).agentRemoved,
  arguments: KEYS,
  options: [KEY_DIR, DRY_RUN_OPTION],
  examples: [
    { line: 'keypair agent remove foo', does: t`from the agent; the file stays` },
    { line: 'keypair agent remove ~/.ssh/old.pub', does: t`a public key is enough` },
  ],
  run: async (session, names, flags) => {
    const { removeKeys } = await import('../operations/agent.ts');
    const { dryRun = false } = flags;
    await removeKeys(session, names, flags, (removed) => {
      const file = printable(removed.file);
      session.result({
        json: { ...removed, removed: !dryRun, dryRun },
        text: `${dryRun ? t`would remove ${file} from the agent` : t`removed ${file} from the agent`}\n`,
        quiet: removed.file,
      });
    });
  },
});

/** `keypair agent`: puts keys of this machine into the user's ssh-agent, and takes them out. Calls no cloud. */
export const agent = {
  name: 'agent',
  summary: t`add keys of this machine to the running ssh-agent, or remove them`,
  examples: [...add.examples, ...remove.examples],
  commands: [add, remove],
} as const;
