import type { Session } from '../cli/session.ts';
import { warnOfAbsent, withRegion } from '../connection/all-regions.ts';
import type { Connections } from '../connection/connect.ts';
import { distinct, theOnly } from '../connection/find-key-pair.ts';
import type { Target } from '../connection/target.ts';
import { KeypairError, SeveralFailures } from '../errors.ts';
import { joinList, t } from '../i18n/t.ts';
import type { Descriptor, KeyPair, ListFilter } from '../providers/types.ts';
import { LocalKeys } from '../storage/key-directory.ts';
import { cacheAll } from './completion-cache.ts';
import type { KnownPair } from './key-pair-record.ts';
import { matchesReference, type PairReference } from './ledger.ts';
import { knownFromCloud } from './local-keys.ts';

/** The key pairs of several services. */
export interface Found {
  /** In the order of the targets, within each the newest first. Each pair once, even if every region lists it. */
  readonly pairs: readonly KnownPair[];
  /** Why services could not be listed. Each was reported. */
  readonly failures: readonly KeypairError[];
}

/**
 * The key pairs of all these services, listed at once and matched with the files on this machine. A failure is reported
 * and does not hide other services. A full list is cached for completions.
 *
 * @param filterFor the filter for each service.
 */
export async function allPairs(
  session: Session,
  connections: Connections,
  targets: readonly Target[],
  filterFor: (descriptor: Descriptor) => ListFilter,
  local: LocalKeys,
): Promise<Found> {
  const { context, settings } = session;
  const failures: KeypairError[] = [];
  const lists = await Promise.all(
    targets.map(async (target) => {
      const pairs: KnownPair[] = [];
      const filter = filterFor(target.descriptor);
      try {
        const connection = await connections.connect(target);
        for await (const pair of connection.provider.listKeyPairs(filter, context.interrupts.signal)) {
          pairs.push(knownFromCloud(connection, pair, local, settings.sandbox));
        }
        if (Object.keys(filter).length === 0) await cacheAll(session, target, pairs);
      } catch (error) {
        if (!(error instanceof KeypairError)) throw error;
        if (warnOfAbsent(session, target, error)) return pairs;
        const told = targets.length > 1 && error.code !== 'CANCELLED' ? withRegion(target, error) : error;
        session.reportError(told);
        failures.push(told);
      }
      return pairs.sort((a, b) => newestFirst(a.pair, b.pair));
    }),
  );
  return { pairs: distinct(lists.flat()), failures };
}

/**
 * The order of lists, for `sort`: the newest first, then by name; pairs without a time last. Services return pairs of
 * the same second in any order.
 */
export function newestFirst(a: KeyPair, b: KeyPair): number {
  return timeOf(b) - timeOf(a) || byText(a.name, b.name) || byText(a.id ?? '', b.id ?? '');
}

/** The time in milliseconds; 0 if it is missing or invalid. */
function timeOf({ createdAt }: KeyPair): number {
  return Date.parse(createdAt ?? '') || 0;
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Whether a pattern has wildcards: `*` for any text, `?` for any one character. */
export function isGlob(pattern: string): boolean {
  return /[*?]/.test(pattern);
}

/** A test for names by a pattern with `*` and `?`. */
export function nameMatcher(pattern: string): (name: string) => boolean {
  const source = Array.from(pattern, (c) => (c === '*' ? '.*' : c === '?' ? '.' : escaped(c))).join('');
  const expression = new RegExp(`^${source}$`, 'su');
  return (name) => expression.test(name);
}

function escaped(character: string): string {
  return /[\\^$.|+()[\]{}]/.test(character) ? `\\${character}` : character;
}

/** A pair, and the service that has it. */
export interface PlacedPair extends KnownPair {
  readonly target: Target;
}

/**
 * The pairs of several services, listed at once. A pair that a service lists in several regions counts once.
 *
 * @param filter the filter for each service.
 * @returns the pairs, and why services could not be listed. Each failure was reported.
 */
export async function findEverywhere(
  session: Session,
  connections: Connections,
  targets: readonly Target[],
  filter: (descriptor: Descriptor) => ListFilter,
  local: LocalKeys,
): Promise<{ readonly pairs: readonly PlacedPair[]; readonly failures: readonly KeypairError[] }> {
  const { pairs, failures } = await allPairs(session, connections, targets, filter, local);
  return { pairs: placed(pairs, targets), failures };
}

/** The pairs, each with the service that listed it. */
export function placed(known: readonly KnownPair[], targets: readonly Target[]): readonly PlacedPair[] {
  return known.flatMap((one) => {
    const target = targetOf(one, targets);
    return target === undefined ? [] : [{ ...one, target }];
  });
}

/** The service among these that listed the pair. */
export function targetOf(known: KnownPair, targets: readonly Target[]): Target | undefined {
  return targets.find(({ descriptor, region }) => descriptor.id === known.provider && region === known.region);
}

/** The filter that finds a pair by name or id. */
export function nameFilter(text: string): (descriptor: Descriptor) => ListFilter {
  return (descriptor) => (descriptor.isId(text) ? { id: text } : { name: text });
}

/**
 * The pairs with these names, ids or patterns in all selected services, each once.
 *
 * @param refused why further selected services are not among the targets.
 * @returns the pairs, and why services could not be listed. Each failure was reported.
 * @throws KeypairError `NOT_FOUND` that lists everything not found, `CONFLICT` for a name that two pairs of one service
 * have; SeveralFailures if a service that could not be asked may have them.
 */
export async function findPairs(
  session: Session,
  connections: Connections,
  targets: readonly Target[],
  meant: readonly PairReference[],
  refused: readonly KeypairError[],
): Promise<{ readonly pairs: readonly PlacedPair[]; readonly failures: readonly KeypairError[] }> {
  const texts = meant.map(({ text }) => text);
  const [only = '', ...more] = texts;
  const filter = more.length > 0 || isGlob(only) ? () => ({}) : nameFilter(only);
  const { pairs, failures } = await findEverywhere(session, connections, targets, filter, new LocalKeys([], []));
  const isOver = failures.some(({ code }) => code === 'CANCELLED');
  const found = await Promise.all(meant.map((one) => matchingPairs(session, pairs, one)));
  const absent = meant.filter((_one, index) => found[index]?.length === 0).map(({ given }) => given);
  const unseen = [...refused, ...failures];
  if (isOver || (absent.length > 0 && unseen.length > 0)) throw new SeveralFailures(unseen);
  if (absent.length > 0) throw notFound(targets, absent);
  for (const [index, text] of texts.entries()) if (!isGlob(text)) refuseTwins(text, found[index] ?? []);
  // The user may have given a pair twice, by name and by id.
  return { pairs: [...new Set(found.flat())], failures };
}

/** @throws KeypairError as {@link matchesReference}. */
async function matchingPairs(
  session: Session,
  pairs: readonly PlacedPair[],
  meant: PairReference,
): Promise<readonly PlacedPair[]> {
  const found: PlacedPair[] = [];
  for (const one of pairs.filter((pair) => isCalled(pair, meant.text)))
    if (await matchesReference(session, one.target, one.pair, meant)) found.push(one);
  return found;
}

function isCalled({ target: { descriptor }, pair }: PlacedPair, text: string): boolean {
  if (descriptor.isId(text)) return pair.id === text;
  return isGlob(text) ? nameMatcher(text)(pair.name) : pair.name === text;
}

/**
 * Refuses a name that several pairs of one service have.
 *
 * @throws KeypairError `CONFLICT`.
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
    return new KeypairError('NOT_FOUND', t`none of the services asked has a key pair ${joinList(absent)}`);
  const { descriptor, region, flagsToReproduce } = target;
  return new KeypairError('NOT_FOUND', t`${descriptor.title} has no key pair ${joinList(absent)} in ${region}`, {
    provider: descriptor.id,
    region,
    hints: [
      t`see what is there with: keypair list -p ${descriptor.id} -r ${flagsToReproduce}`,
      t`or look in another --region`,
    ],
  });
}
