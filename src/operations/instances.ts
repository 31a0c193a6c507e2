import path from 'node:path';
import { providersAnswer } from '../cli/ask-provider.ts';
import type { Session } from '../cli/session.ts';
import { keyDirectory } from '../cli/settings.ts';
import { checkAbility, hasAbility } from '../cli/validate.ts';
import { settleEverywhere, warnOfAbsent, withRegion } from '../connection/all-regions.ts';
import { type Connection, type Connections, withConnections } from '../connection/connect.ts';
import type { Target } from '../connection/target.ts';
import { KeypairError, SeveralFailures } from '../errors.ts';
import { t } from '../i18n/t.ts';
import { sha256Fingerprint } from '../keys/fingerprint.ts';
import type { PublicKey } from '../keys/public-key.ts';
import { stateDirectory } from '../paths.ts';
import type { Instance } from '../providers/types.ts';
import type { LocalKey, LocalKeys } from '../storage/key-directory.ts';
import { noteServerKey, readServerKeys, type ServerKeyNote } from '../storage/server-keys.ts';
import { nameMatcher } from './all-key-pairs.ts';
import { cacheAll, cacheAllInstances } from './completion-cache.ts';
import type { KnownPair } from './key-pair-record.ts';
import { pairKeyOf } from './ledger.ts';
import { keysHere, knownFromCloud } from './local-keys.ts';

/** The flags of `instances`. */
interface Wanted {
  readonly name?: string;
  readonly key?: string;
  readonly keyDir?: string;
}

/** A key pair that is bound to an instance. */
interface BoundPair {
  /** The login user that it is bound for; null if the service does not tell. */
  readonly user: string | null;
  /** Null if the service returns ids, and does not list a pair with this one. */
  readonly name: string | null;
  readonly id: string | null;
  readonly privateKeyPath: string | null;
  /** As of {@link KnownPair}. */
  readonly privateKeyNote: string | null;
}

/** An instance, where it is, and its key pairs. */
export interface PlacedInstance {
  readonly target: Target;
  readonly provider: string;
  readonly region: string;
  readonly instance: Instance;
  /** Null if the service does not return the instance's key pairs. */
  readonly pairs: readonly BoundPair[] | null;
  /**
   * The keys that open it, whose private halves are here: of bound pairs, unless this program has taken them off the
   * server; without one, those that this program has put on it.
   */
  readonly openedBy: readonly OpeningKey[];
}

/** A key that opens an instance, and whose private half is here. */
export type OpeningKey = Pick<BoundPair, 'user' | 'name' | 'id'> & { readonly privateKeyPath: string };

/** Instances, and why services could not be listed. Each failure was reported. */
export interface FoundInstances {
  readonly instances: readonly PlacedInstance[];
  readonly failures: readonly KeypairError[];
}

/**
 * The instances of all selected services, asked at once, with their key pairs and the key files on this machine. In the
 * order of the services, within each by name.
 *
 * @throws KeypairError `USAGE` for a service that does not list instances; SeveralFailures `CANCELLED`.
 */
export async function listInstances(session: Session, { name = '*', key, keyDir }: Wanted): Promise<FoundInstances> {
  const services = await instanceServices(session);
  const local = await keysHere(session, keyDirectory(session, keyDir));
  const { instances, failures } = await withConnections(session, (connections) =>
    instancesOn(session, connections, services, local),
  );
  const isNamed = nameMatcher(name);
  return {
    instances: instances.filter(
      ({ instance, pairs }) => isNamed(instance.name ?? '') && (key === undefined || hasKey(pairs, key)),
    ),
    failures,
  };
}

/** Services that list instances, and why others cannot be asked. */
interface InstanceServices {
  readonly targets: readonly Target[];
  readonly failures: readonly KeypairError[];
}

/**
 * The selected services, resolved, as far as they list instances. Each failure was reported.
 *
 * @param missing what else the command line lacks.
 * @throws KeypairError `USAGE`.
 */
export async function instanceServices(session: Session, missing: readonly string[] = []): Promise<InstanceServices> {
  const answer = await providersAnswer(session, missing, t`Whose instances?`);
  const providers = session.settings.provider === 'all' ? answer.filter(listsInstances) : answer;
  for (const one of providers) checkAbility(one, one.apiVersions[0], 'instances', 'instances');
  const services = await settleEverywhere(session, providers, null);
  for (const failure of services.failures) session.reportError(failure);
  return services;
}

/**
 * The instances of these services.
 *
 * @returns with the failures of the services.
 * @throws SeveralFailures `CANCELLED`.
 */
export async function instancesOn(
  session: Session,
  connections: Connections,
  { targets, failures }: InstanceServices,
  local: LocalKeys,
): Promise<FoundInstances> {
  const { context } = session;
  const here = { local, notes: await readServerKeys(stateDirectory(context), context.platform) };
  const lists = await session.withSpinner(t`listing instances`, () =>
    Promise.all(targets.map((target) => instancesAt(session, connections, target, targets.length > 1, here))),
  );
  const all = [...failures, ...lists.flatMap((list) => list.failures)];
  const cancelled = all.find(({ code }) => code === 'CANCELLED');
  if (cancelled !== undefined) throw new SeveralFailures([cancelled]);
  return { instances: lists.flatMap((list) => list.instances), failures: all };
}

function listsInstances(descriptor: Parameters<typeof hasAbility>[0]): boolean {
  return hasAbility(descriptor, descriptor.apiVersions[0], 'instances');
}

/** @param key a name, a pattern or an id. */
function hasKey(pairs: PlacedInstance['pairs'], key: string): boolean {
  const isNamed = nameMatcher(key);
  return pairs?.some(({ name, id }) => id === key || (name !== null && isNamed(name))) === true;
}

/** The instances of one service. Its key pairs are listed at the same time: they say which private keys are here. */
async function instancesAt(
  session: Session,
  connections: Connections,
  target: Target,
  isOneOfMany: boolean,
  { local, notes }: { readonly local: LocalKeys; readonly notes: readonly ServerKeyNote[] },
): Promise<FoundInstances> {
  const failures: KeypairError[] = [];
  const failed = (error: unknown): void => {
    if (!(error instanceof KeypairError)) throw error;
    if (warnOfAbsent(session, target, error)) return;
    const told = isOneOfMany && error.code !== 'CANCELLED' ? withRegion(target, error) : error;
    session.reportError(told);
    failures.push(told);
  };
  let connection: Connection;
  try {
    connection = await connections.connect(target);
  } catch (error) {
    failed(error);
    return { instances: [], failures };
  }
  const { descriptor, region, provider } = connection;
  const { signal } = session.context.interrupts;
  const [found, pairs] = await Promise.allSettled([
    collect(provider.listInstances?.({}, signal)),
    collect(provider.listKeyPairs({}, signal)),
  ]);
  if (found.status === 'rejected') {
    failed(found.reason);
    return { instances: [], failures };
  }
  await cacheAllInstances(session, target, found.value);
  const known: KnownPair[] = [];
  if (pairs.status === 'rejected') failed(pairs.reason);
  else {
    for (const pair of pairs.value) known.push(knownFromCloud(connection, pair, local, session.settings.sandbox));
    await cacheAll(session, target, known);
  }
  const there = notesOf(target, notes);
  const instances = found.value.sort(byName).map((instance) => {
    const pairs =
      instance.keyPairs?.map((handle) => boundPair(instance, handle, known, descriptor.isId(handle))) ?? null;
    const own = there.filter((note) => note.instance === instance.id);
    const openedBy = openingKeys(pairs ?? [], own, local);
    return { target, provider: descriptor.id, region, instance, pairs, openedBy };
  });
  return { instances, failures };
}

/** Notes that the cloud has put a key on these instances again, also where this program had taken it off. */
export async function noteBinding(
  session: Session,
  target: Target,
  instances: readonly string[],
  publicKey: PublicKey,
): Promise<void> {
  const fingerprint = sha256Fingerprint(publicKey);
  for (const note of await notesOn(session, target))
    if (!note.on && note.fingerprint === fingerprint && instances.includes(note.instance))
      await noteServerKey(stateDirectory(session.context), { ...note, on: true });
}

/**
 * The instances of a service where this program has changed a key, by id: `on` if some account has it, `off` if it was
 * taken off.
 */
export async function changedOn(
  session: Session,
  target: Target,
  publicKey: PublicKey,
): Promise<ReadonlyMap<string, 'on' | 'off'>> {
  const fingerprint = sha256Fingerprint(publicKey);
  const found = new Map<string, 'on' | 'off'>();
  for (const note of await notesOn(session, target))
    if (note.fingerprint === fingerprint && found.get(note.instance) !== 'on')
      found.set(note.instance, note.on ? 'on' : 'off');
  return found;
}

/** What this program has done with keys on the servers of a service. */
async function notesOn({ context }: Session, target: Target): Promise<readonly ServerKeyNote[]> {
  return notesOf(target, await readServerKeys(stateDirectory(context), context.platform));
}

function notesOf(target: Target, all: readonly ServerKeyNote[]): readonly ServerKeyNote[] {
  const here = pairKeyOf(target, { name: '', id: null });
  return all.filter(
    ({ provider, region, endpoint, sandbox }) =>
      provider === here.provider && region === here.region && endpoint === here.endpoint && sandbox === here.sandbox,
  );
}

function openingKeys(
  pairs: readonly BoundPair[],
  notes: readonly ServerKeyNote[],
  local: LocalKeys,
): readonly OpeningKey[] {
  const keysOf = (on: boolean) =>
    notes
      .filter((note) => note.on === on)
      .flatMap(({ fingerprint, user }) => {
        const isIt = ({ publicKey }: LocalKey) => publicKey !== null && sha256Fingerprint(publicKey) === fingerprint;
        const privateKeyPath = local.keys.find(isIt)?.privateKeyFile ?? null;
        return privateKeyPath === null ? [] : [{ user, name: path.basename(privateKeyPath), id: null, privateKeyPath }];
      });
  const removed = keysOf(false).map(({ privateKeyPath }) => privateKeyPath);
  const bound = pairs.flatMap(({ privateKeyPath, ...pair }) =>
    privateKeyPath === null || removed.includes(privateKeyPath) ? [] : [{ ...pair, privateKeyPath }],
  );
  return bound.length > 0 ? bound : keysOf(true);
}

/** @param handle the id or the name of a pair, as the service returns it. */
function boundPair({ id }: Instance, handle: string, known: readonly KnownPair[], isId: boolean): BoundPair {
  const pair = known.find((one) => (isId ? one.pair.id : one.pair.name) === handle);
  const users = pair?.pair.loginUsers ?? {};
  return {
    user: Object.hasOwn(users, id) ? (users[id] ?? '') || null : null,
    name: pair?.pair.name ?? (isId ? null : handle),
    id: pair?.pair.id ?? (isId ? handle : null),
    privateKeyPath: pair?.privateKeyPath ?? null,
    privateKeyNote: pair?.privateKeyNote ?? null,
  };
}

function byName(a: Instance, b: Instance): number {
  return byText(a.name ?? '', b.name ?? '') || byText(a.id, b.id);
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

async function collect<T>(items: AsyncIterable<T> | undefined): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items ?? []) all.push(item);
  return all;
}
