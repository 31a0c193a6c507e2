import type { Result, Session } from '../cli/session.ts';
import { defineCommand } from '../cli/spec.ts';
import { SeveralFailures } from '../errors.ts';
import { t, withNote } from '../i18n/t.ts';
import type { SeenPair } from '../operations/show.ts';
import { printable } from '../sanitize.ts';
import type { Row } from '../ui/table.ts';

/** `keypair show`: all details of one pair. */
export const show = defineCommand({
  name: 'show',
  unfinished: 'ask',
  summary: t`show all that is known of one key pair`,
  changes: [],
  result: async () => (await import('./results/pairs.ts')).shown,
  arguments: [
    {
      name: 'NAME',
      summary: t`name, id or fingerprint of the pair, or its private or public key FILE`,
      asked: true,
      offers: 'pairs-or-files',
    },
  ],
  all: ['providers', 'regions'],
  options: [
    { flags: '--api-version <version>', summary: t`API version (qcloud only)`, values: ['2017-03-12', 'v2'] },
    { flags: '--key-dir <dir>', summary: t`where the key files are (default: ~/.ssh)`, default: '~/.ssh' },
  ],
  examples: [
    { line: 'keypair show -p tencent foo', does: t`by name` },
    { line: 'keypair show -p tencent skey-mv9yzyjj --json', does: t`by id, in a script` },
    { line: 'keypair show -p all -r all ~/.ssh/web.pub', does: t`which pair in the cloud is this key?` },
  ],
  run: async (session, [name = null], flags) => {
    const { seePair } = await import('../operations/show.ts');
    const seen = await seePair(session, name, flags);
    session.result(await describe(session, seen));
    if (seen.failures.length > 0) throw new SeveralFailures(seen.failures);
  },
});

async function describe(session: Session, { known, instances, mode: bits }: SeenPair): Promise<Result> {
  const { randomart } = await import('../keys/randomart.ts');
  const { keyPairJson, keyPairRows } = await import('../operations/key-pair-record.ts');
  const { isPlain } = await import('../ui/plain-prompts.ts');
  const { relativeTime } = await import('../ui/relative-time.ts');
  const { rowLines } = await import('../ui/table.ts');
  const { pair } = known;
  const { context } = session;
  const style = await session.style(context.stdout);
  const mode = bits === null ? null : `0${bits.toString(8)}`;
  const rows: readonly Row[] = [
    ...keyPairRows(known),
    [t`permissions`, mode],
    [t`created`, pair.createdAt && withNote(pair.createdAt, relativeTime(pair.createdAt, context.now()))],
    [t`description`, pair.description],
    [t`project`, pair.projectId === null ? null : String(pair.projectId)],
    ...Object.entries(pair.tags ?? {}).map(([key, value]) => [t`tag`, `${key}=${value}`] as const),
    ...(instances ?? []).map(({ id, name, state, publicAddresses, privateAddresses }): Row => {
      const facts = [id, name, state, ...publicAddresses, ...privateAddresses];
      return [t`instance`, facts.filter((part) => part !== null).join('  ')];
    }),
    ...(instances === null ? (pair.instances ?? []).map((id) => [t`instance`, id] as const) : []),
  ];
  const shown = rows.map(([label, value]): Row => [label, value === null ? null : printable(value, 4000)]);
  // Randomart is for the eye: not for a pipe or a screen reader.
  const seen = context.stdout.isTTY === true && !isPlain(context);
  const picture = seen && known.publicKey !== null ? randomart(known.publicKey) : [];
  return {
    json: {
      ...keyPairJson(known),
      instanceStates:
        instances?.map(({ id, name, state, publicAddresses, privateAddresses }) => ({
          id,
          name,
          state,
          publicAddresses,
          privateAddresses,
        })) ?? null,
      privateKeyMode: mode,
    },
    text: `${style.strong(printable(pair.name))}\n${rowLines(shown, style)}${picture.map((line) => `  ${line}\n`).join('')}`,
    quiet: known.privateKeyPath ?? pair.name,
  };
}
