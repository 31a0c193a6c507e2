import { existsSync } from 'node:fs';
import { itemError, runBatch } from '../cli/batch.ts';
import { confirm, missingConsent, type Session } from '../cli/session.ts';
import { keyDirectory } from '../cli/settings.ts';
import { type Connections, withConnections } from '../connection/connect.ts';
import { findPair } from '../connection/find-key-pair.ts';
import { KeypairError, SeveralFailures } from '../errors.ts';
import { joinList, t, withLabel, withNote } from '../i18n/t.ts';
import { sha256Fingerprint } from '../keys/fingerprint.ts';
import { type PublicKey, samePublicKey } from '../keys/public-key.ts';
import { printable, shellWord } from '../sanitize.ts';
import { readLifetime } from '../ssh/agent.ts';
import { type LocalKeys, readSmallFile } from '../storage/key-directory.ts';
import { askPair, idOrName, pairsThere } from './ask-key-pair.ts';
import { askInstance, instanceNamed, noInstance, placeFlags, shownName } from './instance-login.ts';
import { instanceServices, instancesOn, type PlacedInstance } from './instances.ts';
import { keyFileOf } from './key-file-of.ts';
import { pairWithKey, readPublicKey } from './key-pair-record.ts';
import { keysHere } from './local-keys.ts';
import { readKeys } from './read-keys.ts';
import { scriptRefusals } from './script-server.ts';
import { type Server, type ServerKey, wayText } from './server.ts';
import { openServers, type OpenedServer, type ServerFlags } from './servers.ts';

/** The flags of `authorize` and `revoke`. */
export interface AuthorizeFlags extends ServerFlags {
  readonly expires?: string;
  readonly allUsers?: boolean;
  readonly dryRun?: boolean;
}

/** What was done on one server, or would be. */
export interface KeyChange {
  readonly server: Server;
  /** As the user named the key. */
  readonly key: string;
  readonly publicKey: PublicKey;
  /** Null in a dry run. */
  readonly changed: boolean | null;
  /** As of `Server.add`. */
  readonly expires: string | null;
}

/** Whether to put a key on servers, or to take it off them. */
export type KeyAction = 'authorize' | 'revoke';

/**
 * Puts a public key on running instances, or takes it off them: without a restart, and without touching other keys.
 *
 * @param args a key pair or a file, and instances; what is missing is asked for.
 * @param show is called for each server as soon as it is done.
 * @throws KeypairError `USAGE`, `NOT_FOUND`, `CONFLICT`, `CANCELLED`; SeveralFailures for the servers that failed.
 */
export async function changeKeys(
  session: Session,
  action: KeyAction,
  [given, ...named]: readonly string[],
  flags: AuthorizeFlags,
  show: (change: KeyChange) => void,
): Promise<void> {
  const lifetime = flags.expires === undefined ? null : readLifetime(flags.expires, '--expires');
  if (flags.allUsers === true && flags.user !== undefined)
    throw new KeypairError('USAGE', t`--all-users and --user exclude each other`);
  const services = await instanceServices(session, [
    ...(given === undefined ? ['NAME'] : []),
    ...(named.length === 0 ? ['INSTANCE'] : []),
    ...(action === 'revoke' && flags.dryRun !== true ? missingConsent(session) : []),
  ]);
  const { targets } = services;
  const key = given ?? idOrName(await askPair(session, await pairsThere(session, targets, flags.keyDir), targets));
  const local = await keysHere(session, keyDirectory(session, flags.keyDir));
  await withConnections(session, async (connections) => {
    const found = await instancesOn(session, connections, services, local);
    const meant =
      named.length === 0
        ? [await askInstance(session, found.instances)]
        : named.map((text) => {
            const placed = instanceNamed(found, text);
            if (placed === null) throw noInstance(targets, text);
            return placed;
          });
    const placed = [...new Set(meant)];
    const keys = await keysFor(session, connections, placed, key, flags.keyDir);
    const online = lifetime === null && [...keys.values()].every(({ pair }) => pair !== null);
    const opening = { flags, found, online, removes: action === 'revoke' };
    let opened = await openServers(session, connections, placed, opening);
    if (flags.allUsers === true) opened = await withOtherUsers(session, connections, opened, keys, opening);
    const failures: KeypairError[] = [];
    const servers: Server[] = [];
    for (const one of opened) {
      if ('server' in one) servers.push(one.server);
      else {
        session.reportError(one.error);
        failures.push(one.error);
      }
    }
    if (servers.length > 0) {
      tellPlan(session, servers);
      const job: Job = { session, action, key, keys, local, lifetime, show };
      try {
        await (flags.dryRun === true ? tryAll(job, servers) : changeAll(job, servers));
      } catch (error) {
        if (!(error instanceof SeveralFailures)) throw error;
        failures.push(...error.failures);
      }
    }
    if (failures.length > 0) throw new SeveralFailures(failures);
  });
}

interface Job {
  readonly session: Session;
  readonly action: KeyAction;
  readonly key: string;
  readonly keys: ReadonlyMap<PlacedInstance['target'], ServerKey>;
  readonly local: LocalKeys;
  readonly lifetime: number | null;
  readonly show: (change: KeyChange) => void;
}

/**
 * The key for each service. In a service that has a pair of this name or id, that pair's key; else the key of the file.
 *
 * @throws KeypairError `NOT_FOUND`; `USAGE` for a file with no key, or several.
 */
async function keysFor(
  session: Session,
  connections: Connections,
  instances: readonly PlacedInstance[],
  given: string,
  keyDir: string | undefined,
): Promise<ReadonlyMap<PlacedInstance['target'], ServerKey>> {
  const { signal } = session.context.interrupts;
  const isFile = /[/\\]|\.pub$/.test(given);
  const keys = new Map<PlacedInstance['target'], ServerKey>();
  for (const target of new Set(instances.map((placed) => placed.target))) {
    const connection = await connections.connect(target);
    const pair = isFile ? null : await findPair(connection, given, signal).catch(unlessAbsent);
    const told = readPublicKey(pair?.publicKey ?? null);
    if (pair !== null && told !== null) keys.set(target, { publicKey: told, pair });
    else {
      const publicKey = await publicKeyOf(session, given, keyDir);
      keys.set(target, { publicKey, pair: pair ?? (await pairWithKey(connection.provider, publicKey, signal)) });
    }
  }
  return keys;
}

function unlessAbsent(error: unknown): null {
  if (error instanceof KeypairError && error.code === 'NOT_FOUND') return null;
  throw error;
}

async function publicKeyOf(session: Session, given: string, keyDir: string | undefined): Promise<PublicKey> {
  const file = await keyFileOf(session, given, keyDir);
  const shown = printable(file);
  // The public key beside it tells the key of an encrypted one, too.
  const beside = `${file}.pub`;
  const reading = await readSmallFile(existsSync(beside) ? beside : file);
  if (reading === null) throw new KeypairError('NOT_FOUND', t`${shown} is not there`);
  if (reading === 'unreadable') throw new KeypairError('USAGE', t`${shown} cannot be read`);
  const [only, ...more] = readKeys(file, reading.text.reveal(), session.context.platform);
  if (only === undefined || more.length > 0 || only.certificate)
    throw new KeypairError('USAGE', t`${shown} must hold one public key`);
  return only.publicKey;
}

/** The same servers, for every account that has the key. */
async function withOtherUsers(
  session: Session,
  connections: Connections,
  opened: readonly OpenedServer[],
  keys: Job['keys'],
  { flags, ...rest }: Parameters<typeof openServers>[3],
): Promise<readonly OpenedServer[]> {
  const all = await session.withSpinner(t`looking for accounts with the key`, () =>
    Promise.all(
      opened.map(async (one): Promise<readonly OpenedServer[]> => {
        if (!('server' in one)) return [one];
        const { server } = one;
        const { placed, via } = server;
        const key = keys.get(placed.target);
        if (key === undefined) return [one];
        try {
          if (via === 'ssh')
            throw new KeypairError(
              'CONFLICT',
              t`${shownName(placed)}: --all-users needs the agent or the service: ssh sees one account`,
              {
                hints: [t`name the accounts one by one with --user`],
              },
            );
          const { presence, otherUsers } = await server.look(key.publicKey);
          // One after the other: a name may be none that a script takes, and that says nothing of the others.
          const others: OpenedServer[] = [];
          for (const user of otherUsers) {
            const opening = { ...rest, flags: { ...flags, user } };
            others.push(...(await openServers(session, connections, [placed], opening).catch(failedFor(placed, user))));
          }
          return [...(presence === 'absent' && otherUsers.length > 0 ? [] : [one]), ...others];
        } catch (error) {
          if (!(error instanceof KeypairError) || error.code === 'CANCELLED') throw error;
          return [{ placed, error }];
        }
      }),
    ),
  );
  return all.flat();
}

/** An account that cannot be changed, because of its name. */
function failedFor(placed: PlacedInstance, user: string): (error: unknown) => readonly OpenedServer[] {
  return (error) => {
    if (!(error instanceof KeypairError) || error.code !== 'USAGE') throw error;
    const shown = `${printable(user, 80)}@${shownName(placed)}`;
    const what = t`the key is there, and this account cannot be named in a script: take it off by hand`;
    return [{ placed, error: new KeypairError('CONFLICT', withLabel(shown, what)) }];
  };
}

/** Says before acting how each server is changed. */
function tellPlan(session: Session, servers: readonly Server[]): void {
  for (const server of servers) session.info(t`${shownName(server.placed)}: ${wayText(server)}`);
}

function question({ key, keys }: Job, servers: readonly Server[]): string {
  const fingerprints = joinList([...new Set([...keys.values()].map(({ publicKey }) => sha256Fingerprint(publicKey)))]);
  const shown = joinList(servers.map(({ placed, user }) => `${user}@${shownName(placed)}`));
  return t`Take ${withNote(key, fingerprints)} off ${shown}?`;
}

/** Warns if the key opens the server today, or stays bound in the service. */
async function warnOfRevoke({ session, key, keys }: Job, { placed, user, via, privateKeyPath }: Server): Promise<void> {
  const { publicKey, pair } = keys.get(placed.target) ?? {};
  if (privateKeyPath !== undefined && publicKey !== undefined) {
    const opener = await publicKeyOf(session, privateKeyPath, undefined).catch(() => null);
    if (opener !== null && samePublicKey(opener, publicKey))
      session.warn(t`${key} is the key that logs in to ${user}@${shownName(placed)} now: afterwards it does not`);
  }
  if (via !== 'online' && pair != null && placed.pairs?.some(({ name, id }) => name === pair.name && id === pair.id)) {
    const line = ['keypair detach', shellWord(pair.name), shellWord(placed.instance.id), placeFlags(placed)].join(' ');
    session.warn(t`in the service, ${key} stays bound to ${shownName(placed)}, until: ${line}`);
  }
}

async function changeAll(job: Job, servers: readonly Server[]): Promise<void> {
  const { session, action, keys, lifetime, show } = job;
  if (action === 'revoke') {
    for (const server of servers) await warnOfRevoke(job, server);
    await confirm(session, question(job, servers));
  }
  const [first, ...more] = servers.map(({ placed }) => shownName(placed));
  const shown = more.length === 0 ? (first ?? '') : t`${servers.length} instances`;
  const batch = {
    items: servers,
    nameOf: ({ placed }: Server) => shownName(placed),
    doing: action === 'revoke' ? t`taking the key off ${shown}` : t`putting the key on ${shown}`,
    atOnce: 10,
    // Of the service: a server that refuses a login says nothing of the others.
    isFatal: ({ code, provider }: KeypairError) => code === 'AUTH' && provider !== undefined,
  };
  const ready: Server[] = [];
  await runBatch(session, batch, async (server, interrupted) => {
    const key = keys.get(server.placed.target);
    if (key === undefined) throw new Error('no key for the service of an instance');
    try {
      await session.context.interrupts.hold(async () => {
        const done =
          action === 'revoke' ? { ...(await server.remove(key)), expires: null } : await server.add(key, lifetime);
        show({ server, key: job.key, publicKey: key.publicKey, ...done });
        ready.push(server);
        if (lifetime !== null && !done.changed)
          session.warn(
            t`--expires changed nothing on ${shownName(server.placed)}: to shorten its life, revoke it first`,
          );
        if (action === 'revoke' && server.via === 'online' && server.also === undefined && !done.changed)
          tellUnseen(session, server);
      }, interrupted);
    } catch (error) {
      if (error instanceof KeypairError && error.code === 'CANCELLED' && error.outcome === 'none') throw error;
      throw error instanceof KeypairError
        ? itemError(error, shownName(server.placed), t`run it again: it changes nothing that is done`)
        : error;
    }
  });
  const [one] = ready;
  if (action === 'authorize' && one !== undefined) tellNext(job, one);
}

/** The line that logs in, if the private key is here. */
function tellNext({ session, keys, local }: Job, { placed, user }: Server): void {
  const publicKey = keys.get(placed.target)?.publicKey;
  const file = publicKey === undefined ? null : (local.find(publicKey)?.privateKeyFile ?? null);
  if (file === null) return;
  const words = [
    'keypair ssh',
    shellWord(placed.instance.id),
    placeFlags(placed),
    '--key',
    shellWord(file),
    '--user',
    user,
  ];
  session.info(t`next: ${words.join(' ')}`);
}

/** The service sees what it has bound. */
function tellUnseen(session: Session, { placed }: Server): void {
  session.warn(
    t`the service sees only keys that it has bound: if this one came to ${shownName(placed)} another way, add --via agent`,
  );
}

/** Shows what would be done, and asks the services whether their agents would run a script. */
async function tryAll({ session, key, keys, show }: Job, servers: readonly Server[]): Promise<void> {
  const refusals = await scriptRefusals(session, servers);
  const failures: KeypairError[] = [];
  for (const server of servers) {
    const publicKey = keys.get(server.placed.target)?.publicKey;
    if (publicKey === undefined) throw new Error('no key for the service of an instance');
    const error = refusals.get(server);
    if (error === undefined) show({ server, key, publicKey, changed: null, expires: null });
    else {
      const named = itemError(error, shownName(server.placed), '');
      session.reportError(named);
      failures.push(named);
    }
  }
  if (failures.length > 0) throw new SeveralFailures(failures);
}
