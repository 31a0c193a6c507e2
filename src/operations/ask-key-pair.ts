import type { Session } from '../cli/session.ts';
import { keyDirectory } from '../cli/settings.ts';
import { type Connection, withConnections } from '../connection/connect.ts';
import { findPair } from '../connection/find-key-pair.ts';
import { resolveTarget, type Target } from '../connection/target.ts';
import { KeypairError, SeveralFailures } from '../errors.ts';
import { formatFacts, joinList, t, withNote } from '../i18n/t.ts';
import { homeShort } from '../paths.ts';
import type { Descriptor, KeyPair } from '../providers/types.ts';
import { printable } from '../sanitize.ts';
import type { Choice } from '../ui/prompts.ts';
import { relativeTime } from '../ui/relative-time.ts';
import { allPairs } from './all-key-pairs.ts';
import type { KnownPair } from './key-pair-record.ts';
import { matchesReference, pairReference } from './ledger.ts';
import { keysHere } from './local-keys.ts';

/** A pair's id, or else its name. Unlike a name, an id never passes to another pair. */
export function idOrName({ pair }: Pick<KnownPair, 'pair'>): string {
  return pair.id ?? pair.name;
}

/**
 * Finds one pair of one service and acts on it.
 *
 * @param version of the service's API.
 * @param name the pair's name on the command line; null: the user chooses from a list.
 * @throws KeypairError `NOT_FOUND`, `CONFLICT`, `CANCELLED`; as resolving the target and listing do.
 */
export async function withPair(
  session: Session,
  descriptor: Descriptor,
  version: string,
  name: string | null,
  work: (connection: Connection, pair: KeyPair) => Promise<void>,
): Promise<void> {
  const target = await resolveTarget(session, descriptor, version);
  if (descriptor.warning !== null) session.warn(descriptor.warning);
  const handle = name ?? idOrName(await askPair(session, await pairsThere(session, [target]), [target]));
  const meant = await pairReference(session, [descriptor], handle);
  await withConnections(session, async (connections) => {
    const { signal } = session.context.interrupts;
    const connection = await session.withSpinner(t`getting ready`, () => connections.connect(target));
    const pair = await session.withSpinner(t`looking for ${meant.text}`, () =>
      findPair(connection, meant.text, signal, (one) => matchesReference(session, connection, one, meant)),
    );
    await work(connection, pair);
  });
}

/**
 * The pairs of these services, to choose from.
 *
 * @throws KeypairError `NOT_FOUND` if there are none; SeveralFailures if no service could be listed.
 */
export async function pairsThere(
  session: Session,
  targets: readonly Target[],
  keyDir?: string,
): Promise<readonly KnownPair[]> {
  const local = await keysHere(session, keyDirectory(session, keyDir));
  const { pairs, failures } = await session.withSpinner(t`listing key pairs`, () =>
    withConnections(session, (connections) => allPairs(session, connections, targets, () => ({}), local)),
  );
  const isOver = failures.some(({ code }) => code === 'CANCELLED');
  if (isOver || (pairs.length === 0 && failures.length > 0)) throw new SeveralFailures(failures);
  if (pairs.length > 0) return pairs;
  throw new KeypairError(
    'NOT_FOUND',
    targets.length === 1
      ? t`there are no key pairs in ${joinList(targets.map(({ region }) => region))}`
      : t`there are no key pairs in these regions`,
  );
}

/**
 * Asks for one of several pairs.
 *
 * @param targets the services of the pairs. If there are several, each pair is shown with its region.
 * @throws KeypairError `CANCELLED`.
 */
export async function askPair(
  session: Session,
  pairs: readonly KnownPair[],
  targets: readonly Target[],
): Promise<KnownPair> {
  const { askSearch } = await import('../ui/prompts.ts');
  const choices = pairChoices(session, pairs, targets);
  const picked = await askSearch(session.context, t`Which key pair (type to search)?`, (text) =>
    choices.filter(({ title, note }) => `${title} ${note}`.toLowerCase().includes(text.toLowerCase())),
  );
  const known = pairs[Number(picked)];
  if (known === undefined) throw new KeypairError('CANCELLED', t`cancelled: nothing was changed`);
  return known;
}

/** Asks for one or more pairs, as {@link askPair}. */
export async function askPairs(
  session: Session,
  pairs: readonly KnownPair[],
  targets: readonly Target[],
): Promise<readonly KnownPair[]> {
  const { askSeveral } = await import('../ui/prompts.ts');
  const choices = pairChoices(session, pairs, targets);
  const picked = new Set(await askSeveral(session.context, t`Which key pairs?`, choices));
  return pairs.filter((_pair, index) => picked.has(String(index)));
}

/** A pair's title in a list: its name, and its region if there are several. */
export function pairTitle({ pair, region }: KnownPair, targets: readonly Target[]): string {
  const name = printable(pair.name, 80);
  return targets.length > 1 ? withNote(name, region) : name;
}

function pairChoices({ context }: Session, pairs: readonly KnownPair[], targets: readonly Target[]): readonly Choice[] {
  const now = context.now();
  return pairs.map((known, index) => {
    const { pair, privateKeyPath, privateKeyNote } = known;
    const facts = [
      pair.id,
      pair.createdAt && relativeTime(pair.createdAt, now),
      pair.instances !== null && pair.instances.length > 0 ? t`bound to ${pair.instances.length}` : null,
      privateKeyPath === null
        ? (privateKeyNote ?? t`its private key is not here`)
        : homeShort(context.home, privateKeyPath),
    ];
    return {
      value: String(index),
      title: pairTitle(known, targets),
      note: printable(formatFacts(facts.filter((fact) => fact !== null && fact !== '') as string[]), 400),
    };
  });
}
