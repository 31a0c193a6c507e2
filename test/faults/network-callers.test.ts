import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../support/program.ts';
import { startProxy } from '../support/proxy.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { makeCertificateAuthority } from '../support/tls.ts';
import { type Cloud, startCloud } from './network-cloud.ts';

// 0.f and D18: whoever calls out beside the adapters (STS, the service of regions, doctor) does it by the same rules.

const ROLE = { TENCENTCLOUD_ROLE_ARN: 'qcs::cam::uin/100000000001:roleName/ops' };
const CALLERS: readonly (readonly [string, readonly string[], Readonly<Record<string, string>>])[] = [
  ['a role of STS', ['list', '-p', 'tencent', '-r', 'all'], ROLE],
  ['whose credentials they are', ['auth', 'status', '--check', '-p', 'tencent'], {}],
  ['whose they are at Alibaba', ['auth', 'status', '--check', '-p', 'aliyun'], {}],
  ['the regions', ['regions', '-p', 'tencent'], {}],
  ['the regions of Alibaba', ['regions', '-p', 'aliyun'], {}],
  ['doctor', ['doctor', '-p', 'tencent'], {}],
  ['doctor with a role', ['doctor', '-p', 'tencent'], ROLE],
];

let cloud: Cloud;
const ca = makeCertificateAuthority();
let server: Server;
let port = 0;
beforeAll(async () => {
  cloud = await startCloud();
  // Trusted, for a name that none of the services has.
  server = createServer(ca.issue(['localhost']), cloud.sandbox.listener).on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await cloud.close();
});

const environment = (proxy: string, more: Readonly<Record<string, string>>): Readonly<Record<string, string>> => ({
  ...Object.fromEntries(Object.entries(cloud.env).filter(([name]) => name !== 'KEYPAIR_ENDPOINT')),
  NODE_EXTRA_CA_CERTS: ca.caFile,
  HTTPS_PROXY: proxy,
  HTTP_PROXY: proxy,
  ...more,
});

describe.each(CALLERS)('%s', (_who, args, env) => {
  it('shows the password to a proxy that refuses it once', async () => {
    const proxy = await startProxy({ to: port, auth: 'user:right' });
    try {
      const url = proxy.url.replace('//', '//user:wrong@');
      await run([...args, '--timeout', '5'], { home: temporaryDirectory(), env: environment(url, env) });
      expect(proxy.targets).toHaveLength(1);
      expect(proxy.plain).toEqual([]);
    } finally {
      await proxy.close();
    }
  });

  it('asks a host whose certificate is for another name once', async () => {
    const proxy = await startProxy({ to: port });
    try {
      await run([...args, '--timeout', '5'], {
        home: temporaryDirectory(),
        env: environment(proxy.url, env),
      });
      expect(proxy.targets).not.toEqual([]);
      expect(proxy.targets).toEqual([...new Set(proxy.targets)]);
      // A role is asked for once, whatever number of regions waits for it.
      if ('TENCENTCLOUD_ROLE_ARN' in env) expect(proxy.targets).toContain('sts.tencentcloudapi.com:443');
    } finally {
      await proxy.close();
    }
  });

  it('reaches this machine in plain http without the proxy', async () => {
    const proxy = await startProxy({ to: port });
    try {
      const here = { KEYPAIR_ENDPOINT: cloud.env['KEYPAIR_ENDPOINT'] ?? '' };
      const more = { ...env, ...here, http_proxy: proxy.url, ALL_PROXY: proxy.url };
      const done = await run(args, { home: temporaryDirectory(), env: environment(proxy.url, more) });
      expect([done.exit, proxy.targets, proxy.plain]).toEqual([0, [], []]);
    } finally {
      await proxy.close();
    }
  });
});
