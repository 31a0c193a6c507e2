import { providerAnswer } from '../cli/ask-provider.ts';
import { defineCommand } from '../cli/spec.ts';
import { t } from '../i18n/t.ts';
import type { KeyPair, KeyPairChange } from '../providers/types.ts';
import { printable } from '../sanitize.ts';
import type { Row } from '../ui/table.ts';

/** `keypair update`: change what a service lets change of a pair. */
export const update = defineCommand({
  name: 'update',
  unfinished: 'ask',
  summary: t`change the name, the description or the tags of a key pair`,
  arguments: [{ name: 'NAME', summary: t`name or id of the key pair`, asked: true, offers: 'pairs' }],
  options: [
    { flags: '--rename <name>', summary: t`new name in the cloud (tencent, qcloud); key files keep theirs` },
    { flags: '--description <text>', summary: t`new description (tencent, qcloud)`, mayBeEmpty: true },
    { flags: '--tag <k=v>', summary: t`tag to set, or to set anew (aliyun)`, again: true },
    { flags: '--remove-tag <k>', summary: t`tag to take away (aliyun)`, again: true },
    { flags: '--api-version <version>', summary: t`interface of qcloud`, values: ['2017-03-12', 'v2'] },
    { flags: '--key-dir <dir>', summary: t`where the key files are (default: ~/.ssh)` },
  ],
  examples: [
    { line: 'keypair update -p tencent foo --rename bar', does: t`a new name; the id stays` },
    { line: "keypair update -p tencent foo --description 'web servers'", does: t`what it is for` },
    { line: 'keypair update -p aliyun foo --tag env=prod --remove-tag owner', does: t`tags` },
  ],
  run: async (session, [name = null], given) => {
    const { keyDirectory, keysHere } = await import('../cli/key-directory.ts');
    const { withPair } = await import('../operations/ask-key-pair.ts');
    const { noteChange } = await import('../operations/completion-cache.ts');
    const { keyPairResult, knownFromCloud } = await import('../operations/key-pair-record.ts');
    const { renamePair } = await import('../operations/ledger.ts');
    const { applyChange, asksForChange, changeAnswer, changeFrom, changesText } =
      await import('../operations/update.ts');
    const { context, settings } = session;
    const { interrupts } = context;
    const asked = asksForChange(given);
    const missing = [...(name === null ? ['NAME'] : []), ...(asked ? [] : [changesText()])];
    const descriptor = await providerAnswer(session, missing, t`Where is the key pair?`);
    const version = given.apiVersion ?? descriptor.apiVersions[0];
    const flags = asked ? given : { ...given, ...(await changeAnswer(session, descriptor, version)) };
    const change = changeFrom(descriptor, flags);
    await withPair(session, descriptor, version, name, async (connection, pair) => {
      const after = await interrupts.hold(
        () =>
          session.withSpinner(t`changing ${pair.name}`, () =>
            applyChange(connection, pair, change, interrupts.signal),
          ),
        () => {
          session.warn(t`the change has been asked for: this ends when its outcome is known`);
        },
      );
      if (after.name !== pair.name) await renamePair(session, connection, pair, after.name);
      const local = await keysHere(session, keyDirectory(session, flags.keyDir));
      const known = knownFromCloud(connection, after, local, settings.sandbox);
      const rows = changesOf(pair, after, change);
      session.result(keyPairResult(known, await session.style(context.stdout), rows));
      await noteChange(session, connection, pair, known);
      if (after.name !== pair.name && known.privateKeyPath !== null)
        session.info(t`its key files keep their name: ${known.privateKeyPath}`);
    });
  },
});

/** What was to be changed: as it was before, and as the service lists it after. */
function changesOf(before: KeyPair, after: KeyPair, change: KeyPairChange): readonly Row[] {
  const tag = ({ tags }: KeyPair, key: string): string | null =>
    tags === null || !Object.hasOwn(tags, key) ? null : `${key}=${tags[key] ?? ''}`;
  const keys = [...Object.keys(change.tags ?? {}), ...(change.removeTags ?? [])];
  return [
    ...(change.name === undefined ? [] : [changed(t`name`, before.name, after.name)]),
    ...(change.description === undefined
      ? []
      : [changed(t`description`, before.description, after.description)]),
    // A tag to remove that was not there is no change.
    ...keys.flatMap((key) => {
      const [was, is] = [tag(before, key), tag(after, key)];
      return was === null && is === null ? [] : [changed(t`tag`, was, is)];
    }),
  ];
}

function changed(label: string, before: string | null, after: string | null): Row {
  const shown = (value: string | null): string =>
    value === null || value === '' ? t`none` : printable(value, 200);
  return [label, before === after ? shown(after) : `${shown(before)} → ${shown(after)}`];
}
