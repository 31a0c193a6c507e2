import { providersAnswer } from '../../cli/ask-provider.ts';
import { itemError } from '../../cli/batch.ts';
import { confirm, missingConsent } from '../../cli/confirm.ts';
import { keyDirectory, keysHere } from '../../cli/key-directory.ts';
import type { Result, Session } from '../../cli/session.ts';
import { settleEverywhere, withRegion } from '../../connection/all-regions.ts';
import { type Connection, type Services, withServices } from '../../connection/connect.ts';
import type { Target } from '../../connection/target.ts';
import { KeypairError, SeveralFailures } from '../../errors.ts';
import { bracketed, listed, together } from '../../i18n/phrases.ts';
import { t } from '../../i18n/t.ts';
import { type PlacedPair, placed } from '../../operations/all-key-pairs.ts';
import { askPairs, pairsThere } from '../../operations/ask-key-pair.ts';
import { noteChange } from '../../operations/completion-cache.ts';
import {
  type Before,
  type Group,
  boundInstances,
  filesOf,
  filesOfAll,
  findPairs,
  handlesOf,
  lookBefore,
  lostDeletion,
  stillThere,
  tellKept,
  trash,
} from '../../operations/delete.ts';
import { forgetPair, handleOf, pairMeant } from '../../operations/ledger.ts';
import type { FilesOfKey } from '../../operations/own-files.ts';
import { stateDirectory } from '../../paths.ts';
import { chunksOf } from '../../providers/batches.ts';
import type { KeyPair } from '../../providers/types.ts';
import { printable } from '../../sanitize.ts';
import { shellWord } from '../../shell-quote.ts';
import type { LocalKeys } from '../../storage/key-directory.ts';
import type { PairHandle } from '../../storage/ledger-file.ts';
import { checkTrash } from '../../storage/trial.ts';

/** The flags of `delete`, as Commander names them. */
export interface DeleteFlags {
  readonly localFiles: boolean;
  readonly keyDir: string;
  readonly dryRun: boolean;
  readonly apiVersion: string;
}

/** Runs `delete`: nothing is deleted before all pairs have been found and the user has agreed. */
export async function runDelete(
  session: Session,
  given: readonly string[],
  flags: Partial<DeleteFlags>,
): Promise<void> {
  const consent = flags.dryRun === true ? [] : missingConsent(session);
  const missing = [...(given.length === 0 ? ['NAME'] : []), ...consent];
  const providers = await providersAnswer(session, missing, t`Where is the key pair?`);
  const names = await Promise.all(given.map((text) => pairMeant(session, providers, text)));
  const { targets, failures } = await settleEverywhere(session, providers, flags.apiVersion ?? null);
  for (const failure of failures) session.reportError(failure);
  for (const { warning } of providers) if (warning !== null) session.warn(warning);
  const chosen =
    names.length === 0 ? await askPairs(session, await pairsThere(session, targets), targets) : null;
  await withServices(session, async (services) => {
    const found =
      chosen === null
        ? await session.withSpinner(t`looking for the key pairs`, () =>
            findPairs(session, services, targets, names, failures),
          )
        : { pairs: placed(chosen, targets), failures: [] };
    const groups = await connected(services, targets, found.pairs);
    if (flags.dryRun === true) {
      await plan(session, groups, flags);
      endWith([...failures, ...found.failures]);
      return;
    }
    for (const { connection, pairs } of groups) await warnOfBound(session, connection, pairs);
    const what = listed(
      groups.map(
        ({ connection: { descriptor, region }, pairs }) =>
          t`${labels(pairs)} in ${together([descriptor.id, region])}`,
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
        ? t`Delete ${what} and move ${listed(ours.map((file) => printable(file)))} to the trash?`
        : t`Delete ${what}?`,
      found.pairs.length,
    );
    const several = targets.length > 1;
    // Read now: what lay there before the question was answered may be something else.
    const local = await keysHere(session, directory);
    if (flags.localFiles === true) {
      for (const file of local.untold)
        session.warn(t`${file} cannot be read: whatever key it holds stays there`);
    }
    const how = { flags, several, before, local, agreed: new Set(ours), gone: [], moved: new Set<string>() };
    const failed: KeypairError[] = [];
    for (const { connection, pairs } of groups)
      failed.push(...(await deleteAll(session, connection, pairs, how)));
    endWith([...failures, ...found.failures, ...failed]);
  });
}

/** The pairs by their services, in the order in which these were named. */
async function connected(
  services: Services,
  targets: readonly Target[],
  pairs: readonly PlacedPair[],
): Promise<readonly Group[]> {
  const groups: Group[] = [];
  for (const target of targets) {
    const own = pairs.filter((one) => one.target === target).map(({ pair }) => pair);
    if (own.length > 0) groups.push({ connection: await services.connect(target), pairs: own });
  }
  return groups;
}

function endWith(failures: readonly KeypairError[]): void {
  if (failures.length > 0) throw new SeveralFailures(failures);
}

/** The services delete no pair that is in use, and say little of why. */
async function warnOfBound(
  session: Session,
  connection: Connection,
  pairs: readonly KeyPair[],
): Promise<void> {
  if (session.settings.json) return;
  const { signal } = session.context.interrupts;
  const bound = await session.withSpinner(t`looking where they are bound`, () =>
    Promise.all(pairs.map((pair) => boundInstances(connection, pair, signal))),
  );
  for (const [index, { name }] of pairs.entries()) {
    const ids = bound[index] ?? null;
    if (ids === null) session.info(t`which instances ${name} is bound to cannot be seen`);
    else if (ids.length > 0) session.warn(t`${name} is bound to ${listed(ids)}`);
  }
}

const MOST_LABELS = 10;

function labels(pairs: readonly KeyPair[]): string {
  const shown = listed(pairs.slice(0, MOST_LABELS).map(({ name, id }) => bracketed(name, id)));
  return pairs.length > MOST_LABELS ? t`${shown} and ${pairs.length - MOST_LABELS} more` : shown;
}

/** What was asked for, and what decides about the key files. */
interface How {
  readonly flags: Partial<DeleteFlags>;
  /** Whether several services are meant: each error says of which it is. */
  readonly several: boolean;
  readonly before: Before;
  /** The keys of this machine after the answer, read once for all batches: each file is read again before it is moved. */
  readonly local: LocalKeys;
  /** The files that were named before the answer: no others go to the trash. */
  readonly agreed: ReadonlySet<string>;
  /** The pairs that are deleted. */
  readonly gone: PairHandle[];
  /** The files that went to the trash. */
  readonly moved: Set<string>;
}

/** Batch after batch; what fails is told at once and the rest goes on, but not after Ctrl-C or with bad credentials. */
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
      failed(new KeypairError('CANCELLED', t`cancelled: not deleted: ${listed(left)}`));
      break;
    }
    asked += batch.length;
    try {
      await interrupts.hold(
        () => deleteBatch(session, connection, batch, how, failed),
        () => {
          session.warn(t`the deletion has been asked for: this ends when its outcome is known`);
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

/** @throws KeypairError when nothing of the batch was deleted, and nothing further would be. */
async function deleteBatch(
  session: Session,
  connection: Connection,
  batch: readonly KeyPair[],
  { flags, before, local, agreed, gone, moved }: How,
  failed: (error: KeypairError) => void,
): Promise<void> {
  const { descriptor, provider, region, regionWords } = connection;
  const { context, settings } = session;
  const outcomes = await session.withSpinner(t`deleting ${labels(batch)}`, () =>
    provider.deleteKeyPairs(batch, context.interrupts.signal),
  );
  // Two pairs may have the same key: with the last of them its files go.
  const deleted = batch.filter((_pair, index) => outcomes[index]?.error === null);
  gone.push(...deleted.map((pair) => handleOf(connection, pair)));
  const lost = batch.filter((_pair, index) => outcomes[index]?.error?.outcome === 'unknown');
  const there = await stillThere(connection, lost, context.interrupts.signal);
  for (const [index, { error }] of outcomes.entries()) {
    const pair = batch[index];
    if (pair === undefined) continue;
    const { name, id } = pair;
    if (error !== null) {
      const look = t`see whether it is still there with: keypair show ${shellWord(id ?? name)} -p ${descriptor.id} -r ${regionWords}`;
      failed(
        error.outcome === 'unknown' ? lostDeletion(error, pair, there, look) : itemError(error, name, look),
      );
      continue;
    }
    await forgetPair(session, connection, pair);
    const { ours, kept: left } = await filesOf(pair, local, before, gone);
    // What could not be read before, or was put there since: nobody was told that it would go.
    const unnamed = ours
      .filter((file) => !agreed.has(file) && !moved.has(file))
      .map((file) => ({ file, why: t`before the deletion it was not known to hold this key` }));
    const kept = [...left.filter(({ file }) => !moved.has(file)), ...unnamed];
    const files = ours.filter((file) => agreed.has(file) && !moved.has(file));
    const trashed = flags.localFiles === true ? await trash(session, files) : null;
    session.result({
      json: {
        provider: descriptor.id,
        region,
        name,
        id,
        deleted: true,
        trashed: trashed?.files ?? [],
        ...(flags.localFiles === true ? { kept } : {}),
        sandbox: settings.sandbox,
      },
      text: `${t`deleted ${name}`}\n`,
      quiet: name,
    });
    await noteChange(session, connection, pair, null);
    if (trashed === null) {
      if (files.length > 0)
        session.info(t`its key files stay (--local-files moves them to the trash): ${listed(files)}`);
      else if (kept.length > 0) session.info(t`its key files stay: ${listed(kept.map(({ file }) => file))}`);
    } else if (trashed.error !== null) {
      failed(trashed.error);
    } else {
      for (const file of files) moved.add(file);
      // Else the others were told before the question.
      tellKept(session, session.settings.yes ? kept : unnamed);
      if (trashed.files.length > 0)
        session.info(t`its key files are in the trash now: ${listed(trashed.files)}`);
      else if (kept.length === 0 && local.untold.length === 0)
        session.info(t`no file of ${keyDirectory(session, flags.keyDir)} holds its key`);
    }
  }
}

/**
 * Shows what `delete` would do, and to which files.
 *
 * @throws KeypairError what listing throws.
 */
export async function plan(
  session: Session,
  groups: readonly Group[],
  { localFiles = false, keyDir }: Partial<DeleteFlags>,
): Promise<void> {
  const before = localFiles ? await lookBefore(session, groups, true) : null;
  const local = before && (await keysHere(session, keyDirectory(session, keyDir)));
  const gone = handlesOf(groups);
  for (const { connection, pairs } of groups) {
    for (const pair of pairs) {
      const files = before && local && (await filesOf(pair, local, before, gone));
      session.result(planned(session, connection, pair, files));
      tellKept(session, files?.kept ?? []);
    }
  }
}

/** What `--dry-run` shows of one pair, in the form of what is shown after its deletion. */
function planned(
  { settings: { sandbox } }: Session,
  { descriptor, region }: Connection,
  { name, id }: KeyPair,
  files: FilesOfKey | null,
): Result {
  const ours = files?.ours ?? [];
  const pair = bracketed(name, together([id, descriptor.id, region].filter((part) => part !== null)));
  return {
    json: {
      dryRun: true,
      provider: descriptor.id,
      region,
      name,
      id,
      ...(files === null ? {} : { trashed: ours, kept: files.kept }),
      sandbox,
    },
    text:
      ours.length === 0
        ? `${t`would delete ${pair}`}\n`
        : `${t`would delete ${pair} and move ${listed(ours.map((file) => printable(file)))} to the trash`}\n`,
    quiet: name,
  };
}
