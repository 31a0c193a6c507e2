import { randomBytes } from 'node:crypto';
import { Secret } from '../../src/secret.ts';
import { staticSource } from '../../src/credentials/environment.ts';
import type { Credentials } from '../../src/providers/credentials.ts';
import type { ErrorTable } from '../../src/providers/response.ts';
import { ecsErrors as aliyun, swasErrors as swas } from '../../src/providers/vendors/aliyun/errors.ts';
import { lighthouseErrors as lighthouse, cvmErrors as tencent } from '../../src/providers/vendors/tencent/errors.ts';
import { errors as qcloud } from '../../src/providers/vendors/tencent/legacy-v2/errors.ts';
import { findDescriptor } from '../../src/providers/registry.ts';
import type { CreateRequest, Descriptor, KeyPair, ListFilter, Provider, Site } from '../../src/providers/types.ts';
import type { Behaviour, Interface, Service } from '../../sandbox/behaviour.ts';
import { atOnce, type RateLimiter } from '../../src/http/rate-limit.ts';
import { createSandbox, type Listening, type Sandbox } from '../../sandbox/server.ts';
import { createTransport, type Transport } from '../../src/http/transport.ts';

/** One of the six interfaces, as the contract suite walks them. */
export interface InterfaceUnderTest {
  readonly title: string;
  readonly descriptor: Descriptor;
  readonly apiVersion: string;
  /** The sandbox's name of it. */
  readonly at: Interface;
  readonly errors: ErrorTable;
  /** What the id of a created pair looks like; null where none is told. */
  readonly id: RegExp | null;
}

const TENCENT_ID = /^skey-[a-z0-9]{8}$/;

export const INTERFACES: readonly InterfaceUnderTest[] = [
  { ...of('tencent', '2017-03-12', tencent), at: 'cvm', id: TENCENT_ID },
  { ...of('lighthouse', '2020-03-24', lighthouse), at: 'lighthouse', id: /^lhkp-[a-z0-9]{8}$/ },
  { ...of('aliyun', '2014-05-26', aliyun), at: 'ecs', id: /^ssh-[a-z0-9]+$/ },
  { ...of('swas', '2020-06-01', swas), at: 'swas', id: null },
  { ...of('qcloud', '2017-03-12', qcloud), at: 'cvm-v2', id: TENCENT_ID },
  { ...of('qcloud', 'v2', qcloud), at: 'legacy', id: TENCENT_ID },
];

function of(id: string, apiVersion: string, errors: ErrorTable): Omit<InterfaceUnderTest, 'at' | 'id'> {
  return { title: `${id} ${apiVersion}`, descriptor: findDescriptor(id), apiVersion, errors };
}

/** The service whose pairs an interface manages. */
export function serviceAt(at: Interface): Service {
  return at === 'legacy' || at === 'cvm-v2' ? 'cvm' : at;
}

/** The id of one of the sandbox's instances: 1 and 2 run, 3 and 4 are stopped, 5 has Windows; `nowhere` does not exist. */
export function instanceAt(at: Interface, which: 1 | 2 | 3 | 4 | 5 | 'nowhere'): string {
  if (at === 'swas') return which === 'nowhere' ? 'f'.repeat(32) : `a${String(which).padStart(31, '0')}`;
  const prefix = { cvm: 'ins', lighthouse: 'lhins', ecs: 'i' }[serviceAt(at) as 'cvm' | 'lighthouse' | 'ecs'];
  return `${prefix}-${which === 'nowhere' ? 'zzzzzzzz' : `sandbox${which}`}`;
}

/** An adapter on the real transport against a sandbox in memory. */
export interface Bench {
  readonly sandbox: Sandbox;
  /** Where it listens on loopback. */
  readonly port: number;
  readonly provider: Provider;
  /** Another adapter on the same sandbox. */
  readonly adapter: (options: {
    readonly credentials?: Credentials;
    readonly region?: string;
    readonly site?: Site;
  }) => Promise<Provider>;
  /** How many requests of this action have arrived. */
  readonly count: (action: string) => number;
  /** Stops the sandbox: nobody listens any more. */
  readonly hangUp: () => Promise<void>;
  readonly close: () => Promise<void>;
}

export interface BenchOptions {
  readonly behaviour?: Partial<Behaviour>;
  readonly timeoutMs?: number;
  /** The client's clock; the sandbox's is the true one. */
  readonly now?: () => Date;
  readonly trace?: (line: string) => void;
  /** Default: at once, and without repetitions. */
  readonly limiter?: RateLimiter;
  /** A directory for the state of a sandbox that executes scripts. Default: in memory, and a model answers. */
  readonly executeIn?: string;
}

/** Sets up a sandbox and an adapter on it. Small keys make it quick; what is sent and checked stays the same. */
export async function openBench(under: InterfaceUnderTest, options: BenchOptions = {}): Promise<Bench> {
  const sandbox = createSandbox({
    stateDir: options.executeIn ?? null,
    runCommands: options.executeIn !== undefined,
    behaviour: { keyBits: 1024, requestsPerSecond: null, ...options.behaviour },
  });
  const listening: Listening = await sandbox.listen();
  const permanent = {
    id: sandbox.credentials.secretId,
    secret: new Secret(sandbox.credentials.secretKey),
    token: null,
    source: 'test',
    expiresAt: null,
  };
  const transports: Transport[] = [];
  const adapter: Bench['adapter'] = async ({ credentials = permanent, region, site = 'cn' }) => {
    const { descriptor, apiVersion } = under;
    const transport = createTransport({
      timeoutMs: options.timeoutMs ?? 5000,
      proxyFor: () => '',
      dial: { host: '127.0.0.1', port: listening.port },
      secrets: [credentials.secret, ...(credentials.token === null ? [] : [credentials.token])],
      ...(options.trace === undefined ? {} : { trace: options.trace }),
    });
    transports.push(transport);
    const create = await descriptor.load();
    const at = region ?? descriptor.defaultRegion;
    return create({
      credentials: staticSource(credentials),
      region: at,
      endpoint: new URL(`https://${descriptor.host(at, site)}`),
      apiVersion,
      send: transport.send,
      limiter: options.limiter ?? atOnce,
      now: options.now ?? (() => new Date()),
      nonce: () => randomBytes(32).toString('hex'),
      sender: 'keypair/0.0.0',
    });
  };
  return {
    sandbox,
    port: listening.port,
    provider: await adapter({}),
    adapter,
    count: (action) => sandbox.log.filter((request) => request.action === action).length,
    hangUp: () => listening.close(),
    close: async () => {
      for (const transport of transports) transport.close();
      await listening.close();
    },
  };
}

/** A request for a pair with nothing special. */
export function plain(name: string, more: Partial<CreateRequest> = {}): CreateRequest {
  return { name, tags: {}, projectId: 0, resourceGroupId: null, ...more };
}

/** Never aborted. */
export const NEVER = new AbortController().signal;

/** All that a listing gives. */
export async function listed(provider: Provider, filter: ListFilter = {}): Promise<KeyPair[]> {
  const pairs: KeyPair[] = [];
  for await (const pair of provider.listKeyPairs(filter, NEVER)) pairs.push(pair);
  return pairs;
}
