import { setTimeout as wait } from 'node:timers/promises';
import type { Session } from '../cli/session.ts';
import type { Connection, Services } from '../connection/connect.ts';
import { theOnly } from '../connection/find-key-pair.ts';
import type { Target } from '../connection/target.ts';
import { KeypairError, SeveralFailures, causedBy } from '../errors.ts';
import { listed } from '../i18n/phrases.ts';
import { t } from '../i18n/t.ts';
import { type PlacedPair, findEverywhere, isGlob, nameFilter, nameMatcher } from './all-key-pairs.ts';
import { type Meant, handleOf, isMeant } from './ledger.ts';
import {
  type FilesOfKey,
  type KeptFile,
  type Listed,
  filesOfKey,
  fingerprintOf,
  pairsWithKey,
} from './own-files.ts';
import { stateDirectory } from '../paths.ts';
import type { KeyPair } from '../providers/types.ts';
import { printable } from '../sanitize.ts';
import { type LocalKeys, indexed } from '../storage/key-directory.ts';
import { type MadePair, type PairHandle, readLedger } from '../storage/ledger-file.ts';
import { moveToTrash } from '../storage/trash.ts';

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
    t`${descriptor.title} has no key pair ${listed(absent)} in ${region}`,
    {
      provider: descriptor.id,
      region,
      hints: [
        t`see what is there with: keypair list -p ${descriptor.id} -r ${regionWords}`,
        t`or look in another --region`,
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

/** Pairs of one service. */
export interface Group {
  readonly connection: Connection;
  readonly pairs: readonly KeyPair[];
}

/** What decides about key files, as it was before anything was deleted. */
export interface Before {
  /** The notes of each key, by its fingerprint. */
  readonly ledger: ReadonlyMap<string, readonly MadePair[]>;
  /** All pairs of the services that this is about. */
  readonly services: readonly Listed[];
}

/**
 * Reads what decides about key files.
 *
 * @param ask whether the services are asked for all their pairs: before files are moved.
 * @throws KeypairError what listing throws.
 */
export async function lookBefore(
  { context }: Session,
  groups: readonly Group[],
  ask: boolean,
): Promise<Before> {
  const services: Listed[] = [];
  for (const { connection } of ask ? groups : []) {
    const pairs: KeyPair[] = [];
    for await (const pair of connection.provider.listKeyPairs({}, context.interrupts.signal))
      pairs.push(pair);
    services.push({ target: connection, pairs });
  }
  const entries = await readLedger(stateDirectory(context), context.platform);
  const ledger = new Map<string, MadePair[]>();
  for (const { made } of entries) {
    if (made.fingerprint === null) continue;
    const same = ledger.get(made.fingerprint);
    if (same === undefined) ledger.set(made.fingerprint, [made]);
    else same.push(made);
  }
  return { ledger, services };
}

/**
 * The files of the key directory, and of where `create` has put keys, that hold a pair's key.
 *
 * @param gone the pairs that no longer count, this one among them.
 */
export async function filesOf(
  pair: KeyPair,
  local: LocalKeys,
  { ledger, services }: Before,
  gone: readonly PairHandle[],
): Promise<FilesOfKey> {
  const fingerprint = fingerprintOf(pair);
  if (fingerprint === null) return { ours: [], kept: [] };
  const noted = ledger.get(fingerprint) ?? [];
  return filesOfKey(fingerprint, local, noted, pairsWithKey(fingerprint, noted, services, gone));
}

/** The pairs that no longer count once all of these are deleted. */
export function handlesOf(groups: readonly Group[]): readonly PairHandle[] {
  return groups.flatMap(({ connection, pairs }) => pairs.map((pair) => handleOf(connection, pair)));
}

/** What would go to the trash, once all of these pairs are deleted, and what would stay. */
export async function filesOfAll(
  groups: readonly Group[],
  local: LocalKeys,
  before: Before,
): Promise<FilesOfKey> {
  const ours = new Set<string>();
  const kept = new Map<string, KeptFile>();
  const gone = handlesOf(groups);
  for (const pair of groups.flatMap(({ pairs }) => pairs)) {
    const found = await filesOf(pair, local, before, gone);
    for (const file of found.ours) ours.add(file);
    for (const one of found.kept) kept.set(one.file, one);
  }
  return { ours: [...ours], kept: [...kept.values()] };
}

/** Says of each file that it stays, and why. */
export function tellKept(session: Session, kept: readonly KeptFile[]): void {
  for (const { file, why } of kept) session.warn(t`${printable(file)} stays: ${why}`);
}

/** What became of key files. */
export interface Trashed {
  /** Where they are now. */
  readonly files: readonly string[];
  readonly error: KeypairError | null;
}

/** Moves key files to a fresh folder of the trash. */
export async function trash({ context }: Session, files: readonly string[]): Promise<Trashed> {
  if (files.length === 0) return { files: [], error: null };
  try {
    const moved = await moveToTrash(files, stateDirectory(context), context.now(), context);
    return { files: moved, error: null };
  } catch (error) {
    if (error instanceof KeypairError) return { files: [], error };
    throw error;
  }
}

/** When to look, in milliseconds after the answer failed to come: a service may still be at work. */
const LOOKS = [0, 2000];

/** Of pairs whose deletion was asked for: which are in the cloud still; null where nobody says. */
export type StillThere = ReadonlySet<KeyPair> | null;

/** Looks which pairs are in the cloud after the answer to their deletion was lost. Never throws. */
export async function stillThere(
  { provider }: Connection,
  pairs: readonly KeyPair[],
  signal: AbortSignal,
): Promise<StillThere> {
  const [only, ...more] = pairs;
  const filter = only === undefined || more.length > 0 ? {} : { name: only.name };
  let left: readonly KeyPair[] = pairs;
  try {
    for (const delay of LOOKS) {
      if (left.length === 0) break;
      await wait(delay, undefined, { signal });
      const there: KeyPair[] = [];
      for await (const pair of provider.listKeyPairs(filter, signal)) there.push(pair);
      left = pairs.filter((pair) => there.some(({ id, name }) => id === pair.id && name === pair.name));
    }
    return new Set(left);
  } catch {
    // The look-up failed as the deletion did.
    return null;
  }
}

/**
 * What is told of a pair whose deletion had no answer: that it was deleted, that it was not, or that it cannot be told.
 *
 * @param look how to see what became of it, as a hint.
 */
export function lostDeletion(
  error: KeypairError,
  pair: KeyPair,
  there: StillThere,
  look: string,
): KeypairError {
  const { name } = pair;
  const why = error.message;
  const [message, hint] =
    there === null
      ? [t`${name}: ${why}; cannot tell whether it was deleted`, look]
      : there.has(pair)
        ? [
            t`${name}: ${why}; it is still there`,
            t`try again; should it be gone then, the request was carried out late`,
          ]
        : [t`${name}: ${why}; it is not there any more: it was deleted`, t`there is nothing left to do`];
  return new KeypairError('PARTIAL', message, {
    ...causedBy(error),
    hints: [hint],
    outcome: 'unknown',
  });
}
