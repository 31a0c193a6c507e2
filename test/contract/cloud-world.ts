import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { Secret } from '../../src/secret.ts';
import { staticSource } from '../../src/credentials/environment.ts';
import type { Credentials, CredentialSource, Vendor } from '../../src/providers/credentials.ts';
import type { CredentialContext } from '../../src/credentials/context.ts';
import { atOnce } from '../../src/http/rate-limit.ts';
import type { Provider } from '../../src/providers/types.ts';
import type { Behaviour } from '../../sandbox/behaviour.ts';
import { createSandbox, type Sandbox } from '../../sandbox/server.ts';
import { createTransport, type Transport } from '../../src/http/transport.ts';
import type { InterfaceUnderTest } from './interfaces.ts';

/** A sandbox in memory, the world that reaches its STS and its metadata, and adapters on it: all by one clock. */
export interface CloudWorld {
  readonly sandbox: Sandbox;
  readonly world: CredentialContext;
  /** The permanent access key. */
  readonly base: CredentialSource;
  /** An adapter that signs with these. */
  readonly adapter: (under: InterfaceUnderTest, credentials: CredentialSource) => Promise<Provider>;
  /** How many requests of this action have arrived. */
  readonly count: (action: string) => number;
  /** Sets the clock of both sides on. */
  readonly pass: (seconds: number) => void;
  /** Nobody listens any more. */
  readonly hangUp: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Makes one; `env` as the user's variables. */
export async function openCloudWorld(
  behaviour: Partial<Behaviour> = {},
  env: CredentialContext['env'] = {},
): Promise<CloudWorld> {
  let time = Date.now();
  const now = (): Date => new Date(time);
  const sandbox = createSandbox({
    stateDir: null,
    now,
    behaviour: { keyBits: 1024, requestsPerSecond: null, ...behaviour },
  });
  const listening = await sandbox.listen();
  const transports: Transport[] = [];
  const open = (timeoutMs: number): Transport => {
    const dial = { host: '127.0.0.1', port: listening.port };
    const transport = createTransport({ timeoutMs, proxyFor: () => '', dial });
    transports.push(transport);
    return transport;
  };
  const nonce = (): string => randomBytes(32).toString('hex');
  const world: CredentialContext = {
    env,
    home: '/nowhere',
    platform: 'linux',
    now,
    nonce,
    sender: 'keypair/0.0.0',
    site: 'cn',
    region: () => Promise.resolve(null),
    send: open(5000).send,
    metadata: open(1000).send,
    warn: () => undefined,
    askPassphrase: null,
    surveys: new Map(),
    stored: new Map(),
  };
  return {
    sandbox,
    world,
    base: staticSource(permanent(sandbox)),
    adapter: async ({ descriptor, apiVersion }, credentials) => {
      const create = await descriptor.load();
      const region = descriptor.defaultRegion;
      return create({
        credentials,
        region,
        endpoint: new URL(`https://${descriptor.host(region, 'cn')}`),
        apiVersion,
        send: open(5000).send,
        limiter: atOnce,
        now,
        nonce,
        sender: 'keypair/0.0.0',
      });
    },
    count: (action) => sandbox.log.filter((request) => request.action === action).length,
    pass: (seconds) => {
      time += seconds * 1000;
    },
    hangUp: () => listening.close(),
    close: async () => {
      for (const transport of transports) transport.close();
      await listening.close();
    },
  };
}

/** The sandbox's permanent access key, with other parts where they are given. */
export function permanent(sandbox: Sandbox, parts: Partial<Credentials> = {}): Credentials {
  return {
    id: sandbox.credentials.secretId,
    secret: new Secret(sandbox.credentials.secretKey),
    token: null,
    source: 'test',
    expiresAt: null,
    ...parts,
  };
}

/** The ARN of one of the sandbox's roles. */
export function roleArn(vendor: Vendor, role: string): string {
  return vendor === 'tencent'
    ? `qcs::cam::uin/100000000001:roleName/${role}`
    : `acs:ram::1000000000000001:role/${role}`;
}

/** The identity providers that the sandbox's accounts know. */
export const IDENTITY_PROVIDERS: Readonly<Record<'tencent' | 'aliyun', string>> = {
  tencent: 'sandbox-oidc',
  aliyun: 'acs:ram::1000000000000001:oidc-provider/sandbox',
};

/** Writes a web identity token that ends in so many seconds, and gives its file. */
export function tokenFile(directory: string, seconds: number, from = Date.now()): string {
  const part = (content: object): string => Buffer.from(JSON.stringify(content)).toString('base64url');
  const claims = {
    sub: 'pod',
    iss: 'https://issuer.test',
    aud: 'sts',
    exp: Math.floor(from / 1000) + seconds,
  };
  const file = path.join(directory, 'token');
  writeFileSync(file, `${part({ alg: 'none' })}.${part(claims)}.c2lnbmF0dXJl\n`);
  return file;
}
