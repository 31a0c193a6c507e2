import { KeypairError } from '../errors.ts';
import { keyDirectory } from '../commands/key-directory.ts';
import { type KnownPair, knownFromCloud } from '../commands/key-pair-result.ts';
import { withServices } from '../commands/connect.ts';
import { newestFirst } from '../commands/list/newest-first.ts';
import { settleTarget } from '../commands/target.ts';
import { t } from '../language/t.ts';
import { readLocalKeys } from '../local/local-keys.ts';
import { findDescriptor } from '../providers/registry.ts';
import type { Descriptor } from '../providers/types.ts';
import type { Session } from '../session.ts';
import { printable } from '../transport/sanitize.ts';
import { relativeTime } from '../ui/relative-time.ts';
import { attachPicked } from './attach-picked.ts';
import { withFlags } from './derive.ts';
import { withCredentials } from './first-run.ts';
import { askProvider, askRegion } from './questions.ts';

/**
 * The key pairs of one region, to pick one of them and to show, attach or delete it: by the command of that name.
 *
 * @throws KeypairError `CANCELLED` when the user leaves a question; what the commands throw.
 */
export async function runPick(start: Session): Promise<void> {
  const { session, descriptor } = await whichService(start);
  const pairs = await listed(session, descriptor);
  if (pairs.length === 0) {
    session.note(t`there are no key pairs in ${session.settings.region ?? ''}`);
    return;
  }
  await unlessLeft(async () => {
    let known = await askPair(session, pairs);
    for (;;) {
      const action = await askAction(session, descriptor, known);
      if (action === 'leave') return;
      if (action === 'other') known = await askPair(session, pairs);
      else if ((await act(session, descriptor, known, action)) === 'end') return;
    }
  });
}

async function whichService(
  start: Session,
): Promise<{ readonly session: Session; readonly descriptor: Descriptor }> {
  const { provider, flags } = start.settings;
  const descriptor =
    flags.provider !== undefined && provider !== null
      ? findDescriptor(provider)
      : await askProvider(start, t`Whose key pairs?`);
  const session = withFlags(await withCredentials(start, descriptor), { provider: descriptor.id });
  if (session.settings.region !== null) return { session, descriptor };
  return { session: withFlags(session, { region: await askRegion(session, descriptor) }), descriptor };
}

async function listed(session: Session, descriptor: Descriptor): Promise<readonly KnownPair[]> {
  const { context, settings } = session;
  const target = await settleTarget(session, descriptor, null);
  const local = await readLocalKeys(keyDirectory(session, undefined), context.platform);
  return session.during('listing key pairs', () =>
    withServices(session, async (services) => {
      const connection = await services.connect(target);
      const pairs: KnownPair[] = [];
      for await (const pair of connection.provider.listKeyPairs({}, context.interrupts.signal)) {
        pairs.push(knownFromCloud(connection, pair, local, settings.sandbox));
      }
      return pairs.sort((a, b) => newestFirst(a.pair, b.pair));
    }),
  );
}

/** What calls it by in its service: unlike the name, an id is never another pair's. */
function handleOf({ pair }: KnownPair): string {
  return pair.id ?? pair.name;
}

async function askPair({ context }: Session, pairs: readonly KnownPair[]): Promise<KnownPair> {
  const { askSearch } = await import('../ui/prompts.ts');
  const now = context.now();
  const choices = pairs.map((known, index) => {
    const { pair, privateKeyPath } = known;
    const facts = [
      pair.id,
      pair.createdAt && relativeTime(pair.createdAt, now),
      pair.instances !== null && pair.instances.length > 0 ? t`bound to ${pair.instances.length}` : null,
      privateKeyPath ?? t`its private key is not here`,
    ];
    return {
      value: String(index),
      title: printable(pair.name, 80),
      note: printable(facts.filter((fact) => fact !== null && fact !== '').join(', '), 400),
    };
  });
  const picked = await askSearch(context, t`Which key pair (type to search)?`, (text) =>
    choices.filter(({ title, note }) => `${title} ${note}`.toLowerCase().includes(text.toLowerCase())),
  );
  const known = pairs[Number(picked)];
  if (known === undefined) throw new KeypairError('CANCELLED', UNCHANGED);
  return known;
}

type Action = 'show' | 'attach' | 'delete' | 'delete-files' | 'other' | 'leave';

async function askAction({ context }: Session, { abilities }: Descriptor, known: KnownPair): Promise<Action> {
  const { askChoice } = await import('../ui/prompts.ts');
  const choices: readonly (readonly [Action, string, boolean])[] = [
    ['show', t`Show all that is known of it`, true],
    ['attach', t`Attach it to instances`, abilities.attach !== false],
    ['delete', t`Delete it in the cloud`, true],
    ['delete-files', t`Delete it in the cloud, and its files here`, known.privateKeyPath !== null],
    ['other', t`Another key pair`, true],
    ['leave', t`Leave`, true],
  ];
  const offered = choices.filter(([, , possible]) => possible);
  const name = printable(known.pair.name, 80);
  const answer = await askChoice(
    context,
    t`What about ${name}?`,
    offered.map(([value, title]) => ({ value, title, note: '' })),
  );
  return offered.find(([value]) => value === answer)?.[0] ?? 'leave';
}

/** @returns whether that was all: after looking at a pair people go on. */
async function act(
  session: Session,
  descriptor: Descriptor,
  known: KnownPair,
  action: Action,
): Promise<'on' | 'end'> {
  const handle = handleOf(known);
  if (action === 'show') {
    const { runShow } = await import('../commands/show/run.ts');
    await runShow(session, handle, {});
    return 'on';
  }
  if (action === 'attach') {
    await attachPicked(session, descriptor, handle);
    return 'end';
  }
  const { runDelete } = await import('../commands/delete/run.ts');
  await runDelete(session, [handle], action === 'delete-files' ? { localFiles: true } : {});
  return 'end';
}

const UNCHANGED = 'cancelled: nothing was changed';

/** After the list was read, leaving a question does not mean that nothing was called. */
async function unlessLeft(talk: () => Promise<void>): Promise<void> {
  try {
    await talk();
  } catch (error) {
    if (!(error instanceof KeypairError) || error.message !== 'cancelled: nothing was called') throw error;
    throw new KeypairError('CANCELLED', UNCHANGED, { cause: error });
  }
}
