import path from 'node:path';
import { runBatch } from '../../cli/batch.ts';
import type { CreateFlags } from '../../cli/create-options.ts';
import type { Result, Session } from '../../cli/session.ts';
import { type Connection, type Connections, withConnection } from '../../connection/connect.ts';
import { placeFlags, resolveTarget, type Target } from '../../connection/target.ts';
import { KeypairError } from '../../errors.ts';
import { formatFacts, t } from '../../i18n/t.ts';
import type { KeyType } from '../../keys/generate.ts';
import type { KnownPair } from '../../operations/key-pair-record.ts';
import { answersFor, destinationsFor, requestsFor } from '../../operations/new-pair.ts';
import type { Recreate } from '../../operations/recovery/recreate.ts';
import type { Job } from '../../operations/reservation.ts';
import { homeShort, journalDirectory, stateDirectory } from '../../paths.ts';
import type { Descriptor } from '../../providers/types.ts';
import { printable, shellWord } from '../../sanitize.ts';
import { JOURNAL_HINT } from '../../storage/journal.ts';
import { reserveKeyFile } from '../../storage/key-file.ts';
import type { Style } from '../../ui/color.ts';
import { type Row, rowLines } from '../../ui/table.ts';

/** Runs `create`. Checks every name before the first call. */
export async function runCreate(session: Session, flags: CreateFlags): Promise<void> {
  const plan = await planCreate(session, flags);
  if (flags.dryRun === true) {
    await refuseAsCreate(session, plan);
    const style = await session.style(session.context.stdout);
    for (const job of plan.jobs) session.result(planResult(session, plan.target, job, plan.type, style));
    return;
  }
  await carryOutPlan(session, plan);
}

/**
 * Checks that `create` can write on this machine. Leaves nothing behind.
 *
 * @throws KeypairError as `create`.
 */
async function refuseAsCreate({ context }: Session, { jobs }: CreatePlan): Promise<void> {
  const { tryKeyDirectory, tryOwnDirectory } = await import('../../storage/trial.ts');
  for (const directory of new Set(jobs.map(({ destination }) => path.dirname(destination.file)))) {
    const refusal = await tryKeyDirectory(directory, context);
    if (refusal !== null) throw refusal;
  }
  const refusal = await tryOwnDirectory(journalDirectory(stateDirectory(context)), context, JOURNAL_HINT);
  if (refusal !== null) throw refusal;
}

/** What a create will do. All of it is checked; nothing has been called. */
export interface CreatePlan {
  readonly target: Target;
  readonly jobs: readonly Job[];
  /** The type of a pair that is generated here; null: the service generates it. */
  readonly type: KeyType | null;
  /** What `--recreate` allows; null without it. */
  readonly recreate: Recreate | null;
}

/**
 * Plans what the flags ask for. Calls nothing.
 *
 * @throws KeypairError for the first problem.
 */
export async function planCreate(session: Session, flags: CreateFlags): Promise<CreatePlan> {
  const { descriptor, names } = await answersFor(session, flags.name ?? []);
  const isLocal = flags.local === true || flags.type !== undefined;
  const type = isLocal ? (await import('../../operations/create-local.ts')).localTypeFor(descriptor, flags) : null;
  const requests = requestsFor(descriptor, names, flags, session.settings.profile);
  const recreate = await recreateOf(session, descriptor, requests.length, flags.recreate);
  const destinations = await destinationsFor(
    session,
    requests,
    flags,
    recreate !== null ? await begunFiles(session) : undefined,
  );
  const jobs = requests.flatMap((request, index): readonly Job[] => {
    const destination = destinations[index];
    return destination === undefined ? [] : [{ request, destination }];
  });
  const target = await resolveTarget(session, descriptor, flags.apiVersion ?? null);
  return { target, jobs, type, recreate };
}

/**
 * Creates the planned pairs, and shows each as soon as its private key is saved.
 *
 * @returns the created pairs.
 * @throws KeypairError, SeveralFailures.
 */
export async function carryOutPlan(session: Session, plan: CreatePlan): Promise<readonly KnownPair[]> {
  const { target, jobs, type, recreate } = plan;
  const made: KnownPair[] = [];
  // Load it now: a full or failing disk in the middle of a batch may keep Node from reading it.
  if (jobs.length > 1) await import('../../operations/recovery/recreate.ts');
  await withConnection(session, target, async (connection, connections) => {
    // Loaded while the connection is being opened.
    const { createPair, manyPairs } = await import('../../operations/create.ts');
    const many = manyPairs(connection, jobs, creating(jobs, connection.region));
    await runBatch(session, many, async (job, interrupted) => {
      const finished = recreate === null ? null : await finishEarlier(session, connections, connection, job, recreate);
      const known = finished ?? (await createPair(session, connections, connection, job, type, interrupted));
      await showCreated(session, known, job, jobs.length === 1);
      made.push(known);
    });
  });
  return made;
}

/** Calls `endEarlier`, which checks that the new key file can be reserved. */
async function finishEarlier(
  session: Session,
  connections: Connections,
  connection: Connection,
  { request, destination }: Job,
  recreate: Recreate,
): Promise<KnownPair | null> {
  const { endEarlier } = await import('../../operations/recovery/recreate.ts');
  return endEarlier(session, connections, connection, request.name, recreate, async () => {
    await (await reserveKeyFile(destination.file, session.context)).release();
  });
}

/** @throws KeypairError `USAGE` for a text that names no pair, or a pair when several are created. */
async function recreateOf(
  session: Session,
  descriptor: Descriptor,
  names: number,
  given: CreateFlags['recreate'],
): Promise<Recreate | null> {
  if (given === undefined || given === false) return null;
  if (given === true) return true;
  const { fingerprintIn } = await import('../../keys/fingerprint.ts');
  const text = descriptor.isId(given.trim()) ? given.trim() : fingerprintIn(given);
  if (text === null) {
    throw new KeypairError('USAGE', t`--recreate takes the id or a fingerprint of the pair that may be deleted`, {
      hints: [t`see them with: keypair list ${placeFlags(session, descriptor)}`],
    });
  }
  if (names > 1) throw new KeypairError('USAGE', t`--recreate with an id or a fingerprint takes one --name`);
  return text;
}

/** The key files of interrupted creates. */
async function begunFiles(session: Session): Promise<ReadonlySet<string>> {
  const { findOpen } = await import('../../operations/recovery/recovery.ts');
  return new Set((await findOpen(session)).flatMap(({ intent }) => intent?.privateKeyFile ?? []));
}

function creating(jobs: readonly Job[], region: string): string {
  const [only, ...more] = jobs;
  return only !== undefined && more.length === 0
    ? t`creating ${only.request.name} in ${region}`
    : t`creating ${jobs.length} key pairs in ${region}`;
}

/**
 * Shows a pair whose private key is saved.
 *
 * @param alone whether it is the only one: then the next step is shown.
 */
export async function showCreated(
  session: Session,
  known: KnownPair,
  { destination }: Job,
  alone: boolean,
): Promise<void> {
  const { context, settings } = session;
  // With the private key on stdout, the result goes to stderr.
  const stream = destination.handOver === null ? context.stdout : context.stderr;
  const { keyPairResult } = await import('../../operations/key-pair-record.ts');
  const result = keyPairResult(known, await session.style(stream));
  if (destination.handOver !== null) {
    if (!settings.quiet) context.stderr.write(result.text);
    return;
  }
  session.result(result);
  if (alone)
    session.info(
      t`next: ssh -i ${shellWord(homeShort(session.context.home, known.privateKeyPath ?? destination.file))} USER@HOST`,
    );
}

/** The result of `--dry-run` for one pair. */
function planResult(
  session: Session,
  target: Target,
  { request, destination }: Job,
  localType: KeyType | null,
  style: Style,
): Result {
  const file = destination.handOver === null ? destination.file : null;
  const plan = {
    dryRun: true,
    provider: target.descriptor.id,
    region: target.region,
    endpoint: target.endpoint.origin,
    name: request.name,
    tags: request.tags,
    projectId: target.descriptor.abilities.project === false ? null : request.projectId,
    resourceGroupId: request.resourceGroupId,
    credentials: target.credentials?.source ?? 'sandbox',
    local: localType,
    privateKeyPath: file,
    publicKeyPath: file === null ? null : `${file}.pub`,
    sandbox: session.settings.sandbox,
  };
  const tags = Object.entries(request.tags)
    .map(([key, value]) => `${key}=${value}`)
    .join(' ');
  const where = formatFacts([plan.provider, plan.region]);
  const rows: readonly Row[] = [
    [t`provider`, plan.sandbox ? t`${where} (sandbox)` : where],
    [t`endpoint`, plan.sandbox ? t`the sandbox on this machine` : plan.endpoint],
    [t`credentials`, target.credentials === null ? t`sandbox` : plan.credentials],
    [t`made here`, localType],
    [t`tags`, tags === '' ? null : tags],
    [t`project`, plan.projectId === null || plan.projectId === 0 ? null : String(plan.projectId)],
    [t`resource group`, plan.resourceGroupId],
    [t`private key`, file === null ? t`stdout` : printable(file, Infinity)],
  ];
  return {
    json: plan,
    text: `${t`would create ${style.strong(request.name)}`}\n${rowLines(rows, style)}`,
    quiet: file ?? request.name,
  };
}
