import { defineCommand, DRY_RUN_OPTION } from '../cli/spec.ts';
import { t } from '../i18n/t.ts';
import type { KeyPair, KeyPairChange } from '../providers/types.ts';
import { printable } from '../sanitize.ts';
import { type Row, rowLines } from '../ui/table.ts';

/** `keypair update`: changes the attributes of a pair that its service can change. */
export const update = defineCommand({
  name: 'update',
  unfinished: 'ask',
  summary: t`change the name, the description or the tags of a key pair`,
  changes: ['the cloud'],
  result: async () => (await import('./results/pairs.ts')).updated,
  arguments: [{ name: 'NAME', summary: t`name or id of the key pair`, asked: true, offers: 'pairs' }],
  options: [
    { flags: '--rename <name>', summary: t`new name in the cloud (tencent, qcloud); key files keep theirs` },
    { flags: '--description <text>', summary: t`new description (tencent, qcloud)`, mayBeEmpty: true },
    { flags: '--tag <k=v>', summary: t`tag to set or replace (tencent, aliyun)`, again: true },
    { flags: '--remove-tag <k>', summary: t`tag to remove (tencent, aliyun)`, again: true },
    { flags: '--api-version <version>', summary: t`API version (qcloud only)`, values: ['2017-03-12', 'v2'] },
    { flags: '--key-dir <dir>', summary: t`where the key files are (default: ~/.ssh)`, default: '~/.ssh' },
    DRY_RUN_OPTION,
  ],
  examples: [
    { line: 'keypair update -p tencent foo --rename bar', does: t`a new name; the id stays` },
    { line: "keypair update -p tencent foo --description 'web servers'", does: t`what it is for` },
    { line: 'keypair update -p aliyun foo --tag env=prod --remove-tag owner', does: t`tags` },
  ],
  run: async (session, [name = null], flags) => {
    const { keyPairResult } = await import('../operations/key-pair-record.ts');
    const { updatePair } = await import('../operations/update.ts');
    const style = await session.style(session.context.stdout);
    await updatePair(session, name, flags, {
      changed: (known, before, change) => {
        session.result(keyPairResult(known, style, changesOf(before, known.pair, change)));
        return Promise.resolve();
      },
      planned: ({ descriptor, region }, pair, change) => {
        const { id } = pair;
        const json = { dryRun: true, provider: descriptor.id, region, name: pair.name, id, change };
        session.result({
          json: { ...json, sandbox: session.settings.sandbox },
          text: `${t`would change ${style.strong(pair.name)}`}\n${rowLines(changesOf(pair, changedPair(pair, change), change), style)}`,
          quiet: pair.name,
        });
      },
    });
  },
});

/** The requested changes: the values before, and those that the service lists after. */
function changesOf(before: KeyPair, after: KeyPair, change: KeyPairChange): readonly Row[] {
  const tag = ({ tags }: KeyPair, key: string): string | null =>
    tags === null || !Object.hasOwn(tags, key) ? null : `${key}=${tags[key] ?? ''}`;
  const keys = [...Object.keys(change.tags ?? {}), ...(change.removeTags ?? [])];
  return [
    ...(change.name === undefined ? [] : [changed(t`name`, before.name, after.name)]),
    ...(change.description === undefined ? [] : [changed(t`description`, before.description, after.description)]),
    // Removing a tag that was not there is no change.
    ...keys.flatMap((key) => {
      const [was, is] = [tag(before, key), tag(after, key)];
      return was === null && is === null ? [] : [changed(t`tag`, was, is)];
    }),
  ];
}

/** The pair as it would be. */
function changedPair(pair: KeyPair, { name, description, tags, removeTags = [] }: KeyPairChange): KeyPair {
  const left = Object.entries({ ...pair.tags, ...tags }).filter(([key]) => !removeTags.includes(key));
  return {
    ...pair,
    name: name ?? pair.name,
    description: description ?? pair.description,
    tags: Object.fromEntries(left),
  };
}

function changed(label: string, before: string | null, after: string | null): Row {
  const shown = (value: string | null): string => (value === null || value === '' ? t`none` : printable(value, 200));
  return [label, before === after ? shown(after) : `${shown(before)} → ${shown(after)}`];
}
