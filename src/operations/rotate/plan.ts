import path from 'node:path';
import type { Session } from '../../cli/session.ts';
import { keyDirectory } from '../../cli/settings.ts';
import { checkText } from '../../cli/validate.ts';
import { accountIdOf, type Connection, type Connections } from '../../connection/connect.ts';
import { causedBy, KeypairError, SeveralFailures } from '../../errors.ts';
import { joinList, t, withLabel } from '../../i18n/t.ts';
import type { KeyType } from '../../keys/generate.ts';
import type { PublicKey } from '../../keys/public-key.ts';
import type { Descriptor, KeyPair } from '../../providers/types.ts';
import { printable, shellWord } from '../../sanitize.ts';
import { fileNameProblem } from '../../storage/file-name.ts';
import { isTaken, mapAtOnce, mapFsErrors } from '../../storage/fs.ts';
import { ownerOf } from '../../storage/intent.ts';
import type { Rotation } from '../../storage/rotation-file.ts';
import { shownName } from '../instance-login.ts';
import type { PlacedInstance } from '../instances.ts';
import { isKeyOf, readPublicKey } from '../key-pair-record.ts';
import { keysHere } from '../local-keys.ts';
import { filesOf, handlesOf, lookBefore } from '../own-files.ts';
import { scriptRefusals } from '../script-server.ts';
import { type Server, wayText } from '../server.ts';
import type { ServerFlags } from '../servers.ts';
import { chooseInstances } from './choose.ts';
import { holdsKey } from './retire.ts';
import { foundInstances, keyLine, type RotateMeans, serverName, type ShowRotation } from './work.ts';

/** What is to be rotated, from the command line. */
export interface RotateRequest {
  /** Instances by id, name or address; empty: all that the pair is bound to. */
  readonly instances: readonly string[];
  readonly flags: ServerFlags;
  readonly type: KeyType;
  /** The name of the new pair; null: made from the old one. */
  readonly newName: string | null;
  readonly graceSeconds: number;
  /** Whether to log in or run anything on the servers. */
  readonly looks: boolean;
}

/** An instance that a rotation leaves alone, and why. */
export interface SkippedInstance {
  readonly placed: PlacedInstance;
  readonly error: KeypairError;
}

/** A rotation that can begin. */
export interface Plan {
  readonly rotation: Rotation;
  readonly pair: KeyPair;
  /** The servers of the rotation. */
  readonly servers: readonly Server[];
  /** The instances that the rotation leaves alone, and why. */
  readonly skipped: readonly SkippedInstance[];
  /** Other instances that have the old pair, for people. */
  readonly others: readonly string[];
  /** Whether the old private key is here, with a passphrase. */
  readonly hasPassphrase: boolean;
}

/**
 * Finds out which servers can be rotated and how. Changes nothing.
 *
 * @throws KeypairError `NOT_FOUND`, `CONFLICT`, `USAGE`; SeveralFailures if no server can be reached.
 */
export async function planRotation(
  session: Session,
  connections: Connections,
  connection: Connection,
  pair: KeyPair,
  request: RotateRequest,
  means: RotateMeans,
): Promise<Plan> {
  const { flags } = request;
  const directory = keyDirectory(session, flags.keyDir);
  const local = await keysHere(session, directory);
  const publicKey =
    readPublicKey(pair.publicKey) ??
    local.keys.find((key) => key.publicKey !== null && isKeyOf(pair, key.publicKey) === true)?.publicKey ??
    null;
  if (publicKey === null) throw noPublicKey(connection, pair);
  const found = await foundInstances(session, connections, connection, flags.keyDir);
  const { chosen, others } = await chooseInstances(
    session,
    connection,
    { ...pair, publicKey: keyLine(publicKey) },
    request.instances,
    found,
  );
  const oldFile = local.find(publicKey)?.privateKeyFile ?? null;
  const how = { ...(oldFile === null ? {} : { key: oldFile }), ...flags };
  const opened = await means.open(session, connections, chosen, { flags: how, found, online: true });
  const skipped: SkippedInstance[] = [];
  const servers: Server[] = [];
  for (const one of opened) {
    if ('server' in one) servers.push(one.server);
    else skipped.push(one);
  }
  const hasPassphrase = oldFile !== null && (await holdsKey(oldFile, publicKey)) === 'encrypted';
  const ready = request.looks ? await lookAll(session, servers, publicKey, oldFile, skipped) : servers;
  if (ready.length === 0) throw nobody(session, skipped);
  const groups = [{ connection, pairs: [{ ...pair, publicKey: keyLine(publicKey) }] }];
  const before = await lookBefore(session, groups, true);
  const keepsOld = others.length > 0 || skipped.length > 0;
  const taken = new Set(before.services.flatMap(({ pairs }) => pairs.map(({ name }) => name)));
  const { ours } = await filesOf({ ...pair, publicKey: keyLine(publicKey) }, local, before, handlesOf(groups));
  const finalFile = keepsOld ? null : await finalFileFor(oldFile, ours, path.join(directory, pair.name));
  // Beside the file that it replaces: only within a file system a file takes another name.
  const place = finalFile === null ? directory : path.dirname(finalFile);
  const newName = await nameFor(session, connection, pair.name, request.newName, taken, place);
  const { context, settings } = session;
  const rotation: Rotation = {
    ...ownerOf(context),
    startedAt: context.now().toISOString(),
    stage: 'planned',
    provider: connection.descriptor.id,
    region: connection.region,
    endpoint: connection.endpoint.origin,
    apiVersion: connection.apiVersion,
    profile: settings.profile.name,
    signer: await accountIdOf(connection.credentials, context.interrupts.signal),
    sandbox: settings.sandbox,
    name: pair.name,
    oldId: pair.id,
    oldPublicKey: keyLine(publicKey),
    oldFile,
    newName,
    newId: null,
    keyType: request.type,
    newPublicKey: null,
    newFile: path.join(place, newName),
    finalFile,
    keepsOld,
    retireAt: null,
    graceSeconds: request.graceSeconds,
    user: flags.user ?? null,
    jump: flags.jump ?? null,
    private: flags.private === true,
    servers: ready.map(({ placed: { instance }, via, user }) => ({
      id: instance.id,
      name: instance.name === null ? null : printable(instance.name, 80) || null,
      via,
      user,
      state: 'waiting',
    })),
  };
  return { rotation, pair, servers: ready, skipped, others, hasPassphrase };
}

function noPublicKey({ descriptor, region }: Connection, { name }: KeyPair): KeypairError {
  return new KeypairError('CONFLICT', t`the public key of ${name} is not known: the service does not tell it`, {
    provider: descriptor.id,
    region,
    hints: [t`put its key file into the key directory: without it, the old key cannot be found on the servers`],
  });
}

/** How many servers are looked at at once. */
const LOOKS_AT_ONCE = 10;

/**
 * Looks for the old key on all servers, and logs in with it if it is here: this shows, before anything is made, that they
 * can be changed, and that a login can be tried. Tells what is unusual.
 *
 * @param skipped gets those that cannot be reached.
 */
async function lookAll(
  session: Session,
  servers: readonly Server[],
  publicKey: PublicKey,
  oldFile: string | null,
  skipped: SkippedInstance[],
): Promise<readonly Server[]> {
  const looks = await session.withSpinner(t`looking at the servers`, () =>
    mapAtOnce(servers, LOOKS_AT_ONCE, async (server) => {
      try {
        const told = await server.look(publicKey);
        const proof = oldFile === null ? null : await server.prove(oldFile, publicKey);
        if (proof?.result === 'unreachable') throw new KeypairError('UNAVAILABLE', proof.why);
        return { server, ...told, error: null };
      } catch (error) {
        if (!(error instanceof KeypairError) || error.code === 'CANCELLED') throw error;
        return { server, presence: 'unknown', otherUsers: [], error } as const;
      }
    }),
  );
  for (const { server, presence, otherUsers, error } of looks) {
    const { placed } = server;
    const shown = shownName(placed);
    if (error !== null) skipped.push({ placed, error });
    if (presence === 'absent' || presence === 'disabled')
      session.warn(t`${server.user} of ${shown} does not have the old key: the new one is added all the same`);
    if (otherUsers.length > 0) {
      const users = joinList(otherUsers.map((user) => printable(user, 40)));
      session.warn(t`on ${shown}, the old key opens other accounts too, and stays there: ${users}`);
    }
  }
  return looks.filter(({ error }) => error === null).map(({ server }) => server);
}

/** @returns the failures, reported: no server can be reached. */
function nobody(session: Session, skipped: readonly SkippedInstance[]): SeveralFailures {
  const failures = skipped.map(({ error }) => error);
  for (const failure of failures) session.reportError(failure);
  return new SeveralFailures(failures);
}

/** The longest a name is tried with another number. */
const MOST_NUMBERS = 99;

/**
 * The name of the new pair: free in the cloud and here.
 *
 * @throws KeypairError `USAGE` for a name that the service does not take, `CONFLICT` for one that is taken.
 */
async function nameFor(
  session: Session,
  { descriptor }: Connection,
  old: string,
  given: string | null,
  taken: ReadonlySet<string>,
  directory: string,
): Promise<string> {
  const isFree = async (name: string): Promise<boolean> => {
    const file = path.join(directory, name);
    return !taken.has(name) && !(await mapFsErrors(directory, () => isAnyTaken([file, `${file}.pub`])));
  };
  if (given !== null) {
    checkText(descriptor, ruleOf(descriptor), '--new-name', given);
    const problem = fileNameProblem(given, session.context.platform);
    if (problem !== null) throw new KeypairError('USAGE', withLabel('--new-name', problem));
    if (await isFree(given)) return given;
    throw new KeypairError('CONFLICT', t`${given} is taken: a key pair or a key file has that name`, {
      provider: descriptor.id,
      hints: [t`choose another --new-name`],
    });
  }
  const day = session.context.now().toISOString().slice(0, 10).replaceAll('-', '');
  for (let number = 1; number <= MOST_NUMBERS; number += 1) {
    const name = datedName(descriptor, old, number === 1 ? day : `${day}_${number}`);
    if (name === null) break;
    if (fileNameProblem(name, session.context.platform) === null && (await isFree(name))) return name;
  }
  throw new KeypairError('USAGE', t`no name for the new key pair can be made from ${old}`, {
    provider: descriptor.id,
    hints: [t`choose one with --new-name`],
  });
}

async function isAnyTaken(files: readonly string[]): Promise<boolean> {
  for (const file of files) if (await isTaken(file)) return true;
  return false;
}

function ruleOf({ importNameRule, nameRule }: Descriptor): Descriptor['nameRule'] {
  return importNameRule ?? nameRule;
}

/**
 * The old name with a date in place of the one that an earlier rotation added, cut to the length that the service takes.
 *
 * @returns null if no beginning of the old name will do.
 */
export function datedName(descriptor: Descriptor, old: string, suffix: string): string | null {
  const base = old.replace(/_\d{8}(_\d{1,2})?$/, '');
  const rules = [descriptor.nameRule, ruleOf(descriptor)];
  for (let length = base.length; length > 0; length -= 1) {
    const name = `${base.slice(0, length)}_${suffix}`;
    if (rules.every((rule) => rule.accepts(name))) return name;
  }
  return null;
}

/** The file that the new private key replaces: the old one if it is ours, or the pair's own name if that is free. */
async function finalFileFor(oldFile: string | null, ours: readonly string[], named: string): Promise<string | null> {
  if (oldFile === null) return (await isAnyTaken([named, `${named}.pub`]).catch(() => true)) ? null : named;
  const isOurs = ours.includes(oldFile) && (ours.includes(`${oldFile}.pub`) || !(await isTaken(`${oldFile}.pub`)));
  return isOurs ? oldFile : null;
}

/** Tells what the rotation is about to do, on stderr. */
export function tellPlan(session: Session, { rotation, skipped, others, hasPassphrase }: Plan): void {
  const { name, newName, newFile, keyType, servers, oldFile, finalFile } = rotation;
  session.info(t`the new key pair of ${name} will be called ${newName} (${keyType}), made on this machine`);
  for (const server of servers) session.info(withLabel(serverName(server), wayText(server)));
  for (const { placed, error } of skipped) {
    session.warn(t`${shownName(placed)} is left alone, and keeps the old key: ${error.message}`);
    for (const hint of error.hints) session.info(hint);
  }
  if (others.length > 0)
    session.info(t`the old key pair stays, for instances that were not named: ${joinList(others)}`);
  if (finalFile !== null && oldFile !== null)
    session.info(t`in the end the new private key takes the place of ${printable(oldFile)}, which goes to the trash`);
  else if (oldFile !== null && skipped.length === 0 && others.length === 0)
    session.info(t`${printable(oldFile)} stays: it is not only ours`);
  if (hasPassphrase)
    session.warn(
      t`the old private key has a passphrase, the new one has none: set it afterwards with ${`keypair passphrase ${shellWord(printable(finalFile ?? newFile))}`}`,
    );
}

/** The line that puts a key on an instance the service's way: `keypair attach foo ins-1 -p … -r …`. */
export function attachLine({ descriptor, flagsToReproduce }: Connection, name: string, ids: readonly string[]): string {
  return ['keypair attach', shellWord(name), ...ids.map(shellWord), '-p', descriptor.id, '-r', flagsToReproduce].join(
    ' ',
  );
}

/**
 * Shows a plan, and asks the services whether they would run a script on the servers that are reached so.
 *
 * @throws SeveralFailures if one would not; each failure was reported.
 */
export async function tryPlan(
  session: Session,
  { rotation, servers }: Plan,
  show: ShowRotation['planned'],
): Promise<void> {
  const failures = [...(await scriptRefusals(session, servers))].map(
    ([{ placed }, error]) =>
      new KeypairError(error.code, withLabel(placed.instance.id, error.message), causedBy(error)),
  );
  for (const server of servers) show(server, rotation);
  for (const failure of failures) session.reportError(failure);
  if (failures.length > 0) throw new SeveralFailures(failures);
}
