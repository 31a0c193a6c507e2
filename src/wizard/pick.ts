import { KeypairError, SeveralFailures } from '../errors.ts';
import { keyDirectory } from '../commands/key-directory.ts';
import type { KnownPair } from '../commands/key-pair-result.ts';
import { withServices } from '../commands/connect.ts';
import { allPairs } from '../commands/list/all-pairs.ts';
import { settleTargets } from '../commands/target.ts';
import { bracketed, together } from '../language/phrases.ts';
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
 * The key pairs of one region or of all, to pick one of them and to show, attach or delete it: by the command of that
 * name.
 *
 * @throws KeypairError `CANCELLED` when the user leaves a question; what the commands throw.
 * @throws SeveralFailures where nothing could be listed.
 */
export async function runPick(start: Session): Promise<void> {
  const { session, descriptor } = await whichService(start);
  const { pairs, regions } = await listed(session, descriptor);
  const [region = '', ...more] = regions;
  if (pairs.length === 0) {
    session.note(
      more.length === 0 ? t`there are no key pairs in ${region}` : t`there are no key pairs in these regions`,
    );
    return;
  }
  const where = more.length === 0 ? withoutRegion : withRegion;
  await unlessLeft(async () => {
    let known = await askPair(session, pairs, where);
    for (;;) {
      const action = await askAction(session, descriptor, known, where);
      if (action === 'leave') return;
      if (action === 'other') known = await askPair(session, pairs, where);
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
  const all = descriptor.regions.length > 1 ? [{ value: 'all', title: t`all regions`, note: '' }] : [];
  return { session: withFlags(session, { region: await askRegion(session, descriptor, all) }), descriptor };
}

/** The pairs, and the regions that were asked. What keeps one region from being listed is told. */
async function listed(
  session: Session,
  descriptor: Descriptor,
): Promise<{ readonly pairs: readonly KnownPair[]; readonly regions: readonly string[] }> {
  const { targets, failures: refused } = await settleTargets(session, [descriptor], null);
  const [refusal] = refused;
  if (refusal !== undefined) throw refusal;
  const local = await readLocalKeys(keyDirectory(session, undefined), session.context.platform);
  const { pairs, failures } = await session.during('listing key pairs', () =>
    withServices(session, (services) => allPairs(session, services, targets, {}, local)),
  );
  const isOver = failures.some(({ code }) => code === 'CANCELLED');
  if (isOver || (pairs.length === 0 && failures.length > 0)) throw new SeveralFailures(failures);
  return { pairs, regions: targets.map(({ region }) => region) };
}

/** How a pair is called among others: by its name, and by its region where there are several. */
type Where = (name: string, region: string | null) => string;

const withoutRegion: Where = (name) => name;
const withRegion: Where = bracketed;

/** What calls it by in its service: unlike the name, an id is never another pair's. */
function handleOf({ pair }: KnownPair): string {
  return pair.id ?? pair.name;
}

async function askPair({ context }: Session, pairs: readonly KnownPair[], where: Where): Promise<KnownPair> {
  const { askSearch } = await import('../ui/prompts.ts');
  const now = context.now();
  const choices = pairs.map((known, index) => {
    const { pair, region, privateKeyPath } = known;
    const facts = [
      pair.id,
      pair.createdAt && relativeTime(pair.createdAt, now),
      pair.instances !== null && pair.instances.length > 0 ? t`bound to ${pair.instances.length}` : null,
      privateKeyPath ?? t`its private key is not here`,
    ];
    return {
      value: String(index),
      title: where(printable(pair.name, 80), region),
      note: printable(together(facts.filter(isTold)), 400),
    };
  });
  const picked = await askSearch(context, t`Which key pair (type to search)?`, (text) =>
    choices.filter(({ title, note }) => `${title} ${note}`.toLowerCase().includes(text.toLowerCase())),
  );
  const known = pairs[Number(picked)];
  if (known === undefined) throw new KeypairError('CANCELLED', UNCHANGED);
  return known;
}

function isTold(fact: string | null): fact is string {
  return fact !== null && fact !== '';
}

type Action = 'show' | 'attach' | 'delete' | 'delete-files' | 'other' | 'leave';

async function askAction(
  { context }: Session,
  { abilities }: Descriptor,
  known: KnownPair,
  where: Where,
): Promise<Action> {
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
  const name = where(printable(known.pair.name, 80), known.region);
  const answer = await askChoice(
    context,
    t`What about ${name}?`,
    offered.map(([value, title]) => ({ value, title, note: '' })),
  );
  return offered.find(([value]) => value === answer)?.[0] ?? 'leave';
}

/** @returns whether that was all: after looking at a pair people go on. */
async function act(
  start: Session,
  descriptor: Descriptor,
  known: KnownPair,
  action: Action,
): Promise<'on' | 'end'> {
  // Whatever region was asked for, the command is about that of the pair.
  const session = known.region === null ? start : withFlags(start, { region: known.region });
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
    if (!(error instanceof KeypairError) || error.message !== t`cancelled: nothing was called`) throw error;
    throw new KeypairError('CANCELLED', UNCHANGED, { cause: error });
  }
}
