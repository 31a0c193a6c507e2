import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createSandbox, type Sandbox } from '../../sandbox/server.ts';
import { run, type Run } from '../support/program.ts';
import { startProxy, type TestProxy } from '../support/proxy.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { makeCertificateAuthority } from '../support/tls.ts';

/** The calls that production would get, with nothing overridden but the proxy and the authority. */
const CALLS = [
  { provider: 'tencent', more: [], host: 'cvm.tencentcloudapi.com' },
  {
    provider: 'tencent',
    more: ['--site', 'intl', '--region', 'eu-frankfurt'],
    host: 'cvm.intl.tencentcloudapi.com',
  },
  {
    provider: 'tencent',
    more: ['--region', 'ap-shanghai-fsi'],
    host: 'cvm.ap-shanghai-fsi.tencentcloudapi.com',
  },
  {
    provider: 'tencent',
    more: ['--region', 'ap-shenzhen-fsi'],
    host: 'cvm.ap-shenzhen-fsi.tencentcloudapi.com',
  },
  { provider: 'lighthouse', more: [], host: 'lighthouse.tencentcloudapi.com' },
  { provider: 'lighthouse', more: ['--site', 'intl'], host: 'lighthouse.intl.tencentcloudapi.com' },
  { provider: 'aliyun', more: [], host: 'ecs-cn-hangzhou.aliyuncs.com' },
  { provider: 'aliyun', more: ['--region', 'us-west-1'], host: 'ecs.us-west-1.aliyuncs.com' },
  { provider: 'qcloud', more: [], host: 'cvm.api.qcloud.com' },
  { provider: 'qcloud', more: ['--api-version', 'v2'], host: 'cvm.api.qcloud.com' },
] as const;

describe('over TLS through an HTTPS proxy, by the production host names', () => {
  const authority = makeCertificateAuthority();
  let sandbox: Sandbox;
  let cloud: Server;
  let home: string;

  beforeAll(async () => {
    sandbox = createSandbox({ stateDir: null });
    cloud = createServer(authority.issue([...new Set(CALLS.map(({ host }) => host))]), sandbox.listener);
    await new Promise<void>((resolve) => cloud.listen(0, '127.0.0.1', resolve));
  });
  afterAll(async () => {
    cloud.closeAllConnections();
    await new Promise((resolve) => cloud.close(resolve));
  });
  beforeEach(() => {
    home = temporaryDirectory();
  });

  function startTestProxy(
    options: { readonly tls?: boolean; readonly auth?: string; readonly mode?: number } = {},
  ): Promise<TestProxy> {
    const { tls = false, ...rest } = options;
    const { port } = cloud.address() as AddressInfo;
    return startProxy({ to: port, ...rest, ...(tls ? { tls: authority.issue(['localhost']) } : {}) });
  }

  function create(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Run> {
    const { secretId, secretKey } = sandbox.credentials;
    return run(['create', ...args], {
      home,
      env: {
        TENCENTCLOUD_SECRET_ID: secretId,
        TENCENTCLOUD_SECRET_KEY: secretKey,
        ALIBABA_CLOUD_ACCESS_KEY_ID: secretId,
        ALIBABA_CLOUD_ACCESS_KEY_SECRET: secretKey,
        ...env,
      },
    });
  }

  it.each(CALLS)('$provider $more reaches $host', async ({ provider, more, host }) => {
    const proxy = await startTestProxy();
    const env = { HTTPS_PROXY: proxy.url, NODE_EXTRA_CA_CERTS: authority.caFile };
    const { exit, stderr, stdout } = await create(
      ['-p', provider, '--name', `foo${sandbox.log.length}`, ...more, '--json'],
      env,
    );
    await proxy.close();
    expect(stderr).toBe('');
    expect(exit).toBe(0);
    expect(proxy.targets).toEqual([`${host}:443`]);
    expect(proxy.plain).toEqual([]);
    expect(sandbox.log.at(-1)).toMatchObject({ action: 'CreateKeyPair', host, statusOrCode: 200 });
    const { privateKeyPath, fingerprints } = JSON.parse(stdout) as {
      privateKeyPath: string;
      fingerprints: { sha256: string };
    };
    expect(execFileSync('ssh-keygen', ['-lf', privateKeyPath], { encoding: 'utf8' })).toContain(fingerprints.sha256);
  });

  it.each([
    ['https_proxy', {}],
    ['HTTPS_PROXY', { tls: true }],
    ['ALL_PROXY', { auth: 'me:a%20b' }],
  ] as const)('honours %s (%j)', async (variable, options) => {
    const auth = 'auth' in options ? { auth: 'me:a b' } : {};
    const proxy = await startTestProxy({ ...options, ...auth });
    const url = 'auth' in options ? proxy.url.replace('//', `//${options.auth}@`) : proxy.url;
    const { exit, stderr } = await create(['-p', 'tencent', '--name', `foo${sandbox.log.length}`, '-q'], {
      [variable]: url,
      NODE_EXTRA_CA_CERTS: authority.caFile,
    });
    await proxy.close();
    expect(stderr).toBe('');
    expect(exit).toBe(0);
    expect(proxy.targets).toHaveLength(1);
  });

  it('goes past the proxy for hosts in NO_PROXY', async () => {
    const proxy = await startTestProxy();
    const env = { HTTPS_PROXY: proxy.url, NO_PROXY: 'localhost,.tencentcloudapi.com' };
    const { exit } = await create(['-p', 'tencent', '--name', 'foo', '--timeout', '2'], env);
    await proxy.close();
    // There is no way to the real service here: what counts is that the proxy was not asked.
    expect(exit).toBe(6);
    expect(proxy.targets).toEqual([]);
  });

  it.each([
    ['refuses', 403],
    ['wants a password', 407],
    ['cannot reach the service', 502],
  ])('is told that the proxy %s, and nothing was changed', async (_what, mode) => {
    const proxy = await startTestProxy({ mode });
    const before = sandbox.log.length;
    const url = proxy.url.replace('//', '//me:hush-hush@');
    const { exit, stderr } = await create(['-p', 'tencent', '--name', 'foo'], {
      HTTPS_PROXY: url,
      NODE_EXTRA_CA_CERTS: authority.caFile,
    });
    await proxy.close();
    expect(exit).toBe(6);
    expect(stderr).toContain(String(mode));
    expect(stderr).not.toContain('hush');
    expect(sandbox.log).toHaveLength(before);
    expect(readdirSync(path.join(home, '.ssh'))).toEqual([]);
  });

  it.each([{}, { NODE_TLS_REJECT_UNAUTHORIZED: '0' }])(
    'sends nothing to a service that it cannot trust (%j)',
    async (env) => {
      const proxy = await startTestProxy();
      const before = sandbox.log.length;
      const { exit, stderr } = await create(['-p', 'tencent', '--name', 'foo'], {
        HTTPS_PROXY: proxy.url,
        ...env,
      });
      await proxy.close();
      expect(exit).toBe(6);
      expect(stderr).toContain('NODE_EXTRA_CA_CERTS');
      expect(sandbox.log).toHaveLength(before);
    },
  );
});
