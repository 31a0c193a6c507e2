import { setTimeout as wait } from 'node:timers/promises';
import { providersAnswer } from '../cli/ask-provider.ts';
import { itemError } from '../cli/batch.ts';
import { confirm, missingConsent, type Session } from '../cli/session.ts';
import { keyDirectory } from '../cli/settings.ts';
import { settleEverywhere, withRegion } from '../connection/all-regions.ts';
import { type Connection, type Connections, withConnections } from '../connection/connect.ts';
import { boundInstances } from '../connection/find-key-pair.ts';
import type { Target } from '../connection/target.ts';
import { causedBy, KeypairError, SeveralFailures } from '../errors.ts';
import { formatFacts, joinList, t, withNote } from '../i18n/t.ts';
import { stateDirectory } from '../paths.ts';
import { chunksOf } from '../providers/batches.ts';
import type { KeyPair } from '../providers/types.ts';
import { printable, shellWord } from '../sanitize.ts';
import type { LocalKeys } from '../storage/key-directory.ts';
import type { PairKey } from '../storage/ledger-file.ts';
import { checkTrash } from '../storage/trial.ts';
import { findPairs, placed, type PlacedPair } from './all-key-pairs.ts';
import { askPairs, pairsThere } from './ask-key-pair.ts';
import { cachePair } from './completion-cache.ts';
import { forgetPair, pairKeyOf, pairReference } from './ledger.ts';
import { keysHere } from './local-keys.ts';
import { refuseIfRotating } from './rotate/open-rotations.ts';
import {
  type Before,
  filesOf,
  filesOfAll,
  type FilesOfKey,
  type Group,
  handlesOf,
  type KeptFile,
  lookBefore,
  tellKept,
  trash,
} from './own-files.ts';

/** The flags of `delete`. */
interface DeleteFlags {
  readonly localFiles?: boolean;
  readonly keyDir?: string;
  readonly dryRun?: boolean;
  readonly apiVersion?: string;
}

/** Shows the result for each pair. */
interface ShowDeletion {
  /** @param files null if key files were not requested. */
  readonly planned: (connection: Connection, pair: KeyPair, files: FilesOfKey | null) => void;
  /**
   * @param trashed the new paths of its key files.
   * @param kept the files that stay; null if key files were not requested.
   */
  readonly deleted: (
    connection: Connection,
    pair: KeyPair,
    trashed: readonly string[],
    kept: readonly KeptFile[] | null,
  ) => void;
}

/**
 * Deletes pairs. Deletes nothing before all pairs are found and the user has agreed.
 *
 * @param given names, ids or patterns; if empty, ask for them.
 * @throws KeypairError if nothing can be deleted; SeveralFailures.
 */
export async function deletePairs(
  session: Session,
  given: readonly string[],
  flags: DeleteFlags,
  show: ShowDeletion,
): Promise<void> {
  const consent = flags.dryRun === true ? [] : missingConsent(session);
  const missing = [...(given.length === 0 ? ['NAME'] : []), ...consent];
  const providers = await providersAnswer(session, missing, t`Where is the key pair?`);
  const names = await Promise.all(given.map((text) => pairReference(session, providers, text)));
  const { targets, failures } = await settleEverywhere(session, providers, flags.apiVersion ?? null);
  for (const failure of failures) session.reportError(failure);
  for (const { warning } of providers) if (warning !== null) session.warn(warning);
  const chosen = names.length === 0 ? await askPairs(session, await pairsThere(session, targets), targets) : null;
  await withConnections(session, async (connections) => {
    const found =
      chosen === null
        ? await session.withSpinner(t`looking for the key pairs`, () =>
            findPairs(session, connections, targets, names, failures),
          )
        : { pairs: placed(chosen, targets), failures: [] };
    const groups = await connected(connections, targets, found.pairs);
    const several = targets.length > 1;
    const bound: KeypairError[] = [];
    const free: Group[] = [];
    for (const { connection, pairs } of groups) {
      for (const pair of pairs) await refuseIfRotating(session, connection, pair, null);
      // JSON prints no warnings.
      if (session.settings.json && flags.dryRun !== true) continue;
      const places = await whereBound(session, connection, pairs);
      if (flags.dryRun !== true) for (const [{ name }, ids] of places) session.warn(boundText(name, ids));
      else for (const [{ name }, ids] of places) bound.push(refusal(connection, boundText(name, ids), several));
      free.push({ connection, pairs: pairs.filter((pair) => !places.has(pair)) });
    }
    if (flags.dryRun === true) {
      for (const error of bound) session.reportError(error);
      await plan(session, free, flags, show);
      endWith([...failures, ...found.failures, ...bound]);
      return;
    }
    const what = joinList(
      groups.map(
        ({ connection: { descriptor, region }, pairs }) =>
          t`${labels(pairs)} in ${formatFacts([descriptor.id, region])}`,
      ),
    );
    const before = await lookBefore(session, groups, flags.localFiles === true);
    const directory = keyDirectory(session, flags.keyDir);
    const { ours, kept } = await filesOfAll(groups, await keysHere(session, directory), before);
    if (flags.localFiles === true && ours.length > 0)
      await checkTrash(stateDirectory(session.context), session.context);
    if (flags.localFiles === true && !session.settings.yes) tellKept(session, kept);
    await confirm(
      session,
      flags.localFiles === true && ours.length > 0
        ? t`Delete ${what} and move ${joinList(ours.map((file) => printable(file)))} to the trash?`
        : t`Delete ${what}?`,
      found.pairs.length,
    );
    // Read the keys again: files may have changed while the question was open.
    const local = await keysHere(session, directory);
    if (flags.localFiles === true) {
      for (const file of local.untold) session.warn(t`${file} cannot be read: whatever key it holds stays there`);
    }
    const how = {
      flags,
      show,
      several,
      before,
      local,
      agreed: new Set(ours),
      gone: [],
      moved: new Set<string>(),
    };
    const failed: KeypairError[] = [];
    for (const { connection, pairs } of groups) failed.push(...(await deleteAll(session, connection, pairs, how)));
    endWith([...failures, ...found.failures, ...failed]);
  });
}

/** The pairs grouped by service, in the order given. */
async function connected(
  connections: Connections,
  targets: readonly Target[],
  pairs: readonly PlacedPair[],
): Promise<readonly Group[]> {
  const groups: Group[] = [];
  for (const target of targets) {
    const own = pairs.filter((one) => one.target === target).map(({ pair }) => pair);
    if (own.length > 0) groups.push({ connection: await connections.connect(target), pairs: own });
  }
  return groups;
}

function endWith(failures: readonly KeypairError[]): void {
  if (failures.length > 0) throw new SeveralFailures(failures);
}

/** The bound pairs, and the ids of their instances: services refuse to delete a pair in use and hardly say why. */
async function whereBound(
  session: Session,
  connection: Connection,
  pairs: readonly KeyPair[],
): Promise<ReadonlyMap<KeyPair, readonly string[]>> {
  const { signal } = session.context.interrupts;
  const places = await session.withSpinner(t`looking where they are bound`, () =>
    Promise.all(pairs.map((pair) => boundInstances(connection, pair, signal))),
  );
  const bound = new Map<KeyPair, readonly string[]>();
  for (const [index, pair] of pairs.entries()) {
    const ids = places[index] ?? null;
    if (ids === null) session.info(t`cannot see which instances ${pair.name} is bound to`);
    else if (ids.length > 0) bound.set(pair, ids);
  }
  return bound;
}

function boundText(name: string, ids: readonly string[]): string {
  return t`${name} is bound to ${joinList(ids)}`;
}

/** The error of a dry run for a bound pair: every service refuses to delete it. */
function refusal(connection: Connection, message: string, several: boolean): KeypairError {
  const { descriptor, region } = connection;
  const hints = [t`detach the key pair from its instances and images first`];
  const error = new KeypairError('CONFLICT', message, { provider: descriptor.id, region, hints });
  return several ? withRegion(connection, error) : error;
}

const MOST_LABELS = 10;

function labels(pairs: readonly KeyPair[]): string {
  const shown = joinList(pairs.slice(0, MOST_LABELS).map(({ name, id }) => withNote(name, id)));
  return pairs.length > MOST_LABELS ? t`${shown} and ${pairs.length - MOST_LABELS} more` : shown;
}

/** The request, and what decides which key files may be moved. */
interface How {
  readonly flags: DeleteFlags;
  readonly show: ShowDeletion;
  /** Whether there are several services. Then each error names its service. */
  readonly several: boolean;
  readonly before: Before;
  /** The keys on this machine, read once after the user agreed. Each file is read again before it is moved. */
  readonly local: LocalKeys;
  /** The files named in the question. No others go to the trash. */
  readonly agreed: ReadonlySet<string>;
  /** The pairs deleted so far. */
  readonly gone: PairKey[];
  /** The files moved to the trash so far. */
  readonly moved: Set<string>;
}

/** Deletes batch by batch. Reports failures at once and goes on, except after Ctrl-C or with bad credentials. */
async function deleteAll(
  session: Session,
  connection: Connection,
  pairs: readonly KeyPair[],
  how: How,
): Promise<readonly KeypairError[]> {
  const { interrupts } = session.context;
  const failures: KeypairError[] = [];
  const failed = (error: KeypairError): void => {
    const told = how.several && error.code !== 'CANCELLED' ? withRegion(connection, error) : error;
    session.reportError(told);
    failures.push(told);
  };
  let asked = 0;
  for (const batch of chunksOf(pairs, connection.descriptor.deleteBatch)) {
    if (interrupts.requested) {
      const left = pairs.slice(asked).map(({ name }) => name);
      failed(new KeypairError('CANCELLED', t`cancelled: not deleted: ${joinList(left)}`));
      break;
    }
    asked += batch.length;
    try {
      await interrupts.hold(
        () => deleteBatch(session, connection, batch, how, failed),
        () => {
          session.warn(t`the deletion was requested: waiting for its outcome`);
        },
      );
    } catch (error) {
      if (!(error instanceof KeypairError)) throw error;
      failed(error);
      break;
    }
  }
  return failures;
}

/** @throws KeypairError if nothing of the batch was deleted and further batches would fail as well. */
async function deleteBatch(
  session: Session,
  connection: Connection,
  batch: readonly KeyPair[],
  { flags, show, before, local, agreed, gone, moved }: How,
  failed: (error: KeypairError) => void,
): Promise<void> {
  const { descriptor, provider, flagsToReproduce } = connection;
  const { context, settings } = session;
  const outcomes = await session.withSpinner(t`deleting ${labels(batch)}`, () =>
    provider.deleteKeyPairs(batch, context.interrupts.signal),
  );
  // Two pairs may have the same key. Move its files only with the last of them.
  const deleted = batch.filter((_pair, index) => outcomes[index]?.error === null);
  gone.push(...deleted.map((pair) => pairKeyOf(connection, pair)));
  const lost = batch.filter((_pair, index) => outcomes[index]?.error?.outcome === 'unknown');
  const there = await stillThere(connection, lost, context.interrupts.signal);
  for (const [index, { error }] of outcomes.entries()) {
    const pair = batch[index];
    if (pair === undefined) continue;
    const { name, id } = pair;
    if (error !== null) {
      const look = t`see whether it is still there with: keypair show ${shellWord(id ?? name)} -p ${descriptor.id} -r ${flagsToReproduce}`;
      failed(error.outcome === 'unknown' ? lostDeletion(error, pair, there, look) : itemError(error, name, look));
      continue;
    }
    await forgetPair(session, connection, pair);
    const { ours, kept: left } = await filesOf(pair, local, before, gone);
    // These files were not named in the question: they were unreadable or did not exist then.
    const unnamed = ours
      .filter((file) => !agreed.has(file) && !moved.has(file))
      .map((file) => ({ file, why: t`before the deletion it was not known to hold this key` }));
    const kept = [...left.filter(({ file }) => !moved.has(file)), ...unnamed];
    const files = ours.filter((file) => agreed.has(file) && !moved.has(file));
    const trashed = flags.localFiles === true ? await trash(session, files) : null;
    show.deleted(connection, pair, trashed?.files ?? [], flags.localFiles === true ? kept : null);
    await cachePair(session, connection, pair, null);
    if (trashed === null) {
      if (files.length > 0)
        session.info(t`its key files stay (--local-files moves them to the trash): ${joinList(files)}`);
      else if (kept.length > 0) session.info(t`its key files stay: ${joinList(kept.map(({ file }) => file))}`);
    } else if (trashed.error !== null) {
      failed(trashed.error);
    } else {
      for (const file of files) moved.add(file);
      // Without --yes, the other files were named before the question.
      tellKept(session, settings.yes ? kept : unnamed);
      if (trashed.files.length > 0) session.info(t`its key files are in the trash now: ${joinList(trashed.files)}`);
      else if (kept.length === 0 && local.untold.length === 0)
        session.info(t`no file of ${keyDirectory(session, flags.keyDir)} holds its key`);
    }
  }
}

/**
 * Shows what `delete` would do, and to which files.
 *
 * @throws KeypairError as listing does; PermissionsError for a trash that others may write in.
 */
async function plan(
  session: Session,
  groups: readonly Group[],
  { localFiles = false, keyDir }: DeleteFlags,
  show: ShowDeletion,
): Promise<void> {
  const before = localFiles ? await lookBefore(session, groups, true) : null;
  const local = before && (await keysHere(session, keyDirectory(session, keyDir)));
  const gone = handlesOf(groups);
  const planned: (readonly [Connection, KeyPair, FilesOfKey | null])[] = [];
  for (const { connection, pairs } of groups)
    for (const pair of pairs)
      planned.push([connection, pair, before && local && (await filesOf(pair, local, before, gone))]);
  if (planned.some(([, , files]) => files !== null && files.ours.length > 0))
    await checkTrash(stateDirectory(session.context), session.context);
  for (const [connection, pair, files] of planned) {
    show.planned(connection, pair, files);
    tellKept(session, files?.kept ?? []);
  }
}

/** When to look, in milliseconds after the response was lost: the service may still be working. */
const LOOKS = [0, 2000];

/** Which of the pairs still exist after a requested deletion; null if unknown. */
type StillThere = ReadonlySet<KeyPair> | null;

/** Checks which pairs still exist after the response to their deletion was lost. Never throws. */
async function stillThere(
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
    // The lookup failed as well.
    return null;
  }
}

/**
 * The error for a pair whose deletion got no response: it was deleted, still exists, or its state is unknown.
 *
 * @param look a hint how to check the pair.
 */
function lostDeletion(error: KeypairError, pair: KeyPair, there: StillThere, look: string): KeypairError {
  const { name } = pair;
  const why = error.message;
  const [message, hint] =
    there === null
      ? [t`${name}: ${why}; cannot tell whether it was deleted`, look]
      : there.has(pair)
        ? [t`${name}: ${why}; it still exists`, t`try again; if it is gone by then, the request was carried out late`]
        : [t`${name}: ${why}; it no longer exists: it was deleted`, t`nothing left to do`];
  return new KeypairError('PARTIAL', message, {
    ...causedBy(error),
    hints: [hint],
    outcome: 'unknown',
  });
}
