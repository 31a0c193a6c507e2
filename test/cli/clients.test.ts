import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ended, run, type Run, start } from '../support/program.ts';
import { type SandboxServer, serveProgram } from '../support/sandbox-server.ts';
import { temporaryDirectory } from '../support/temporary.ts';

interface Client {
  readonly name: string;
  /** The provider of ours that has the same key pairs. */
  readonly provider: string;
  /** The code for a wrong secret. */
  readonly wrong: string;
  /** The code for the deletion of a bound key pair. */
  readonly inUse: string;
}

const TC3 = { provider: 'tencent', wrong: 'AuthFailure.SignatureFailure' };
const CVM = { ...TC3, inUse: 'InvalidParameterValue.KeyPairNotSupported' };
const ECS = {
  provider: 'aliyun',
  wrong: 'SignatureDoesNotMatch',
  inUse: 'InvalidParameter.KeypairAlreadyAttachedInstance',
};

const CLIENTS: readonly Client[] = [
  { name: 'tencentcloud-sdk-nodejs', ...CVM },
  { name: 'tencentcloud-sdk-nodejs, lighthouse', ...TC3, provider: 'lighthouse', inUse: 'ResourceInUse.KeyPairInUse' },
  { name: 'tencentcloud-sdk-nodejs-cvm', ...CVM },
  { name: 'tencentcloud-sdk-nodejs-cvm, HmacSHA256, English', ...CVM },
  { name: 'tencentcloud-sdk-nodejs-sts', ...CVM },
  { name: 'qcloudapi-sdk', provider: 'tencent', wrong: '4100', inUse: '5100' },
  { name: '@alicloud/ecs20140526', ...ECS },
  { name: '@alicloud/openapi-client', ...ECS },
  { name: '@alicloud/pop-core', ...ECS },
];

/** The key pair that a client makes. */
const nameOf = (client: Client): string => `theirs_${CLIENTS.indexOf(client)}`;

const PROVIDERS = ['tencent', 'lighthouse', 'aliyun'];

describe.each([
  ['http', []],
  ['https', ['--tls']],
])('the vendors’ unmodified clients over %s, told only the address', (scheme, flags) => {
  const home = temporaryDirectory();
  let server: SandboxServer;
  let clients: ChildProcess;

  /** What every program here gets: to trust the CA is all that https needs. */
  const trust = (): Readonly<Record<string, string>> =>
    server.ca === undefined ? {} : { NODE_EXTRA_CA_CERTS: server.ca };

  beforeAll(async () => {
    server = await serveProgram(['--no-limits', ...flags]);
    clients = fork(path.resolve(import.meta.dirname, '../support/clients.cjs'), {
      execArgv: ['--no-deprecation'],
      env: { PATH: process.env['PATH'], ...trust() },
    });
    for (const provider of PROVIDERS) {
      expect(await keypair(['create', '-p', provider, '--name', `ours_${provider}`, '-q'])).toMatchObject({ exit: 0 });
    }
  });
  afterAll(async () => {
    clients.kill();
    await server.end();
  });

  /** Runs our program. @param trusting what makes it trust the server's certificate. */
  function keypair(args: readonly string[], trusting = trust()): Promise<Run> {
    const { secretId, secretKey } = server.credentials;
    const env = {
      TENCENTCLOUD_SECRET_ID: secretId,
      TENCENTCLOUD_SECRET_KEY: secretKey,
      ALIBABA_CLOUD_ACCESS_KEY_ID: secretId,
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: secretKey,
    };
    return run([...args, '--endpoint', server.url], { home, env: { ...env, ...trusting } });
  }

  /** Calls a client. @param change other credentials, or another host. */
  async function ask(
    name: string,
    method: string,
    args: readonly string[] = [],
    change: object = {},
  ): Promise<unknown> {
    const { host } = new URL(server.url);
    clients.send({ name, at: { url: server.url, host, scheme, ...server.credentials, ...change }, method, args });
    const [answer] = (await once(clients, 'message')) as [{ value?: unknown; code?: string; message?: string }];
    if (answer.code === undefined) return answer.value;
    return `${answer.code}: ${answer.message ?? ''}`;
  }

  it.each(CLIENTS)('$name creates, lists, binds and unbinds, and gets no further with a wrong key', async (client) => {
    const { name, provider, wrong, inUse } = client;
    const theirs = nameOf(client);
    expect(await ask(name, 'names')).toContain(`ours_${provider}`);
    expect(await ask(name, 'create', [theirs])).toMatch(/^(-----BEGIN RSA PRIVATE KEY-----\n)?MII/);
    expect(await ask(name, 'create', [theirs])).toMatch(/Duplicate|5100|AlreadyExist/);
    expect(await ask(name, 'bind', [theirs])).toBeNull();
    await expect.poll(() => ask(name, 'key'), { timeout: 5000 }).toBe(theirs);
    if (name === '@alicloud/pop-core') expect(await ask('aliyun-sdk', 'key')).toBe(theirs);
    expect(await ask(name, 'remove', [theirs])).toContain(`${inUse}: `);
    expect(await ask(name, 'unbind', [theirs])).toBeNull();
    await expect.poll(() => ask(name, 'key'), { timeout: 5000 }).toBeNull();
    expect(await ask(name, 'names', [], { secretKey: 'wrong' })).toContain(`${wrong}: `);
  });

  it('aliyun-sdk has no key pairs, but sees an instance, and no wrong key', async () => {
    expect(await ask('aliyun-sdk', 'key')).toBeNull();
    expect(await ask('aliyun-sdk', 'key', [], { secretKey: 'wrong' })).toContain('SignatureDoesNotMatch: ');
  });

  it.each(PROVIDERS)('our commands see what they left at %s, and they what ours deleted', async (provider) => {
    const mine = CLIENTS.filter((client) => client.provider === provider);
    const listed = await keypair(['list', '-p', provider, '--cloud-only', '-q']);
    expect(listed.stdout.trimEnd().split('\n').sort()).toEqual(mine.map(nameOf).sort());
    for (const client of mine) {
      expect(await ask(client.name, 'remove', [nameOf(client)])).toBeNull();
      expect(await ask(client.name, 'names')).not.toContain(nameOf(client));
    }
    expect((await keypair(['list', '-p', provider, '--cloud-only', '-q'])).stdout).toBe('');
    expect(await keypair(['delete', '-p', provider, `ours_${provider}`, '-y', '-q'])).toMatchObject({ exit: 0 });
    for (const { name } of mine) expect(await ask(name, 'names')).toEqual([]);
  });

  it('Tencent’s clients take the host of the address as the service, whatever it is', async () => {
    const { port } = new URL(server.url);
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`]) {
      expect(await ask('tencentcloud-sdk-nodejs-cvm', 'names', [], { host })).toEqual([]);
      expect(await ask('tencentcloud-sdk-nodejs, lighthouse', 'names', [], { host })).toEqual([]);
    }
  });

  if (scheme === 'http') return;
  it('prints the variables that make clients trust it, one a line', async () => {
    const child = start(['sandbox', 'serve', '--tls'], { home });
    const done = ended(child);
    const [text] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [string];
    const file = path.join(home, '.local/state/keypair/sandbox', `ca-${/:(\d+)\n/.exec(text)?.[1] ?? ''}.pem`);
    expect(text.split('\n').slice(1, 4)).toEqual([
      `  NODE_EXTRA_CA_CERTS=${file}`,
      `  REQUESTS_CA_BUNDLE=${file}`,
      `  SSL_CERT_FILE=${file}`,
    ]);
    child.kill('SIGTERM');
    expect(await done).toMatchObject({ exit: 0 });
  });

  it('is trusted by its CA only, and leaves no key behind', async () => {
    const { ca = '', state } = server;
    expect((await keypair(['list', '-p', 'tencent'], {})).stderr).toContain('is not trusted');
    expect(readFileSync(ca, 'utf8')).not.toContain('PRIVATE');
    expect(readdirSync(state)).toContain(path.basename(ca));
    const reset = await run(['sandbox', 'reset', '-q'], { home: state.slice(0, state.indexOf('/.local/')) });
    expect([reset.exit, readdirSync(state)]).toEqual([0, [path.basename(ca)]]);
    await server.end();
    expect(readdirSync(state).filter((name) => /pem|key|tls/.test(name))).toEqual([]);
  });
});
