import { randomBytes } from 'node:crypto';
import { Secret } from '../../src/secret.ts';
import { staticSource } from '../../src/credentials/environment.ts';
import { atOnce } from '../../src/http/rate-limit.ts';
import { findDescriptor } from '../../src/providers/registry.ts';
import type { KeyPair, Provider } from '../../src/providers/types.ts';
import { createTransport } from '../../src/http/transport.ts';
import { serveSandbox, type Served } from '../support/served.ts';

/** A service, and how its command line and its requests name it. */
export interface ServiceUnderFault {
  readonly title: string;
  readonly flags: readonly string[];
  readonly provider: string;
  readonly apiVersion: string;
  /** The API's actions. */
  readonly actions: Readonly<Record<'create' | 'import' | 'delete' | 'show', string>>;
}

const API3 = {
  create: 'CreateKeyPair',
  import: 'ImportKeyPair',
  delete: 'DeleteKeyPairs',
  show: 'DescribeKeyPairs',
} as const;

export const SERVICES: readonly ServiceUnderFault[] = [
  {
    title: 'tencent',
    flags: ['-p', 'tencent'],
    provider: 'tencent',
    apiVersion: '2017-03-12',
    actions: API3,
  },
  { title: 'aliyun', flags: ['-p', 'aliyun'], provider: 'aliyun', apiVersion: '2014-05-26', actions: API3 },
  {
    title: 'qcloud v2',
    flags: ['-p', 'qcloud', '--api-version', 'v2'],
    provider: 'qcloud',
    apiVersion: 'v2',
    actions: {
      create: 'CreateKeyPair',
      import: 'ImportKeyPair',
      delete: 'DeleteKeyPair',
      show: 'DescribeKeyPairs',
    },
  },
  {
    title: 'lighthouse',
    flags: ['-p', 'lighthouse'],
    provider: 'lighthouse',
    apiVersion: '2020-03-24',
    actions: API3,
  },
];

/** A sandbox, and an undisturbed way to it that tells what is true there. */
export interface Cloud extends Served {
  readonly port: number;
  /** The pairs of this name, as they are now. */
  pairs(service: ServiceUnderFault, name: string): Promise<readonly KeyPair[]>;
  /** Uploads a public key past all faults. */
  plant(service: ServiceUnderFault, name: string, publicKey: string): Promise<void>;
  /** Removes the pair, so that lists stay short. */
  forget(service: ServiceUnderFault, name: string): void;
}

const NEVER = new AbortController().signal;

/** Starts a sandbox without limits of rate and quota. */
export async function startCloud(): Promise<Cloud> {
  const served = await serveSandbox({
    behaviour: { requestsPerSecond: null, quota: { cvm: 100_000, lighthouse: 100_000, ecs: 100_000, swas: 100_000 } },
  });
  const { secretId, secretKey } = served.sandbox.credentials;
  const endpoint = new URL(served.env['KEYPAIR_ENDPOINT']!);
  const transport = createTransport({ timeoutMs: 60_000, proxyFor: () => '' });
  const adapters = new Map<string, Promise<Provider>>();
  const adapterOf = (service: ServiceUnderFault): Promise<Provider> => {
    const made = adapters.get(service.title) ?? makeAdapter(service);
    adapters.set(service.title, made);
    return made;
  };
  const makeAdapter = async ({ provider, apiVersion }: ServiceUnderFault): Promise<Provider> => {
    const descriptor = findDescriptor(provider);
    const create = await descriptor.load();
    return create({
      credentials: staticSource({
        id: secretId,
        secret: new Secret(secretKey),
        token: null,
        source: 'test',
        expiresAt: null,
      }),
      region: descriptor.defaultRegion,
      endpoint,
      apiVersion,
      send: transport.send,
      limiter: atOnce,
      now: () => new Date(),
      nonce: () => randomBytes(32).toString('hex'),
      sender: 'keypair/0.0.0',
    });
  };
  return {
    ...served,
    port: Number(endpoint.port),
    pairs: async (service, name) => {
      const found: KeyPair[] = [];
      for await (const pair of (await adapterOf(service)).listKeyPairs({ name }, NEVER)) found.push(pair);
      return found;
    },
    plant: async (service, name, publicKey) => {
      const request = { name, publicKey, tags: {}, projectId: 0, resourceGroupId: null };
      await (await adapterOf(service)).importPublicKey(request, NEVER);
    },
    forget: ({ provider }, name) => {
      const region = findDescriptor(provider).defaultRegion;
      const service = provider === 'aliyun' ? 'ecs' : provider === 'lighthouse' ? 'lighthouse' : 'cvm';
      served.sandbox.remove({ service, region, names: [name, `${name}x`] });
    },
  };
}
