import { KeypairError } from '../../errors.ts';
import { t } from '../../i18n/t.ts';
import type { KeyPair, KeyPairChange } from '../../providers/types.ts';
import { shellWord } from '../../shell-quote.ts';
import { printable } from '../../sanitize.ts';
import type { Session } from '../../cli/session.ts';
import type { Row } from '../../ui/table.ts';
import { type Connection, withServices } from '../../connection/connect.ts';
import { findPair } from '../../connection/find-key-pair.ts';
import { itemError } from '../../cli/batch.ts';
import { keyDirectory, keysHere } from '../../cli/key-directory.ts';
import { keyPairResult, knownFromCloud } from '../../operations/key-pair-record.ts';
import { noteChange } from '../../operations/completion-cache.ts';
import { isMeant, pairMeant, renamePair } from '../../operations/ledger.ts';
import { pairAnswer } from '../../operations/ask-key-pair.ts';
import { providerAnswer } from '../../cli/ask-provider.ts';
import { settleTarget } from '../../connection/target.ts';
import type { UpdateFlags } from './change.ts';
import { changeAnswer } from './change-answer.ts';
import { asksForChange, changeFrom, changesText } from './change.ts';

/** Runs `update`: the change is checked before the first call, and the pair is shown as the service lists it after. */
export async function runUpdate(
  session: Session,
  name: string | null,
  given: Partial<UpdateFlags>,
): Promise<void> {
  const { context, settings } = session;
  const { interrupts } = context;
  const missing = [...(name === null ? ['NAME'] : []), ...(asksForChange(given) ? [] : [changesText()])];
  const descriptor = await providerAnswer(session, missing, t`Where is the key pair?`);
  const version = given.apiVersion ?? descriptor.apiVersions[0];
  const flags = asksForChange(given)
    ? given
    : { ...given, ...(await changeAnswer(session, descriptor, version)) };
  const change = changeFrom(descriptor, flags);
  const target = await settleTarget(session, descriptor, flags.apiVersion ?? null);
  if (descriptor.warning !== null) session.warn(descriptor.warning);
  const meant = await pairMeant(session, [descriptor], name ?? (await pairAnswer(session, target)));
  await withServices(session, async (services) => {
    const connection = await session.withSpinner(t`getting ready`, () => services.connect(target));
    const pair = await session.withSpinner(t`looking for ${meant.text}`, () =>
      findPair(connection, meant.text, interrupts.signal, (one) => isMeant(session, connection, one, meant)),
    );
    const after = await interrupts.hold(
      () =>
        session.withSpinner(t`changing ${pair.name}`, () =>
          apply(connection, pair, change, interrupts.signal),
        ),
      () => {
        session.warn(t`the change has been asked for: this ends when its outcome is known`);
      },
    );
    if (after.name !== pair.name) await renamePair(session, connection, pair, after.name);
    const local = await keysHere(session, keyDirectory(session, flags.keyDir));
    const known = knownFromCloud(connection, after, local, settings.sandbox);
    session.result(keyPairResult(known, await session.style(context.stdout), changesOf(pair, after, change)));
    await noteChange(session, connection, pair, known);
    if (after.name !== pair.name && known.privateKeyPath !== null)
      session.info(t`its key files keep their name: ${known.privateKeyPath}`);
  });
}

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

/**
 * Changes a pair, and reads it back.
 *
 * @throws KeypairError; `PARTIAL` when it was changed, or may have been, and cannot be read back.
 */
async function apply(
  connection: Connection,
  pair: KeyPair,
  change: KeyPairChange,
  signal: AbortSignal,
): Promise<KeyPair> {
  const { descriptor, provider, regionWords } = connection;
  // The name that it has would be taken, as some services see it.
  const { name, ...rest } = change;
  const asked = name === undefined || name === pair.name ? rest : change;
  if (Object.keys(asked).length === 0) return pair;
  const handle = pair.id !== null && descriptor.isId(pair.id) ? pair.id : (name ?? pair.name);
  const look = t`see what it is now with: keypair show ${shellWord(handle)} -p ${descriptor.id} -r ${regionWords}`;
  if (provider.updateKeyPair === undefined)
    throw new KeypairError('USAGE', t`${descriptor.title} changes no key pairs`);
  try {
    await provider.updateKeyPair(pair, asked, signal);
  } catch (error) {
    throw error instanceof KeypairError ? itemError(error, pair.name, look) : error;
  }
  try {
    return await findPair(connection, handle, signal);
  } catch (error) {
    if (!(error instanceof KeypairError)) throw error;
    throw new KeypairError(
      'PARTIAL',
      t`${pair.name} was changed, but cannot be read back: ${error.message}`,
      {
        provider: descriptor.id,
        hints: [look],
        cause: error,
      },
    );
  }
}
