import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { createSandbox } from '../../../sandbox/server.ts';
import { makeIdentity } from '../../../sandbox/tls.ts';
import { rpc, tc3, type Sent } from './client.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'keypair-tls-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

test('the certificate is for loopback names, the CA can sign for no others, and no key stays on disk', async () => {
  const { ca, cert, key } = await makeIdentity(folder);
  const [authority, server] = [new X509Certificate(ca), new X509Certificate(cert)];
  expect([authority.ca, server.ca, server.checkIssued(authority), server.verify(authority.publicKey)]).toEqual([
    true,
    false,
    true,
    true,
  ]);
  for (const name of ['localhost', 'cvm.localhost', 'ecs.localhost', 'sts.localhost']) {
    expect(server.checkHost(name)).toBe(name);
  }
  expect([server.checkIP('127.0.0.1'), server.checkIP('::1'), server.checkHost('cvm.tencentcloudapi.com')]).toEqual([
    '127.0.0.1',
    '::1',
    undefined,
  ]);
  const text = execFileSync('openssl', ['x509', '-noout', '-text'], { input: ca }).toString();
  const permitted = /Name Constraints: critical\s+Permitted:\s+([^]*?)\n {4}\S/.exec(text)?.[1]?.split(/\s+/);
  expect(permitted).toEqual([
    'DNS:localhost',
    'IP:127.0.0.0/255.0.0.0',
    'IP:0:0:0:0:0:0:0:1/FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF',
  ]);
  expect(key).toContain('PRIVATE KEY');
  expect(readdirSync(folder)).toEqual([]);
  expect(new X509Certificate((await makeIdentity(folder)).ca).subject).not.toBe(authority.subject);
});

test('without openssl there is no certificate', async () => {
  vi.stubEnv('PATH', '/nonexistent');
  await expect(makeIdentity(folder)).rejects.toMatchObject({ name: 'CertificateError', reason: 'no-openssl' });
  expect(readdirSync(folder)).toEqual([]);
});

test('over TLS, too, no page and no other host gets an answer', async () => {
  const sandbox = createSandbox({ stateDir: folder, tls: true });
  const server = await sandbox.listen();
  expect(server.url).toBe(`https://127.0.0.1:${server.port}`);
  const status = (sent: Sent, headers: object = {}): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const { method, target, body } = sent;
      const all = { ...sent.headers, ...headers };
      const to = { port: server.port, host: '127.0.0.1', servername: '', ca: server.ca ?? '', method, path: target };
      const outgoing = request({ ...to, headers: all, agent: false }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      });
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  const { credentials } = sandbox;
  const host = 'cvm.localhost:8017';
  expect(await status(tc3(credentials, 'cvm', 'DescribeKeyPairs', {}, { host, service: host }))).toBe(200);
  expect(await status(tc3(credentials, 'cvm', 'DescribeKeyPairs'), { origin: 'https://cvm.localhost' })).toBe(403);
  expect(await status(rpc(credentials, 'DescribeKeyPairs', {}, { host: 'localhost.site.com' }))).toBe(404);
  await server.close();
});
