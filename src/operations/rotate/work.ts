import { setTimeout as wait } from 'node:timers/promises';
import { runBatch } from '../../cli/batch.ts';
import type { Session } from '../../cli/session.ts';
import { keyDirectory } from '../../cli/settings.ts';
import type { Connection, Connections } from '../../connection/connect.ts';
import { causedBy, KeypairError, SeveralFailures } from '../../errors.ts';
import { t, withLabel, withNote } from '../../i18n/t.ts';
import { formatPublicKey, parsePublicKey, type PublicKey } from '../../keys/public-key.ts';
import type { KeyPair, KeyPairRef } from '../../providers/types.ts';
import type { Rotation, RotationEntry, RotationServer, ServerState } from '../../storage/rotation-file.ts';
import { type FoundInstances, instancesOn } from '../instances.ts';
import type { KnownPair } from '../key-pair-record.ts';
import { keysHere } from '../local-keys.ts';
import type { Proof } from '../../ssh/proof.ts';
import type { Server, ServerKey } from '../server.ts';
import type { openServers, ServerFlags } from '../servers.ts';

/** What is true of one server at the end of a run. */
export interface ServerResult {
  readonly provider: string;
  readonly region: string;
  /** The name of the old pair. */
  readonly name: string;
  readonly instance: string;
  readonly instanceName: string | null;
  /**
   * - `pending`: the rotation has not touched it.
   * - `placed`: it has both keys; no login with the new one was seen.
   * - `proven`: it has both keys, and the new one opens it.
   * - `retired`: the new key opens it, and the old one does not.
   * - `removed`: it has the old key only: the rotation was aborted.
   * - `skipped`: the rotation leaves it alone, with the old key.
   * - `failed`: an error says what is known.
   */
  readonly state: 'pending' | 'placed' | 'proven' | 'retired' | 'removed' | 'skipped' | 'failed';
  readonly via: string | null;
  readonly user: string | null;
}

/** Shows the results of a rotation. */
export interface ShowRotation {
  readonly server: (result: ServerResult) => void;
  /** Of a dry run. */
  readonly planned: (server: Server, rotation: Rotation) => void;
  readonly pair: (known: KnownPair) => Promise<void>;
}

/** What tests replace: how servers are reached, and how long to wait. */
export interface RotateMeans {
  readonly open: typeof openServers;
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** Waits, unless the user interrupts. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await wait(ms, undefined, { signal }).catch(() => {
    throw new KeypairError('CANCELLED', t`cancelled`);
  });
}

/** A rotation that this process works on. */
export interface Work {
  readonly session: Session;
  readonly connections: Connections;
  readonly connection: Connection;
  readonly entry: RotationEntry;
  readonly means: RotateMeans;
  readonly show: ShowRotation;
  readonly limits: Limits;
  /** The flags of this run that say how to reach servers; those not given are the rotation's. */
  readonly flags: ServerFlags;
  /** The servers that are open already, by id. */
  readonly opened: Map<string, Server>;
  /** The servers that were shown, or whose error was reported. */
  readonly told: Set<string>;
}

/** How a rotation goes on. */
export interface Limits {
  /** How many servers come first; 0: all at once. */
  readonly canary: number;
  /** How many servers are changed at the same time. */
  readonly parallel: number;
  /** How long to wait before the new key is proven again, in milliseconds. */
  readonly settleMs: number;
}

/** The old key, for servers. */
export function oldKey({ entry: { rotation } }: Work): ServerKey {
  return {
    publicKey: parsePublicKey(rotation.oldPublicKey),
    pair: { id: rotation.oldId, name: rotation.name },
  };
}

/**
 * The new key, for servers.
 *
 * @throws KeypairError `FAILURE` before it is made: a bug.
 */
export function newKey({ entry: { rotation } }: Work): ServerKey {
  if (rotation.newPublicKey === null) throw new KeypairError('FAILURE', t`the new key pair is not made yet`);
  return {
    publicKey: parsePublicKey(rotation.newPublicKey),
    pair: { id: rotation.newId, name: rotation.newName },
  };
}

/** The line of OpenSSH that a rotation stores, without a comment. */
export function keyLine(key: PublicKey): string {
  return formatPublicKey(key, '');
}

/** Notes how far a server is, on the disk. */
export function note(work: Work, id: string, state: ServerState): Promise<void> {
  return work.entry.change((rotation) => ({
    ...rotation,
    servers: rotation.servers.map((one) => (one.id === id ? { ...one, state } : one)),
  }));
}

/** Notes what has changed, on the disk. */
export function noteAll(work: Work, change: Partial<Rotation>): Promise<void> {
  return work.entry.change((rotation) => ({ ...rotation, ...change }));
}

/** Opens the servers of a rotation, by the channel that was chosen for each. */
export async function openAll(
  work: Work,
  servers: readonly RotationServer[],
  keyFile: string | null,
): Promise<ReadonlyMap<string, Server | KeypairError>> {
  const { session, connections, connection, flags, opened } = work;
  const found = new Map<string, Server | KeypairError>();
  const missing = servers.filter(({ id }) => {
    const server = opened.get(id);
    if (server !== undefined) found.set(id, server);
    return server === undefined;
  });
  if (missing.length === 0) return found;
  const all = await foundInstances(session, connections, connection, flags.keyDir);
  const { rotation } = work.entry;
  for (const way of new Set(missing.map(wayOf))) {
    const group = missing.filter((one) => wayOf(one) === way);
    const there = all.instances.filter(({ instance }) => group.some(({ id }) => id === instance.id));
    const [{ via, user } = { via: 'auto' as const, user: '' }] = group;
    const how: ServerFlags = {
      via,
      user,
      ...(rotation.jump === null ? {} : { jump: rotation.jump }),
      private: rotation.private,
      ...flags,
      ...(keyFile === null ? {} : { key: keyFile }),
    };
    for (const one of await work.means.open(session, connections, there, { flags: how, found: all, online: true })) {
      if ('server' in one) found.set(one.server.placed.instance.id, one.server);
      else found.set(one.placed.instance.id, one.error);
    }
  }
  for (const { id } of missing) {
    if (!found.has(id))
      found.set(
        id,
        new KeypairError('NOT_FOUND', t`${connection.descriptor.title} no longer lists it`, { final: true }),
      );
  }
  return found;
}

/**
 * The servers that their service still lists. The others are released: the rotation goes on without them, since nothing
 * can be taken off them, and it would never end.
 */
export async function stillThere(
  work: Work,
  servers: readonly RotationServer[],
  keyFile: string | null,
): Promise<readonly RotationServer[]> {
  if (servers.length === 0) return servers;
  const opened = await openAll(work, servers, keyFile);
  const isGone = ({ id }: RotationServer): boolean => {
    const server = opened.get(id);
    return server instanceof KeypairError && server.code === 'NOT_FOUND' && server.final;
  };
  const gone = servers.filter(isGone);
  if (gone.length === 0) return servers;
  const { title } = work.connection.descriptor;
  for (const server of gone)
    work.session.warn(t`${title} no longer lists ${serverName(server)}: the rotation goes on without it`);
  await noteAll(work, { servers: work.entry.rotation.servers.filter((one) => !gone.some(({ id }) => id === one.id)) });
  for (const [id, server] of opened) if (!(server instanceof KeypairError)) work.opened.set(id, server);
  return servers.filter((one) => !gone.includes(one));
}

function wayOf({ via, user }: RotationServer): string {
  return `${via} ${user}`;
}

/**
 * The instances of a service.
 *
 * @throws SeveralFailures if they cannot be listed: each failure was reported.
 */
export async function foundInstances(
  session: Session,
  connections: Connections,
  connection: Connection,
  keyDir: string | undefined,
): Promise<FoundInstances> {
  const local = await keysHere(session, keyDirectory(session, keyDir));
  const found = await instancesOn(session, connections, { targets: [connection], failures: [] }, local);
  if (found.failures.length > 0) throw new SeveralFailures(found.failures);
  return found;
}

/**
 * Does something on servers, on a few at once. After the first failure no more are begun.
 *
 * @returns the failures, each reported; empty if all went well.
 */
export async function onServers(
  work: Work,
  servers: readonly RotationServer[],
  keyFile: string | null,
  doing: string,
  act: (server: Server, state: RotationServer) => Promise<void>,
): Promise<readonly KeypairError[]> {
  const { session, limits, told } = work;
  if (servers.length === 0) return [];
  const opened = await openAll(work, servers, keyFile);
  let failed = false;
  const batch = {
    items: servers,
    nameOf: serverName,
    doing,
    atOnce: limits.parallel,
    // The first failure ends it; those that were begun before report their own.
    isFatal: () => {
      const first = !failed;
      failed = true;
      return first;
    },
  };
  try {
    await runBatch(session, batch, async (state, interrupted) => {
      try {
        const server = opened.get(state.id);
        if (server === undefined || server instanceof KeypairError)
          throw server ?? new KeypairError('NOT_FOUND', t`the service no longer lists it`);
        await session.context.interrupts.hold(() => act(server, state), interrupted);
      } catch (error) {
        if (!(error instanceof KeypairError)) throw error;
        told.add(state.id);
        showServer(work, state.id, 'failed');
        throw serverError(work, state, error);
      }
    });
    return [];
  } catch (error) {
    if (error instanceof SeveralFailures) return error.failures;
    throw error;
  }
}

const CANCELLED_AT: Readonly<Record<ServerState, () => string>> = {
  waiting: () => t`cancelled: nothing was changed`,
  placing: () => t`cancelled: the new key may be on it`,
  placed: () => t`cancelled: it has both keys`,
  proven: () => t`cancelled: it has both keys`,
  retiring: () => t`cancelled: the new key is on it, the old one may be off`,
  retired: () => t`cancelled: the new key is on it, the old one is off`,
};

/** The error of one server: the rotation has begun, so it is `PARTIAL`. */
function serverError({ connection, entry }: Work, server: RotationServer, error: KeypairError): KeypairError {
  const { state } = entry.rotation.servers.find(({ id }) => id === server.id) ?? server;
  // What was interrupted may not know what was done before it.
  const message = error.code === 'CANCELLED' ? CANCELLED_AT[state]() : error.message;
  return new KeypairError('PARTIAL', withLabel(serverName(server), message), {
    provider: connection.descriptor.id,
    region: connection.region,
    ...causedBy(error),
    hints: error.hints,
  });
}

/** `web-1 (ins-1)`, for people. */
export function serverName({ id, name }: Pick<RotationServer, 'id' | 'name'>): string {
  return name === null ? id : withNote(name, id);
}

/**
 * Shows what is true of a server.
 *
 * @param name of an instance that is not of the rotation.
 */
export function showServer(work: Work, id: string, state: ServerResult['state'], name: string | null = null): void {
  const { connection, entry, show, told } = work;
  const server = entry.rotation.servers.find((one) => one.id === id);
  told.add(id);
  show.server({
    provider: connection.descriptor.id,
    region: connection.region,
    name: entry.rotation.name,
    instance: id,
    instanceName: server?.name ?? name,
    state,
    via: server?.via ?? null,
    user: server?.user ?? null,
  });
}

/** How often to try a login that did not go as expected, and the time between, in milliseconds. */
const TRIES = { times: 3, ms: 2000 };

/** Tries a login until it goes as expected, a few times: a network may fail, and a service may take a moment. */
export async function proveUntil(
  work: Work,
  server: Server,
  file: string,
  publicKey: PublicKey,
  expected: Proof['result'],
): Promise<Proof> {
  const { signal } = work.session.context.interrupts;
  for (let left = TRIES.times - 1; ; left -= 1) {
    const proof = await server.prove(file, publicKey);
    if (proof.result === expected || left <= 0) return proof;
    await work.means.pause(TRIES.ms, signal);
  }
}

/** What a login has shown, for people. */
export function proofText(proof: Proof): string {
  if ('why' in proof) return proof.why;
  return proof.result === 'accepted' ? t`the server accepts it` : t`the server refuses it`;
}

/** The pair with an id, or else a name, as its service lists it now; null if it is gone. */
export async function pairNow({ connection, session }: Work, { id, name }: KeyPairRef): Promise<KeyPair | null> {
  const filter = id !== null && connection.descriptor.isId(id) ? { id } : { name };
  for await (const pair of connection.provider.listKeyPairs(filter, session.context.interrupts.signal)) {
    if (id === null || pair.id === null || pair.id === id) return pair;
  }
  return null;
}
