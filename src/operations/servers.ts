import type { Session } from '../cli/session.ts';
import { hasAbility } from '../cli/validate.ts';
import type { Connection, Connections } from '../connection/connect.ts';
import { KeypairError, withOutcome } from '../errors.ts';
import { joinList, t, withLabel } from '../i18n/t.ts';
import { sha256Fingerprint } from '../keys/fingerprint.ts';
import { stateDirectory } from '../paths.ts';
import type { AgentState } from '../providers/scripts.ts';
import type { Ability } from '../providers/types.ts';
import type { Jump } from '../ssh/command.ts';
import { checkUser, loginUser } from '../ssh/login-user.ts';
import { proveLogin } from '../ssh/proof.ts';
import { noteServerKey } from '../storage/server-keys.ts';
import {
  checkRuns,
  jumpTo,
  type LoginFlags,
  loginTo,
  loginWith,
  placeFlags,
  sandboxLogin,
  shownName,
} from './instance-login.ts';
import type { FoundInstances, PlacedInstance } from './instances.ts';
import { pairKeyOf } from './ledger.ts';
import { onlineServer } from './online-server.ts';
import { agentServer, sshServer } from './script-server.ts';
import type { Server, ServerKey, ServerParts, Via } from './server.ts';

/** The flags of commands that change the keys of running instances. */
export interface ServerFlags extends LoginFlags {
  readonly via?: 'auto' | Via;
  readonly jump?: string;
}

/** An instance whose keys can be changed while it runs, or why not. */
export type OpenedServer =
  { readonly server: Server } | { readonly placed: PlacedInstance; readonly error: KeypairError };

/** How to reach servers. */
interface ServerOptions {
  readonly flags: ServerFlags;
  /** Where jump hosts are looked for. */
  readonly found: FoundInstances;
  /** Whether `online` can do it: it takes only key pairs of the service, and keys that do not expire. */
  readonly online: boolean;
  /** Whether keys are to be taken off. The service sees only what it has bound itself, so its agent looks, too. */
  readonly removes?: boolean;
}

/**
 * Finds the way to change the keys of each of these instances: `--via`, else the first of `online`, `agent` and `ssh`
 * that serves. Asks the services which agents answer; logs in nowhere.
 *
 * @throws KeypairError `USAGE` for wrong flags; `CANCELLED`.
 */
export async function openServers(
  session: Session,
  connections: Connections,
  instances: readonly PlacedInstance[],
  { flags, found, online, removes = false }: ServerOptions,
): Promise<readonly OpenedServer[]> {
  if (flags.user !== undefined) checkUser(flags.user);
  const jump = flags.jump === undefined ? null : await jumpTo(session, found, flags.jump);
  const open = await connectionsOf(connections, instances);
  const agents = await agentStates(session, open, flags.via ?? 'auto');
  return Promise.all(
    instances.map(async (placed): Promise<OpenedServer> => {
      const connection = open.get(placed.target)?.connection;
      if (connection === undefined) throw new Error('no connection to the service of an instance');
      try {
        const reach = { session, connections, connection, placed, flags, jump, agent: agents.get(placed) ?? null };
        return { server: noting(session, await openServer(reach, online, removes)) };
      } catch (error) {
        if (!(error instanceof KeypairError) || error.code === 'CANCELLED') throw error;
        return { placed, error };
      }
    }),
  );
}

/** The same server. What is done with its keys is noted on this machine: the cloud does not know of it. */
function noting(session: Session, server: Server): Server {
  const { placed, user } = server;
  const { context } = session;
  const note = async ({ publicKey }: ServerKey, on: boolean): Promise<void> => {
    const { provider, region, endpoint, sandbox } = pairKeyOf(placed.target, { name: '', id: null });
    const fingerprint = sha256Fingerprint(publicKey);
    const where = { provider, region, endpoint, sandbox, instance: placed.instance.id, user };
    await noteServerKey(stateDirectory(context), { ...where, fingerprint, on });
  };
  return {
    ...server,
    add: async (key, lifetimeSeconds) => {
      const done = await server.add(key, lifetimeSeconds);
      await note(key, true);
      return done;
    },
    remove: async (key) => {
      const done = await server.remove(key);
      await note(key, false);
      return done;
    },
  };
}

interface ServicePart {
  readonly connection: Connection;
  readonly instances: readonly PlacedInstance[];
}

async function connectionsOf(
  connections: Connections,
  instances: readonly PlacedInstance[],
): Promise<ReadonlyMap<PlacedInstance['target'], ServicePart>> {
  const targets = [...new Set(instances.map(({ target }) => target))];
  const parts = await Promise.all(
    targets.map(async (target) => {
      const own = instances.filter((placed) => placed.target === target);
      return [target, { connection: await connections.connect(target), instances: own }] as const;
    }),
  );
  return new Map(parts);
}

/** The agents of all instances whose service has some. An agent that could not be asked for counts as unknown. */
async function agentStates(
  session: Session,
  open: ReadonlyMap<PlacedInstance['target'], ServicePart>,
  via: 'auto' | Via,
): Promise<ReadonlyMap<PlacedInstance, AgentState['state'] | KeypairError>> {
  const states = new Map<PlacedInstance, AgentState['state'] | KeypairError>();
  if (via !== 'auto' && via !== 'agent') return states;
  const { signal } = session.context.interrupts;
  await session.withSpinner(t`asking which agents answer`, () =>
    Promise.all(
      [...open.values()].map(async ({ connection: { provider }, instances }) => {
        const ids = instances.map(({ instance }) => instance.id);
        try {
          const told = (await provider.agentStates?.(ids, signal)) ?? [];
          for (const [index, { state }] of told.entries()) {
            const placed = instances[index];
            if (placed !== undefined) states.set(placed, state);
          }
        } catch (error) {
          if (!(error instanceof KeypairError) || error.code === 'CANCELLED') throw error;
          for (const placed of instances) states.set(placed, error);
        }
      }),
    ),
  );
  return states;
}

interface Reach {
  readonly session: Session;
  readonly connections: Connections;
  readonly connection: Connection;
  readonly placed: PlacedInstance;
  readonly flags: ServerFlags;
  readonly jump: Jump | null;
  /** Null if it was not asked for. */
  readonly agent: AgentState['state'] | KeypairError | null;
}

/** @throws KeypairError `CONFLICT` if no way serves, with what to do. */
async function openServer(reach: Reach, online: boolean, removes: boolean): Promise<Server> {
  const { placed, flags } = reach;
  checkRuns(placed);
  const user = userOf(placed, flags);
  const parts = { ...reach, user, prove: proverOf(reach, user) };
  const { via = 'auto' } = flags;
  const reasons: string[] = [];
  for (const one of via === 'auto' ? (['online', 'agent', 'ssh'] as const) : [via]) {
    const why = whyNot(reach, one, online);
    if (why === null && one === 'online') {
      const agent = via === 'auto' && removes && whyNot(reach, 'agent', online) === null ? agentServer(parts) : null;
      return agent === null ? onlineServer(parts) : bothWays(onlineServer(parts), agent);
    }
    if (why === null && one === 'agent') return agentServer(parts);
    if (why === null) {
      try {
        const { connections, session, jump } = reach;
        const told = await loginTo(session, placed, { ...flags, user }, jump !== null);
        return sshServer(parts, await sandboxLogin(await connections.sandbox(), placed, told));
      } catch (error) {
        if (!(error instanceof KeypairError) || error.code === 'CANCELLED' || via === 'ssh') throw error;
        reasons.push(withLabel('ssh', error.message));
      }
    } else if (why !== '') reasons.push(withLabel(one, why));
  }
  throw new KeypairError(
    'CONFLICT',
    t`cannot change the keys of ${shownName(placed)} while it runs: ${joinList(reasons)}`,
    {
      provider: placed.provider,
      region: placed.region,
      hints: [t`or bind a key pair with a restart: keypair attach ${placeFlags(placed)}`],
    },
  );
}

/** A server whose keys are taken off through its agent, after the service has let go of those that it has bound. */
function bothWays(online: Server, agent: Server): Server {
  return {
    ...online,
    also: 'agent',
    async look(publicKey) {
      const [service, told] = await Promise.all([online.look(publicKey), agent.look(publicKey)]);
      const presence = service.presence === 'present' ? 'present' : told.presence;
      return { presence, otherUsers: [...new Set([...service.otherUsers, ...told.otherUsers])] };
    },
    async remove(key) {
      const unbound = await online.remove(key);
      try {
        const taken = await agent.remove(key);
        return { changed: unbound.changed || taken.changed };
      } catch (error) {
        // The service has changed its half.
        throw error instanceof KeypairError && unbound.changed ? withOutcome(error, 'unknown') : error;
      }
    },
  };
}

const ABILITY: Readonly<Record<'online' | 'agent', Ability>> = { online: 'online', agent: 'runCommand' };

/** Why a way does not serve; null if it does. Empty: the service does not have it, and nobody asked for it. */
function whyNot({ connection, agent, flags }: Reach, via: Via, online: boolean): string | null {
  const { descriptor, apiVersion } = connection;
  if (via === 'ssh') return null;
  if (!hasAbility(descriptor, apiVersion, ABILITY[via]))
    return flags.via === via ? t`${descriptor.title} does not support it` : '';
  if (via === 'online') {
    if (online) return null;
    return flags.via === via ? t`it takes only key pairs of the service, and no --expires` : '';
  }
  if (agent instanceof KeypairError) return agent.message;
  if (agent === 'offline') return t`its agent does not answer`;
  return agent === 'online' ? null : t`no agent is installed`;
}

/** The account: `--user`, else the only one that keys are bound for, else as the service or its documents tell. */
function userOf({ target, instance, pairs }: PlacedInstance, { user }: ServerFlags): string {
  if (user !== undefined) return user;
  const bound = new Set(pairs?.flatMap((pair) => pair.user ?? []) ?? []);
  return loginUser(target.descriptor.vendor, instance, bound.size === 1 ? ([...bound][0] ?? null) : null);
}

/** Logs in to the sandbox's own sshd, if the instance is there. */
function proverOf({ session, connections, placed, flags, jump }: Reach, user: string): ServerParts['prove'] {
  return async (privateKeyPath, publicKey, hostKeys) => {
    const told = loginWith(placed, flags, jump !== null, { user, privateKeyPath });
    const login = await sandboxLogin(await connections.sandbox(), placed, told);
    const { timeoutMs } = session.settings;
    return proveLogin(session.context, login, { jump, publicKey, hostKeys, timeoutMs });
  };
}
