import type { Session } from '../cli/session.ts';
import { defineCommand } from '../cli/spec.ts';
import { SeveralFailures } from '../errors.ts';
import { t } from '../i18n/t.ts';
import type { KeyPairJson } from '../operations/key-pair-record.ts';
import { homeShort } from '../paths.ts';

/** `keypair list`: the key pairs of one or more services, joined with the key files on this machine. */
export const list = defineCommand({
  name: 'list',
  unfinished: 'ask',
  summary: t`list key pairs, and where their private keys are`,
  changes: [],
  result: async () => (await import('./results/pairs.ts')).listed,
  all: ['providers', 'regions'],
  options: [
    { flags: '-n, --name <glob>', summary: t`only names that match: web-* or db?`, offers: 'pairs' },
    { flags: '--tag <k=v...>', summary: t`only pairs with all of these tags` },
    { flags: '--project <id>', summary: t`only pairs of this project (tencent, qcloud)` },
    { flags: '--resource-group <id>', summary: t`only pairs of this resource group (aliyun)` },
    { flags: '--cloud-only', summary: t`only pairs whose private key is not on this machine` },
    { flags: '--local-only', summary: t`only keys on this machine that none of these services has` },
    { flags: '--key-dir <dir>', summary: t`where the key files are (default: ~/.ssh)`, default: '~/.ssh' },
  ],
  examples: [
    { line: 'keypair list -p tencent', does: t`the key pairs of one region` },
    { line: 'keypair list -p all -r all', does: t`of every service and region` },
    { line: "keypair list -p aliyun --name 'web-*' --json | jq -r '.[].name'", does: t`in a script` },
    { line: 'keypair list -p tencent --cloud-only', does: t`pairs that nobody can log in with from here` },
  ],
  run: async (session, _args, flags) => {
    const { keyPairJson } = await import('../operations/key-pair-record.ts');
    const { listPairs } = await import('../operations/list.ts');
    const { pairs, failures } = await listPairs(session, flags);
    const json = pairs.map(keyPairJson);
    session.result({
      json,
      // The table of a long list takes time.
      text: session.settings.json || session.settings.quiet ? '' : await textOf(session, json, failures.length === 0),
      quiet: json.map(({ name }) => name).join('\n'),
    });
    // Print each note once, not in every row.
    const inCloud = pairs.filter(({ provider }) => provider !== null);
    for (const note of new Set(inCloud.map(({ privateKeyNote }) => privateKeyNote)))
      if (note != null) session.info(t`private keys: ${note}`);
    if (failures.length > 0) throw new SeveralFailures(failures);
  },
});

/** @param complete whether every service answered: only then does an empty list mean no key pairs. */
async function textOf({ context }: Session, pairs: readonly KeyPairJson[], complete: boolean): Promise<string> {
  const { relativeTime } = await import('../ui/relative-time.ts');
  const { table } = await import('../ui/table.ts');
  const forTerminal = context.stdout.isTTY === true;
  if (pairs.length === 0 && forTerminal) return complete ? `${t`no key pairs`}\n` : '';
  const time = (iso: string): string => (forTerminal ? relativeTime(iso, context.now()) : iso);
  const place = (file: string): string => (forTerminal ? homeShort(context.home, file) : file);
  return table(
    [
      { heading: t`name`, shrinkable: true },
      t`id`,
      t`provider`,
      t`region`,
      { heading: t`type`, dropOrder: 3 },
      // `show` and --json print it whole.
      { heading: t`fingerprint`, shrinkable: true, dropOrder: 1 },
      { heading: t`bound`, dropOrder: 2 },
      { heading: t`created`, dropOrder: 4 },
      { heading: t`private key`, shrinkable: true, dropOrder: 5 },
    ],
    pairs.map((pair) => [
      pair.name,
      pair.id ?? '',
      pair.provider ?? '',
      pair.region ?? '',
      pair.keyType === null ? '' : `${pair.keyType} ${pair.bits ?? ''}`,
      pair.fingerprints?.sha256 ?? pair.providerFingerprint ?? '',
      pair.instances === null ? '' : String(pair.instances.length),
      pair.createdAt === null ? '' : time(pair.createdAt),
      pair.privateKeyPath === null ? '' : place(pair.privateKeyPath),
    ]),
    context.stdout,
  );
}
