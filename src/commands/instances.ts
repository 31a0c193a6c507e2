import type { Session } from '../cli/session.ts';
import { defineCommand } from '../cli/spec.ts';
import { SeveralFailures } from '../errors.ts';
import { t } from '../i18n/t.ts';
import type { PlacedInstance } from '../operations/instances.ts';
import { homeShort } from '../paths.ts';

/** `keypair instances`: the instances of one or more services, with their key pairs and the key files on this machine. */
export const instances = defineCommand({
  name: 'instances',
  unfinished: 'ask',
  summary: t`list instances, their key pairs, and where their private keys are`,
  changes: [],
  result: async () => (await import('./results/servers.ts')).instanceList,
  all: ['providers', 'regions'],
  options: [
    { flags: '-n, --name <glob>', summary: t`only instances whose name matches: web-* or db?` },
    { flags: '--key <name>', summary: t`only instances with this key pair: name, pattern or id`, offers: 'pairs' },
    { flags: '--key-dir <dir>', summary: t`where the key files are (default: ~/.ssh)`, default: '~/.ssh' },
  ],
  examples: [
    { line: 'keypair instances -p tencent', does: t`the instances of one region` },
    { line: 'keypair instances -p all -r all', does: t`of every service and region` },
    { line: 'keypair instances -p aliyun --key foo -q', does: t`the ids of those with the key pair foo` },
    {
      line: "keypair instances -p tencent --json | jq -r '.[].publicAddresses[]'",
      does: t`in a script`,
    },
  ],
  run: async (session, _args, flags) => {
    const { listInstances } = await import('../operations/instances.ts');
    const { instances: found, failures } = await listInstances(session, flags);
    const { json, quiet, sandbox } = session.settings;
    session.result({
      json: found.map((one) => instanceJson(one, sandbox)),
      text: json || quiet ? '' : await textOf(session, found, failures.length === 0),
      quiet: found.map(({ instance }) => instance.id).join('\n'),
    });
    // Print each note once, not in every row.
    for (const note of new Set(found.flatMap(({ pairs }) => pairs?.map((pair) => pair.privateKeyNote) ?? [])))
      if (note !== null) session.info(t`private keys: ${note}`);
    if (failures.length > 0) throw new SeveralFailures(failures);
  },
});

/** What `--json` prints of an instance. An unknown value is null, never a guess. */
function instanceJson({ provider, region, instance, pairs }: PlacedInstance, sandbox: boolean): object {
  const { id, name, state, platform, system, publicAddresses, privateAddresses } = instance;
  const keyPairs =
    pairs?.map((pair) => ({ name: pair.name, id: pair.id, privateKeyPath: pair.privateKeyPath })) ?? null;
  return {
    provider,
    region,
    id,
    name,
    state,
    publicAddresses,
    privateAddresses,
    platform,
    system,
    keyPairs,
    sandbox,
  };
}

/** @param complete whether every service answered: only then does an empty list mean no instances. */
async function textOf({ context }: Session, found: readonly PlacedInstance[], complete: boolean): Promise<string> {
  const { table } = await import('../ui/table.ts');
  const forTerminal = context.stdout.isTTY === true;
  if (found.length === 0 && forTerminal) return complete ? `${t`no instances`}\n` : '';
  // A terminal has room for one address; a pipe and --json get all.
  const addresses = (all: readonly string[]): string => (forTerminal ? (all[0] ?? '') : all.join(','));
  const place = (file: string): string => (forTerminal ? homeShort(context.home, file) : file);
  return table(
    [
      { heading: t`name`, shrinkable: true },
      t`id`,
      { heading: t`provider`, dropOrder: 3 },
      { heading: t`region`, dropOrder: 4 },
      { heading: t`state`, dropOrder: 5 },
      { heading: t`public address`, dropOrder: 8 },
      { heading: t`private address`, dropOrder: 2 },
      { heading: t`system`, shrinkable: true, dropOrder: 1 },
      { heading: t`key pairs`, shrinkable: true, dropOrder: 6 },
      { heading: t`private key`, shrinkable: true, dropOrder: 7 },
    ],
    found.map(({ provider, region, instance, pairs, openedBy }) => [
      instance.name ?? '',
      instance.id,
      provider,
      region,
      instance.state ?? '',
      addresses(instance.publicAddresses),
      addresses(instance.privateAddresses),
      instance.system ?? '',
      pairs?.map(({ name, id }) => name ?? id ?? '').join(',') ?? '',
      openedBy.map(({ privateKeyPath }) => place(privateKeyPath)).join(','),
    ]),
    context.stdout,
  );
}
