import type { Session } from '../cli/session.ts';
import { type ArgumentSpec, defineCommand, type OptionSpec } from '../cli/spec.ts';
import { t, withNote } from '../i18n/t.ts';
import { sha256Fingerprint } from '../keys/fingerprint.ts';
import type { KeyAction, KeyChange } from '../operations/authorize.ts';

const ARGUMENTS: readonly ArgumentSpec[] = [
  {
    name: 'NAME',
    summary: t`name or id of the key pair, or a file with its public key`,
    asked: true,
    offers: 'pairs-or-files',
  },
  { name: 'INSTANCE', summary: t`id, name or address of an instance`, many: true, asked: true, offers: 'instances' },
];

const USER = {
  flags: '--user <name>',
  summary: t`account of the instance (default: as the service or its documents tell)`,
} as const satisfies OptionSpec;

const WAY = [
  {
    flags: '--via <way>',
    summary: t`how to reach the instance (default: auto, the first that works)`,
    default: 'auto',
    values: ['auto', 'online', 'agent', 'ssh'],
    refused: [],
  },
  { flags: '--key <name>', summary: t`with ssh: private key that opens it today`, offers: 'pairs-or-files' },
  { flags: '--private', summary: t`with ssh: use the private address` },
  { flags: '--jump <host>', summary: t`with ssh: go through this instance or host`, offers: 'instances' },
  { flags: '--dry-run', summary: t`change nothing; show what would be done` },
  { flags: '--key-dir <dir>', summary: t`where the key files are (default: ~/.ssh)`, default: '~/.ssh' },
] as const satisfies readonly OptionSpec[];

/** `keypair authorize`: put a public key on running instances. */
export const authorize = defineCommand({
  name: 'authorize',
  summary: t`put a public key on running instances: no restart, and other keys stay`,
  changes: ['instances', 'the cloud'],
  result: async () => (await import('./results/servers.ts')).authorized,
  all: ['providers', 'regions'],
  arguments: ARGUMENTS,
  options: [USER, { flags: '--expires <time>', summary: t`let sshd refuse the key after this time: 12h, 7d` }, ...WAY],
  examples: [
    { line: 'keypair authorize web web-1', does: t`through the service, its agent or ssh, whichever works first` },
    { line: 'keypair authorize alice.pub web-1 web-2 --expires 12h', does: t`a colleague's key, for twelve hours` },
    { line: 'keypair authorize web web-1 --user deploy --via agent', does: t`for another account` },
  ],
  run: async (session, args, flags) => {
    const { changeKeys } = await import('../operations/authorize.ts');
    await changeKeys(session, 'authorize', args, flags, showChange(session, 'authorize'));
  },
});

/** `keypair revoke`: take a public key off running instances. */
export const revoke = defineCommand({
  name: 'revoke',
  summary: t`take a public key off running instances`,
  changes: ['instances', 'the cloud'],
  result: async () => (await import('./results/servers.ts')).revoked,
  all: ['providers', 'regions'],
  arguments: ARGUMENTS,
  options: [USER, { flags: '--all-users', summary: t`every account that has the key` }, ...WAY],
  examples: [
    { line: 'keypair revoke web web-1', does: t`other keys stay` },
    { line: 'keypair revoke alice.pub web-1 web-2 --all-users --yes', does: t`for all accounts, in a script` },
  ],
  run: async (session, args, flags) => {
    const { changeKeys } = await import('../operations/authorize.ts');
    await changeKeys(session, 'revoke', args, flags, showChange(session, 'revoke'));
  },
});

type Text = (key: string, account: string) => string;

const TEXTS: Readonly<Record<KeyAction, Readonly<Record<'planned' | 'changed' | 'unchanged', Text>>>> = {
  authorize: {
    planned: (key, account) => t`would put ${key} on ${account}`,
    changed: (key, account) => t`put ${key} on ${account}`,
    unchanged: (key, account) => t`${key} was on ${account} already`,
  },
  revoke: {
    planned: (key, account) => t`would take ${key} off ${account}`,
    changed: (key, account) => t`took ${key} off ${account}`,
    unchanged: (key, account) => t`${key} was not on ${account}`,
  },
};

/** Prints one server. `authorized` or `revoked` is true also if it was so before; null in a dry run. */
function showChange(session: Session, action: KeyAction): (change: KeyChange) => void {
  const { sandbox } = session.settings;
  return ({ server, key, publicKey, changed, expires }) => {
    const { placed, user, via } = server;
    const { id, name } = placed.instance;
    const fingerprint = sha256Fingerprint(publicKey);
    const text = TEXTS[action][changed === null ? 'planned' : changed ? 'changed' : 'unchanged'];
    session.result({
      json: {
        provider: placed.provider,
        region: placed.region,
        instance: id,
        instanceName: name,
        user,
        via,
        fingerprint,
        [action === 'authorize' ? 'authorized' : 'revoked']: changed === null ? null : true,
        changed,
        ...(action === 'authorize' ? { expires } : {}),
        ...(changed === null ? { dryRun: true } : {}),
        sandbox,
      },
      text: `${text(withNote(key, fingerprint), `${user}@${name ?? id}`)}${expires === null ? '' : t` until ${expires} in the server's time`}\n`,
      quiet: id,
    });
  };
}
