import { KeypairError, SeveralFailures } from '../errors.ts';
import { listed } from '../i18n/phrases.ts';
import { t, translated } from '../i18n/t.ts';
import type { KeyPair } from '../providers/types.ts';
import { indexed } from '../storage/key-index.ts';
import type { Session } from '../cli/session.ts';
import type { Connection, Services } from '../connection/connect.ts';
import { theOnly } from '../connection/find-key-pair.ts';
import { findEverywhere, nameFilter, type PlacedPair, isGlob, nameMatcher } from './all-key-pairs.ts';
import { isMeant, type Meant } from './ledger.ts';
import type { Target } from '../connection/target.ts';

/**
 * The pairs of these names, ids or patterns in all services that are meant, each once.
 *
 * @param refused what keeps further services that are meant from being among the targets.
 * @returns with what kept a service from being listed, which has been told.
 * @throws KeypairError `NOT_FOUND` that names all that are nowhere, `CONFLICT` for a name that two pairs of one service
 * have; SeveralFailures where a service that could not be asked may have them.
 */
export async function findPairs(
  session: Session,
  services: Services,
  targets: readonly Target[],
  meant: readonly Meant[],
  refused: readonly KeypairError[],
): Promise<{ readonly pairs: readonly PlacedPair[]; readonly failures: readonly KeypairError[] }> {
  const texts = meant.map(({ text }) => text);
  const [only = '', ...more] = texts;
  const filter = more.length > 0 || isGlob(only) ? () => ({}) : nameFilter(only);
  const { pairs, failures } = await findEverywhere(session, services, targets, filter, indexed([], []));
  const isOver = failures.some(({ code }) => code === 'CANCELLED');
  const found = await Promise.all(meant.map((one) => pairsMeant(session, pairs, one)));
  const absent = meant.filter((_one, index) => found[index]?.length === 0).map(({ given }) => given);
  const unseen = [...refused, ...failures];
  if (isOver || (absent.length > 0 && unseen.length > 0)) throw new SeveralFailures(unseen);
  if (absent.length > 0) throw notFound(targets, absent);
  for (const [index, text] of texts.entries()) if (!isGlob(text)) refuseTwins(text, found[index] ?? []);
  // A pair may have been named twice, by its name and by its id.
  return { pairs: [...new Set(found.flat())], failures };
}

/** @throws KeypairError as {@link isMeant}. */
async function pairsMeant(
  session: Session,
  pairs: readonly PlacedPair[],
  meant: Meant,
): Promise<readonly PlacedPair[]> {
  const found: PlacedPair[] = [];
  for (const one of pairs.filter((pair) => isCalled(pair, meant.text)))
    if (await isMeant(session, one.target, one.pair, meant)) found.push(one);
  return found;
}

function isCalled({ target: { descriptor }, pair }: PlacedPair, text: string): boolean {
  if (descriptor.isId(text)) return pair.id === text;
  return isGlob(text) ? nameMatcher(text)(pair.name) : pair.name === text;
}

/**
 * A name means one pair in each service.
 *
 * @throws KeypairError `CONFLICT` where one has several of it.
 */
function refuseTwins(text: string, pairs: readonly PlacedPair[]): void {
  for (const target of new Set(pairs.map((one) => one.target))) {
    const here = pairs.filter((one) => one.target === target);
    theOnly(
      target,
      text,
      here.map(({ pair }) => pair),
    );
  }
}

function notFound(targets: readonly Target[], absent: readonly string[]): KeypairError {
  const [target, ...more] = targets;
  if (target === undefined || more.length > 0)
    return new KeypairError('NOT_FOUND', t`none of the services asked has a key pair ${listed(absent)}`);
  const { descriptor, region, regionWords } = target;
  return new KeypairError(
    'NOT_FOUND',
    t`${translated(descriptor.title)} has no key pair ${listed(absent)} in ${region}`,
    {
      provider: descriptor.id,
      region,
      hints: [
        t`see what is there with: keypair list -p ${descriptor.id} -r ${regionWords}`,
        'or look in another --region',
      ],
    },
  );
}

/**
 * The ids of the instances that a pair is bound to; null where the service does not tell, or not to this account.
 *
 * @throws KeypairError `CANCELLED`.
 */
export async function boundInstances(
  { provider }: Connection,
  pair: KeyPair,
  signal: AbortSignal,
): Promise<readonly string[] | null> {
  if (pair.instances !== null || provider.listInstances === undefined) return pair.instances;
  const ids: string[] = [];
  try {
    for await (const { id } of provider.listInstances({ keyPair: pair }, signal)) ids.push(id);
    return ids;
  } catch (error) {
    // Whoever may delete key pairs need not have the right to see instances.
    if (error instanceof KeypairError && error.code !== 'CANCELLED') return null;
    throw error;
  }
}
