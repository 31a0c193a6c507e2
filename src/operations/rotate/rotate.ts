import { confirm, missingConsent, type Session } from '../../cli/session.ts';
import { providerAnswer } from '../../cli/ask-provider.ts';
import { keyDirectory } from '../../cli/settings.ts';
import { checkAbility } from '../../cli/validate.ts';
import { type Connection, withConnection } from '../../connection/connect.ts';
import { findPair } from '../../connection/find-key-pair.ts';
import { resolveTarget, type Target } from '../../connection/target.ts';
import { KeypairError, SeveralFailures } from '../../errors.ts';
import { joinList, t } from '../../i18n/t.ts';
import type { KeyType } from '../../keys/generate.ts';
import { stateDirectory } from '../../paths.ts';
import type { Descriptor, KeyPair } from '../../providers/types.ts';
import { readLifetime } from '../../ssh/agent.ts';
import { openRotation, type RotationEntry, type Stage } from '../../storage/rotation-file.ts';
import { localTypeFor } from '../create-local.ts';
import { shownName } from '../instance-login.ts';
import { pairReference, matchesReference } from '../ledger.ts';
import { keysHere, knownFromCloud } from '../local-keys.ts';
import { openServers, type ServerFlags } from '../servers.ts';
import { pairOfKeyHere } from './choose.ts';
import { closeDown, undo } from './close.ts';
import { makeNewPair, placeAll, showRest } from './make.ts';
import { isWaiting, refuseIfRotating, rotationLines, takeRotation } from './open-rotations.ts';
import { type Plan, planRotation, tellPlan, tryPlan } from './plan.ts';
import { retireAll } from './retire.ts';
import { switchOver } from './switch.ts';
import {
  type Limits,
  noteAll,
  pairNow,
  pause,
  type RotateMeans,
  serverName,
  showServer,
  type ShowRotation,
  type Work,
} from './work.ts';

/** The flags of `rotate`. */
export interface RotateFlags extends Omit<ServerFlags, 'via'> {
  readonly via?: ServerFlags['via'] | 'attach';
  readonly type?: KeyType;
  readonly undocumented?: boolean;
  readonly newName?: string;
  readonly canary?: string;
  readonly parallel?: string;
  readonly grace?: string;
  readonly settle?: string;
  readonly resume?: boolean;
  readonly abort?: boolean;
  readonly dryRun?: boolean;
}

const MEANS: RotateMeans = { open: openServers, pause };

/**
 * Replaces the key of running servers by a new one: makes a new pair, puts its key on the servers, proves that it opens
 * them, and only then takes the old one off. Each step is on the disk before it is done, so it can go on after any end.
 *
 * @param name null: ask for it.
 * @throws KeypairError; SeveralFailures for reported failures. Before `switching` nothing of the old key is touched.
 */
export async function rotate(
  session: Session,
  name: string | null,
  instances: readonly string[],
  flags: RotateFlags,
  show: ShowRotation,
  means: RotateMeans = MEANS,
): Promise<void> {
  const limits = limitsOf(flags);
  const servers = serverFlags(flags);
  const goesOn = flags.resume === true || flags.abort === true;
  if (goesOn) checkGoesOn(instances, flags);
  const asks = flags.dryRun !== true && flags.resume !== true;
  const missing = [...(name === null && !goesOn ? ['NAME'] : []), ...(asks ? missingConsent(session) : [])];
  const descriptor = await providerAnswer(session, missing, t`Where is the key pair?`);
  const [version] = descriptor.apiVersions;
  for (const ability of ['import', 'instances'] as const) checkAbility(descriptor, version, ability, 'rotate');
  const target = await resolveTarget(session, descriptor, version);
  const run = { session, limits, flags: servers, show, means };
  if (goesOn) await goOn(run, target, name, flags.abort === true);
  else await begin(run, target, name, { instances, flags, type: typeFor(descriptor, flags) });
}

/** What all steps of one run share. */
type Run = Pick<Work, 'session' | 'limits' | 'flags' | 'show' | 'means'>;

/** The flags about servers, without those that are not given. */
function serverFlags({ via, user, key, jump, private: isPrivate, keyDir }: RotateFlags): ServerFlags {
  if (via === 'attach')
    throw new KeypairError('USAGE', t`--via attach would replace the old key before the new one is proven`, {
      hints: [t`to bind a key pair the service's way: ${'keypair attach NAME INSTANCE'}`],
    });
  return {
    ...(via === undefined ? {} : { via }),
    ...(user === undefined ? {} : { user }),
    ...(key === undefined ? {} : { key }),
    ...(jump === undefined ? {} : { jump }),
    ...(isPrivate === undefined ? {} : { private: isPrivate }),
    ...(keyDir === undefined ? {} : { keyDir }),
  };
}

function typeFor(descriptor: Descriptor, { type, undocumented = false }: RotateFlags): KeyType {
  const best = localTypeFor(descriptor, { local: true, undocumented, ...(type === undefined ? {} : { type }) });
  if (best === null) throw new Error('a local pair has a type');
  return best;
}

/** @throws KeypairError `USAGE` for flags that only a new rotation takes. */
function checkGoesOn(instances: readonly string[], flags: RotateFlags): void {
  if (flags.resume === true && flags.abort === true)
    throw new KeypairError('USAGE', t`--resume and --abort are opposites: give one`);
  const flag = flags.resume === true ? '--resume' : '--abort';
  const { type, undocumented, newName, grace, dryRun } = flags;
  if (instances.length > 0 || [type, undocumented, newName, grace, dryRun].some((one) => one !== undefined))
    throw new KeypairError(
      'USAGE',
      t`${flag} takes the rotation as it was begun: no instances, --type, --new-name, --grace or --dry-run`,
    );
}

/** @throws KeypairError `USAGE` */
function limitsOf({ canary, parallel, settle }: RotateFlags): Limits {
  return {
    canary: canary === undefined ? 0 : readCount(canary, '--canary', 1, 10_000),
    parallel: parallel === undefined ? 10 : readCount(parallel, '--parallel', 1, 100),
    settleMs: 1000 * (settle === undefined ? 10 : readCount(settle, '--settle', 0, 3600)),
  };
}

function readCount(text: string, flag: string, least: number, most: number): number {
  const number = /^\d{1,6}$/.test(text) ? Number(text) : NaN;
  if (number >= least && number <= most) return number;
  throw new KeypairError('USAGE', t`${flag} takes a number from ${least} to ${most}`);
}

/** Begins a rotation: finds out, asks, and goes through all steps. */
async function begin(
  run: Run,
  target: Target,
  given: string | null,
  {
    instances,
    flags,
    type,
  }: { readonly instances: readonly string[]; readonly flags: RotateFlags; readonly type: KeyType },
): Promise<void> {
  const { session, means, show } = run;
  const graceSeconds = flags.grace === undefined ? 0 : readLifetime(flags.grace, '--grace');
  const { descriptor } = target;
  const name = given ?? (await askedPair(session, target));
  const meant = await pairReference(session, [descriptor], name);
  await withConnection(session, target, async (connection, connections) => {
    const pair = await session.withSpinner(t`looking for ${meant.text}`, () =>
      findPair(connection, meant.text, session.context.interrupts.signal, (one) =>
        matchesReference(session, connection, one, meant),
      ).catch(async (error: unknown) => {
        const byKey = await pairOfKeyHere(run.session, connection, name, run.flags.keyDir, error);
        if (byKey === null) throw error;
        return byKey;
      }),
    );
    await refuseIfRotating(session, connection, pair, null);
    const request = {
      instances,
      flags: run.flags,
      type,
      newName: flags.newName ?? null,
      graceSeconds,
      looks: flags.dryRun !== true,
    };
    const plan = await planRotation(session, connections, connection, pair, request, means);
    tellPlan(session, plan);
    if (flags.dryRun === true) {
      await tryPlan(session, plan, show.planned);
      return;
    }
    await confirm(session, t`Rotate ${pair.name} on ${joinList(plan.rotation.servers.map(serverName))}?`);
    const entry = await openRotation(stateDirectory(session.context), plan.rotation, session.context);
    const opened = new Map(plan.servers.map((server) => [server.placed.instance.id, server]));
    const work = { ...run, connections, connection, entry, opened, told: new Set<string>() };
    try {
      await refuseOrEnd(work, pair);
      for (const { placed } of plan.skipped) showServer(work, placed.instance.id, 'skipped', placed.instance.name);
      await drive(work, false, skippedError(connection, plan));
    } finally {
      await entry.release();
    }
  });
}

/** Of two rotations that begin at the same time at least one sees the other, and ends. */
async function refuseOrEnd({ session, connection, entry }: Work, pair: KeyPair): Promise<void> {
  try {
    await refuseIfRotating(session, connection, pair, entry.file);
  } catch (error) {
    await entry.close();
    throw error;
  }
}

async function askedPair(session: Session, target: Target): Promise<string> {
  const { askPair, idOrName, pairsThere } = await import('../ask-key-pair.ts');
  return idOrName(await askPair(session, await pairsThere(session, [target]), [target]));
}

/** Goes on with a rotation that has not ended, or undoes it. */
async function goOn(run: Run, target: Target, named: string | null, aborts: boolean): Promise<void> {
  const { session } = run;
  const entry = await takeRotation(session, target, named);
  try {
    const { rotation } = entry;
    const { message, hints } = rotationLines(session, rotation);
    if (aborts) checkUndo(session, entry);
    else if (rotation.stage === 'aborting') throw new KeypairError('CONFLICT', message, { hints });
    if (aborts) await confirm(session, t`Undo the rotation of ${rotation.name}?`);
    if (!aborts && isWaiting(session, entry.rotation)) {
      session.info(t`not yet: ${message}`);
      return;
    }
    await withConnection(session, target, async (connection, connections) => {
      const work = { ...run, connections, connection, entry, opened: new Map(), told: new Set<string>() };
      await (aborts ? driveBack(work) : drive(work, true, null));
    });
  } finally {
    await entry.release();
  }
}

/** @throws KeypairError `CONFLICT` if the new key is already the one that counts. */
function checkUndo(session: Session, { rotation }: RotationEntry): void {
  if (['planned', 'made', 'aborting'].includes(rotation.stage)) return;
  throw new KeypairError(
    'CONFLICT',
    t`the new key opens every server: the rotation of ${rotation.name} can only be finished`,
    {
      provider: rotation.provider,
      region: rotation.region,
      hints: rotationLines(session, rotation).hints,
    },
  );
}

/**
 * Goes through all steps that are left, and says what is true of each server.
 *
 * @param resumed whether an earlier run has begun it.
 * @param skipped the error about instances that the rotation leaves alone.
 */
async function drive(work: Work, resumed: boolean, skipped: KeypairError | null): Promise<void> {
  const { session, entry } = work;
  const stage = (): Stage => entry.rotation.stage;
  let failures: readonly KeypairError[] = [];
  let ended = false;
  try {
    if (stage() === 'planned') await makeOrEnd(work, resumed);
    if (stage() === 'made') {
      failures = await placeAll(work);
      if (failures.length === 0) await noteAll(work, { stage: 'switching' });
    }
    if (stage() === 'switching') {
      await switchOver(work);
      // Those were opened with the old key.
      work.opened.clear();
    }
    if (stage() === 'switched' && !isWaiting(session, entry.rotation)) {
      failures = await retireAll(work);
      if (failures.length === 0) await noteAll(work, { stage: 'closing' });
    }
    if (stage() === 'closing') {
      await closeDown(work);
      ended = true;
    }
  } catch (error) {
    if (error instanceof NothingDone) throw error.error;
    endWith(work, failuresOf(session, error));
  }
  if (failures.length > 0) endWith(work, failures);
  await showEnd(work, ended);
  if (skipped !== null) {
    session.reportError(skipped);
    throw new SeveralFailures([skipped]);
  }
}

/** The rotation has ended before it changed anything. */
class NothingDone extends Error {
  readonly error: unknown;

  constructor(error: unknown) {
    super();
    this.error = error;
  }
}

async function makeOrEnd(work: Work, resumed: boolean): Promise<void> {
  try {
    await makeNewPair(work);
  } catch (error) {
    const isNothing = error instanceof KeypairError && error.code !== 'PARTIAL' && error.outcome === 'none';
    if (resumed || !isNothing || work.entry.rotation.stage !== 'planned') throw error;
    await work.entry.close();
    throw new NothingDone(error);
  }
}

/** The failures of an error, each reported. Other errors are bugs. */
function failuresOf(session: Session, error: unknown): readonly KeypairError[] {
  if (error instanceof SeveralFailures) return error.failures;
  if (!(error instanceof KeypairError)) throw error;
  session.reportError(error);
  return [error];
}

/** @throws SeveralFailures what stopped the rotation, with how to go on. */
function endWith(work: Work, failures: readonly KeypairError[]): never {
  const { session, entry, connection } = work;
  showRest(work);
  const { rotation } = entry;
  const { name, stage } = rotation;
  const isBefore = ['planned', 'made'].includes(stage);
  const message = isBefore
    ? t`the rotation of ${name} has stopped: nothing of the old key was touched`
    : stage === 'aborting'
      ? t`undoing the rotation of ${name} has stopped: the old key was not touched`
      : t`the rotation of ${name} has stopped: the new key opens every server`;
  const error = new KeypairError('PARTIAL', message, {
    provider: connection.descriptor.id,
    region: connection.region,
    hints: rotationLines(session, rotation).hints,
  });
  session.reportError(error);
  throw new SeveralFailures([error, ...failures]);
}

/** Shows the servers and the new pair. */
async function showEnd(work: Work, ended: boolean): Promise<void> {
  const { session, connection, entry, show } = work;
  showRest(work);
  const { newId, newName, name, newFile, retireAt } = entry.rotation;
  const pair = (await pairNow(work, { id: newId, name: newName })) ?? (await pairNow(work, { id: newId, name }));
  if (pair !== null) {
    const local = await keysHere(session, keyDirectory(session, work.flags.keyDir));
    await show.pair({ ...knownFromCloud(connection, pair, local, session.settings.sandbox), privateKeyPath: newFile });
  }
  if (ended || retireAt === null) return;
  const { message, hints } = rotationLines(session, entry.rotation);
  session.info(message);
  for (const hint of hints) session.info(hint);
}

async function driveBack(work: Work): Promise<void> {
  const { session } = work;
  let failures: readonly KeypairError[];
  try {
    failures = await undo(work);
  } catch (error) {
    failures = failuresOf(session, error);
  }
  if (failures.length > 0) endWith(work, failures);
  showRest(work);
  session.info(t`the rotation of ${work.entry.rotation.name} is undone`);
}

function skippedError(
  { descriptor, region, flagsToReproduce }: Connection,
  { skipped, rotation }: Plan,
): KeypairError | null {
  if (skipped.length === 0) return null;
  const ids = skipped.map(({ placed }) => placed.instance.id);
  const place = `-p ${descriptor.id} -r ${flagsToReproduce}`;
  const { newName, name } = rotation;
  return new KeypairError(
    'PARTIAL',
    t`these instances were left alone, and keep the old key: ${joinList(skipped.map(({ placed }) => shownName(placed)))}`,
    {
      provider: descriptor.id,
      region,
      hints: [
        t`when they run: ${`keypair authorize ${newName} ${ids.join(' ')} ${place}`}`,
        t`then: ${`keypair revoke ${name} ${ids.join(' ')} ${place}`}`,
      ],
    },
  );
}
