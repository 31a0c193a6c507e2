import type { Session } from '../../src/cli/session.ts';
import { accountIdOf, type Connections, withConnections } from '../../src/connection/connect.ts';
import { credentialContext } from '../../src/connection/credentials.ts';
import { inRegion, type Target } from '../../src/connection/target.ts';
import type { Context } from '../../src/context.ts';
import { staticSource } from '../../src/credentials/environment.ts';
import { callerIdentity } from '../../src/credentials/roles.ts';
import { vendorOf } from '../../src/credentials/vendors.ts';
import { KeypairError } from '../../src/errors.ts';
import type { PrivateKey } from '../../src/keys/private-key.ts';
import { Interrupts } from '../../src/interrupts.ts';
import type { Descriptor, Instance, Provider, Site } from '../../src/providers/types.ts';
import { printable } from '../../src/sanitize.ts';
import { Secret } from '../../src/secret.ts';
import type { Behaviour } from '../../sandbox/behaviour.ts';
import { createSandbox } from '../../sandbox/server.ts';
import { attachLines, HadKeys } from './had-keys.ts';
import { isOn, look } from './instance.ts';
import { live } from './life.ts';
import { accountHash, freshName, type Left, MadeNames, PREFIX } from './made-names.ts';
import { type Exchange, Recorder } from './record.ts';
import { Known } from './shape.ts';
import type { Place, Side } from './side.ts';

/** What is run. */
export interface Run {
  readonly session: Session;
  readonly target: Target;
  readonly instance: string | null;
  readonly attach: boolean;
  /** An RSA key to upload to both clouds. It stays in memory. */
  readonly rsaKey: PrivateKey;
}

/** Prints a line on stderr. */
export function say({ stderr }: Context, line: string): void {
  stderr.write(`keypair-live: ${printable(line, 1000)}\n`);
}

/** Another region that every account can use, or null. */
export function secondRegion({ descriptor, region }: Target): string | null {
  const all = [descriptor.defaultRegion, ...descriptor.regions];
  return all.find((id) => id !== region && !/-(?:fsi|finance|gov|acdr|jva|lr)\b/.test(id)) ?? null;
}

/** The flags of a command line for a region: `-p tencent -r ap-guangzhou`. */
export function placeOf(session: Session, target: Target, region: string): string {
  return `-p ${target.descriptor.id} -r ${inRegion(session, target, region).flagsToReproduce}`;
}

/** A step that failed. The message is redacted. */
export interface Failure {
  readonly step: string;
  /** The service's code, or the program's. */
  readonly code: string;
  readonly message: string;
}

/** The result of a life. */
export interface Lived {
  readonly exchanges: readonly Exchange[];
  readonly facts: Side['facts'];
  readonly failures: readonly Failure[];
}

/** The same context, whose connections go on after Ctrl-C: what was made must be deleted. */
function uninterrupted(context: Context): Context {
  return Object.create(context, { interrupts: { value: new Interrupts() } }) as Context;
}

/**
 * Lives in the real cloud, and deletes what was made: also after Ctrl-C, and after a bug.
 *
 * @returns also the named instance, and what could not be deleted.
 * @throws KeypairError if it cannot begin: nothing was made.
 */
export function liveInCloud(
  run: Run,
): Promise<Lived & { readonly left: readonly Left[]; readonly instance: Instance | null }> {
  const { session, target } = run;
  const { context } = session;
  const { signal } = context.interrupts;
  const { descriptor, credentials } = target;
  return withConnections({ ...session, context: uninterrupted(context) }, async (connections) => {
    const cloud = openCloud(session, target, connections);
    if (credentials !== null) {
      const { id, secret, token } = await credentials.current(signal);
      cloud.known.hide(id, secret.reveal(), token?.reveal() ?? null);
    }
    const owner = await cloud.identify?.(session.settings.site, signal);
    const account = owner?.account ?? (await accountIdOf(credentials, signal)) ?? 'unknown';
    const about = { provider: descriptor.id, account: accountHash(account) };
    const [made, had] = [new MadeNames(context, about, true), new HadKeys(context, about, true)];
    const providerIn = async (region: string): Promise<Provider> => (await cloud.placeIn(region)).provider;
    const busy = await had.takeOver((region) => inRegion(session, target, region).endpoint);
    await tellBare(session, target, had, providerIn, signal);
    if (run.instance !== null) refuseInstance(run.instance, had, busy);
    await deleteLeftovers(session, target, made, providerIn);
    const instance = run.instance === null ? null : await look(await providerIn(target.region), run.instance, signal);
    let left: readonly Left[] = [];
    const begin = (step: string): void => {
      say(context, step);
    };
    try {
      await live(await sideIn(run, cloud, { made, had, instance: run.instance, pollMs: 2000, begin }));
    } catch (error) {
      if (!signal.aborted) throw error;
      say(context, 'interrupted: deleting what was made');
    } finally {
      cloud.recorder.step = null;
      const late = new AbortController().signal;
      try {
        await tellBare(session, target, had, providerIn, late);
      } finally {
        const bare = had.bare.map(({ instance }) => instance);
        left = (await made.deleteAll(descriptor, providerIn, late)).map(({ instances, ...pair }) => {
          // Binding what the instance had takes this one away.
          return { ...pair, instances: instances.filter((id) => !bare.includes(id)) };
        });
      }
    }
    for (const { step, message } of cloud.failures) say(context, `error: ${step}: ${message}`);
    return { ...lived(cloud), left, instance };
  });
}

/**
 * The same life in a sandbox of this process, without limits.
 *
 * @param like the instance that the real cloud has used, or null.
 * @param behaviour what else the sandbox does otherwise, for tests.
 */
export async function liveInSandbox(run: Run, like: Instance | null, behaviour: Partial<Behaviour>): Promise<Lived> {
  const { session, target } = run;
  const { context } = session;
  const sandbox = createSandbox({
    stateDir: null,
    behaviour: { operationMs: 100, agentMs: 0, requestsPerSecond: null, ...behaviour },
  });
  const listening = await sandbox.listen();
  const { secretId, secretKey } = sandbox.credentials;
  const key = { id: secretId, secret: new Secret(secretKey), token: null, source: 'sandbox', expiresAt: null };
  const rate = 1000;
  const descriptor = { ...target.descriptor, requestsPerSecond: rate, otherRequestsPerSecond: rate };
  const local: Session = {
    ...session,
    context: Object.create(context, { proxyFor: { value: () => '' } }) as Context,
    settings: { ...session.settings, endpoint: listening.url },
    credentials: new Map(),
  };
  try {
    return await withConnections(local, async (connections) => {
      const cloud = openCloud(local, { ...target, descriptor, credentials: staticSource(key) }, connections);
      const { provider } = await cloud.placeIn(target.region);
      const instance = like === null ? null : await twinOf(like, descriptor, provider, context.interrupts.signal);
      const about = { provider: descriptor.id, account: 'sandbox' };
      const [made, had] = [new MadeNames(context, about, false), new HadKeys(context, about, false)];
      await live(await sideIn(run, cloud, { made, had, instance, pollMs: 50, begin: () => undefined }));
      return lived(cloud);
    });
  } finally {
    await listening.close();
  }
}

/** What one cloud is called with, and what is kept of its answers. */
interface Cloud {
  readonly known: Known;
  readonly recorder: Recorder;
  readonly facts: Map<string, string>;
  readonly failures: Failure[];
  readonly placeIn: (region: string) => Promise<Place>;
  /** Asks the STS of a site for the owner of the credentials; null if the vendor has none. */
  readonly identify: ((site: Site, signal: AbortSignal) => Promise<Identified>) | null;
}

function openCloud(session: Session, target: Target, connections: Connections): Cloud {
  const known = new Known();
  const recorder = new Recorder(known);
  const places = new Map<string, Promise<Place>>();
  const open = async (region: string): Promise<Place> => {
    const at = { ...inRegion(session, target, region), descriptor: recorder.recording(target.descriptor) };
    const flags = placeOf(session, target, region);
    return { region, endpoint: at.endpoint, flags, provider: (await connections.connect(at)).provider };
  };
  return {
    known,
    recorder,
    facts: new Map(),
    failures: [],
    placeIn: (region) => {
      const opened = places.get(region) ?? open(region);
      places.set(region, opened);
      return opened;
    },
    identify: identification(session, target, recorder, known),
  };
}

async function sideIn(
  { session, target, attach, rsaKey }: Run,
  { identify, placeIn, failures, ...cloud }: Cloud,
  own: Pick<Side, 'made' | 'had' | 'instance' | 'pollMs' | 'begin'>,
): Promise<Side> {
  const { signal } = session.context.interrupts;
  const { site } = session.settings;
  const other = secondRegion(target);
  return {
    ...cloud,
    ...own,
    descriptor: target.descriptor,
    apiVersion: target.apiVersion,
    here: await placeIn(target.region),
    elsewhere: other === null ? null : await placeIn(other),
    attach,
    rsaKey,
    signal,
    identify:
      identify === null
        ? null
        : async () => {
            const first = await identify(site, signal);
            if (!first.refused) return first.host;
            // The account may be of the other site.
            return `${first.host}; ${(await identify(site === 'cn' ? 'intl' : 'cn', signal)).host}`;
          },
    failed: (step, error) => {
      const { code, providerCode = code } = error;
      failures.push({ step, code: providerCode, message: cloud.known.message(error.message) });
    },
  };
}

function lived({ recorder, facts, failures }: Cloud): Lived {
  return { exchanges: recorder.exchanges, facts, failures };
}

/** Looks at the instances that may not have the keys that they had, and tells how to bind those again. */
async function tellBare(
  session: Session,
  target: Target,
  had: HadKeys,
  providerIn: (region: string) => Promise<Provider>,
  signal: AbortSignal,
): Promise<void> {
  for (const bare of had.bare) {
    const { instance: id, region } = bare;
    const seen = await providerIn(region)
      .then((provider) => look(provider, id, signal))
      .catch((error: unknown) => {
        if (!(error instanceof KeypairError) || signal.aborted) throw error;
        return error;
      });
    if (seen instanceof KeypairError) say(session.context, `warning: cannot look at ${id}: ${seen.message}`);
    else if (await had.forgetIfBack(seen)) continue;
    say(session.context, `error: ${id} in ${region} may not have the key that it had before a run of this suite`);
    for (const line of attachLines(bare, placeOf(session, target, region))) say(session.context, `hint: ${line}`);
    // Nothing can be bound to an instance that is gone.
    if (seen instanceof KeypairError && seen.code === 'NOT_FOUND') await had.forget(id);
  }
}

/** @throws KeypairError `FAILURE` if the keys that an instance has now are not those that it should get back. */
function refuseInstance(id: string, { bare }: HadKeys, busy: readonly string[]): void {
  if (busy.includes(id)) throw new KeypairError('FAILURE', `another run of this suite uses ${id}`);
  if (bare.some(({ instance }) => instance === id)) {
    throw new KeypairError('FAILURE', `${id} does not have the key that it had: bind it again first`);
  }
}

/** Deletes what earlier runs have left, and names other pairs with the prefix. */
async function deleteLeftovers(
  session: Session,
  target: Target,
  made: MadeNames,
  providerIn: (region: string) => Promise<Provider>,
): Promise<void> {
  const { context } = session;
  const { signal } = context.interrupts;
  const { left, busy } = await made.takeOver((region) => inRegion(session, target, region).endpoint);
  for (const { name, region } of left) say(context, `deleting what an earlier run has left: ${name} in ${region}`);
  for (const { name, region, why } of await made.deleteAll(target.descriptor, providerIn, signal)) {
    say(context, `warning: ${name} in ${region} was not deleted: ${why}`);
  }
  const noted = new Set([...busy, ...left.map(({ name }) => name)]);
  for await (const { name } of (await providerIn(target.region)).listKeyPairs({}, signal)) {
    if (name.startsWith(PREFIX) && !noted.has(name)) say(context, `left alone: ${name}, which was not made from here`);
  }
}

/** An answer of STS. */
interface Identified {
  readonly account: string | null;
  /** The host, and what it says to the credentials. */
  readonly host: string;
  readonly refused: boolean;
}

function identification(
  session: Session,
  { descriptor: { vendor }, credentials }: Target,
  recorder: Recorder,
  known: Known,
): Cloud['identify'] {
  if (vendorOf(vendor).sts === null || credentials === null) return null;
  return async (site, signal) => {
    const world = credentialContext(session, vendor);
    let host = '';
    const send = recorder.wrap((request, options) => {
      host = request.url.hostname;
      return world.send(request, options);
    });
    try {
      const { account, identity } = await callerIdentity(vendor, credentials, { ...world, site, send }, signal);
      known.hide(account, identity, identity?.split(/[:/]/).at(-1) ?? null);
      return { account, host: `${host} accepts the credentials`, refused: false };
    } catch (error) {
      if (!(error instanceof KeypairError) || signal.aborted) throw error;
      const { code, providerCode = code } = error;
      return { account: null, host: `${host} refuses the credentials (${providerCode})`, refused: true };
    }
  };
}

/** The instance of the sandbox that is most like this one, with a key pair if this one has any. */
async function twinOf(
  like: Instance,
  { stopsRunning }: Descriptor,
  provider: Provider,
  signal: AbortSignal,
): Promise<string | null> {
  for await (const twin of provider.listInstances?.({}, signal) ?? []) {
    if (twin.platform !== (like.platform ?? 'linux') || isOn(twin) !== isOn(like)) continue;
    const { id } = twin;
    if (like.keyPairs?.length !== 1 || (isOn(like) && stopsRunning !== 'never')) return id;
    const request = { name: freshName(), tags: {}, projectId: 0, resourceGroupId: null };
    const made = await provider.createKeyPair?.(request, signal);
    if (made !== undefined)
      await provider.attachKeyPair?.(made.pair, [id], { forceStop: false, onlineUser: null }, signal);
    return id;
  }
  return null;
}
