import { runBatch } from '../../cli/batch.ts';
import type { CreateFlags } from '../../cli/create-options.ts';
import type { Result, Session } from '../../cli/session.ts';
import { hasAbility } from '../../cli/validate.ts';
import { type Connection, type Connections, withConnection } from '../../connection/connect.ts';
import { placeFlags, resolveTarget, type Target } from '../../connection/target.ts';
import { KeypairError } from '../../errors.ts';
import { formatFacts, t } from '../../i18n/t.ts';
import type { KeyType } from '../../keys/generate.ts';
import {
  type KeyPassphrase,
  missingPassphrase,
  type PassphraseSource,
  passphraseSource,
} from '../../operations/key-passphrase.ts';
import type { KnownPair } from '../../operations/key-pair-record.ts';
import { answersFor, destinationsFor, requestsFor } from '../../operations/new-pair.ts';
import type { Recreate } from '../../operations/recovery/recreate.ts';
import type { Job } from '../../operations/reservation.ts';
import { homeShort } from '../../paths.ts';
import type { Descriptor } from '../../providers/types.ts';
import { isPlainId, printable, shellWord } from '../../sanitize.ts';
import type { AgentLimits } from '../../ssh/agent.ts';
import { reserveKeyFile } from '../../storage/key-file.ts';
import type { Style } from '../../ui/color.ts';
import { type Row, rowLines } from '../../ui/table.ts';

/** Runs `create`. Checks every name before the first call. */
export async function runCreate(session: Session, flags: CreateFlags): Promise<void> {
  const plan = await planCreate(session, flags);
  if (flags.dryRun === true) {
    const { tryPlaces } = await import('../../operations/reservation.ts');
    await tryPlaces(
      session,
      plan.jobs.map(({ destination }) => destination.file),
    );
    const style = await session.style(session.context.stdout);
    for (const job of plan.jobs) session.result(planResult(session, plan, job, style));
    return;
  }
  await carryOutPlan(session, plan);
}

/** What a create will do. All of it is checked; nothing has been called. */
export interface CreatePlan {
  readonly target: Target;
  readonly jobs: readonly Job[];
  /** The type of a pair that is generated here; null: the service generates it. */
  readonly type: KeyType | null;
  /** The passphrase of the private keys; null: none. */
  readonly passphrase: PassphraseSource | null;
  /** How the ssh-agent keeps the private keys; null: it gets none. */
  readonly agent: AgentLimits | null;
  /** What `--recreate` allows; null without it. */
  readonly recreate: Recreate | null;
}

/**
 * Plans what the flags ask for. Calls nothing.
 *
 * @throws KeypairError for the first problem.
 */
export async function planCreate(session: Session, flags: CreateFlags): Promise<CreatePlan> {
  const given = flags.name ?? [];
  const agent = await agentLimits(flags);
  const { descriptor, names } = await answersFor(session, given, missingPassphrase(session, flags));
  const isLocal = flags.local === true || flags.type !== undefined || flags.undocumented === true;
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
    return destination === undefined ? [] : [{ request, destination, passphrase: null }];
  });
  const target = await resolveTarget(session, descriptor, flags.apiVersion ?? null);
  const passphrase = await passphraseSource(session, given, flags);
  return { target, jobs, type, passphrase, agent, recreate };
}

/** @throws KeypairError `USAGE` for a malformed lifetime, and with a private key that goes to stdout. */
async function agentLimits({ agent, output }: CreateFlags): Promise<AgentLimits | null> {
  if (agent === undefined || agent === false) return null;
  if (output === '-') throw new KeypairError('USAGE', t`--agent is for a key that is saved here: leave --output - out`);
  if (agent === true) return { lifetime: null, confirm: false };
  const { readLifetime } = await import('../../ssh/agent.ts');
  return { lifetime: readLifetime(agent, '--agent'), confirm: false };
}

/**
 * Creates the planned pairs, and shows each as soon as its private key is saved.
 *
 * @returns the created pairs.
 * @throws KeypairError, SeveralFailures.
 */
export async function carryOutPlan(session: Session, plan: CreatePlan): Promise<readonly KnownPair[]> {
  const { target, type, recreate, passphrase: source, agent } = plan;
  const made: KnownPair[] = [];
  const inAgent: KnownPair[] = [];
  const passphrase = source === null ? null : await source();
  const jobs = plan.jobs.map((job) => ({ ...job, passphrase }));
  // As below.
  if (agent !== null) await import('../../operations/agent.ts');
  // Load it now: a full or failing disk in the middle of a batch may keep Node from reading it.
  if (jobs.length > 1) await import('../../operations/recovery/recreate.ts');
  await withConnection(session, target, async (connection, connections) => {
    // Loaded while the connection is being opened.
    const { createPair, manyPairs } = await import('../../operations/create.ts');
    const many = manyPairs(connection, jobs, creating(jobs, connection.region));
    await runBatch(session, many, async (job, interrupted) => {
      const finished =
        recreate === null ? null : await finishEarlier(session, connections, connection, job, recreate, source);
      const known = finished ?? (await createPair(session, connections, connection, job, type, interrupted));
      const held = agent === null ? null : await addToAgent(session, known, agent, passphrase);
      if (held?.added === true) inAgent.push(known);
      await showCreated(session, connection, known, job, jobs.length === 1, held);
      made.push(known);
    });
  });
  if (inAgent.length > 0) await (await import('../../ssh/agent.ts')).warnIfMany(session);
  return made;
}

/** Calls `endEarlier`, which checks that the new key file can be reserved. */
async function finishEarlier(
  session: Session,
  connections: Connections,
  connection: Connection,
  { request, destination }: Job,
  recreate: Recreate,
  passphrase: PassphraseSource | null,
): Promise<KnownPair | null> {
  const { endEarlier } = await import('../../operations/recovery/recreate.ts');
  return endEarlier(session, connections, connection, request.name, recreate, passphrase, async () => {
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

/** Adds a saved private key to the agent. A failure is a warning. @returns what `--json` shows. */
async function addToAgent(
  session: Session,
  known: KnownPair,
  limits: AgentLimits,
  passphrase: KeyPassphrase | null,
): Promise<HeldByAgent> {
  const { addCreated } = await import('../../operations/agent.ts');
  return { added: await addCreated(session, known, limits, passphrase), lifetime: limits.lifetime };
}

/** Whether the agent holds a new private key, and for how many seconds; null: until it ends. */
interface HeldByAgent {
  readonly added: boolean;
  readonly lifetime: number | null;
}

/**
 * Shows a pair whose private key is saved.
 *
 * @param alone whether it is the only one: then the next step is shown.
 * @param agent null: it was not asked to hold the key.
 */
export async function showCreated(
  session: Session,
  connection: Connection,
  known: KnownPair,
  { destination }: Job,
  alone: boolean,
  agent: HeldByAgent | null = null,
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
  session.result(agent === null ? result : { ...result, json: { ...(result.json as object), agent } });
  if (agent?.added === true) {
    const { lifetimeText } = await import('../../ssh/agent.ts');
    const { name } = known.pair;
    session.info(
      agent.lifetime === null
        ? t`the agent holds ${name}`
        : t`the agent holds ${name} for ${lifetimeText(agent.lifetime)}`,
    );
  }
  if (alone)
    session.info(nextStep(connection, known, homeShort(context.home, known.privateKeyPath ?? destination.file)));
}

/** The next step after a create, as a line that works; attach asks for the instance. */
function nextStep(
  { descriptor, apiVersion, flagsToReproduce }: Connection,
  { pair: { name, instances } }: KnownPair,
  file: string,
): string {
  const place = `-p ${descriptor.id} -r ${flagsToReproduce}`;
  const [instance] = instances ?? [];
  if (instance !== undefined && isPlainId(instance)) return t`next: keypair ssh ${instance} ${place}`;
  return hasAbility(descriptor, apiVersion, 'attach')
    ? t`next: keypair attach ${shellWord(name)} ${place}`
    : t`next: ssh -i ${shellWord(file)} USER@HOST`;
}

/** The result of `--dry-run` for one pair. */
function planResult(
  session: Session,
  { target, type: localType, passphrase, agent }: CreatePlan,
  { request, destination }: Job,
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
    ...(passphrase === null ? {} : { passphrase: true }),
    ...(agent === null ? {} : { agent: { lifetime: agent.lifetime } }),
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
    [t`passphrase`, passphrase === null ? null : t`yes`],
    ['ssh-agent', agent === null ? null : t`yes`],
  ];
  return {
    json: plan,
    text: `${t`would create ${style.strong(request.name)}`}\n${rowLines(rows, style)}`,
    quiet: file ?? request.name,
  };
}
