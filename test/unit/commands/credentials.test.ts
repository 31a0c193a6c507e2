import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { credentialsFor, credentialContext } from '../../../src/connection/credentials.ts';
import { EMPTY_PROFILE } from '../../../src/config/profile.ts';
import type { Context } from '../../../src/context.ts';
import { Interrupts } from '../../../src/interrupts.ts';
import { cvmDescriptor } from '../../../src/providers/vendors/tencent/descriptors.ts';
import { createSession, type Session } from '../../../src/cli/session.ts';
import { resolveSettings } from '../../../src/cli/settings.ts';

const STS = new URL('https://sts.tencentcloudapi.com/');
const METADATA = new URL('http://metadata.tencentyun.com/latest/meta-data/');

describe('what the search for credentials works with', () => {
  let server: Server;
  let hosts: (string | undefined)[];
  let stderr: string;
  beforeEach(async () => {
    hosts = [];
    stderr = '';
    server = createServer((request, response) => {
      hosts.push(request.headers.host);
      // The metadata service that never answers.
      if (request.headers.host !== METADATA.host) response.end('{}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  function session(endpoint: string | null, env: Readonly<Record<string, string>> = {}): Session {
    const context: Context = {
      stdin: new PassThrough(),
      stdinIsTTY: false,
      stdout: { write: () => true },
      stderr: { write: (text) => (stderr += text) !== '' },
      env,
      platform: 'linux',
      cwd: '/',
      home: '/nonexistent',
      pid: 1,
      version: '0.0.0',
      host: 'here',
      isAlive: () => false,
      now: () => new Date(0),
      interrupts: new Interrupts(),
      proxyFor: () => 'http://proxy.invalid:1',
    };
    return createSession(context, resolveSettings(endpoint === null ? {} : { endpoint }, env));
  }
  const url = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  it('lets an endpoint on this machine stand for the whole cloud', async () => {
    const { send } = credentialContext(session(url()), 'tencent');
    expect((await send({ method: 'POST', url: STS, headers: {}, body: '{}' })).status).toBe(200);
    expect(hosts).toEqual(['sts.tencentcloudapi.com']);
  });

  it('lets the endpoint of a profile stand for the cloud of its own vendor', async () => {
    const profile = { ...EMPTY_PROFILE, provider: 'lighthouse', endpoint: url() };
    const here = credentialContext(session(null), 'tencent', profile);
    expect((await here.send({ method: 'POST', url: STS, headers: {}, body: '{}' })).status).toBe(200);
    const elsewhere = credentialContext(session(null), 'aliyun', profile);
    const sts = new URL('https://sts.aliyuncs.com/');
    await expect(elsewhere.send({ method: 'GET', url: sts, headers: {} })).rejects.toThrow(/proxy/);
    expect(hosts).toEqual(['sts.tencentcloudapi.com']);
  });

  it('waits a second for the metadata service, whatever --timeout says', async () => {
    const { metadata } = credentialContext(session(url()), 'tencent');
    const started = performance.now();
    await expect(metadata({ method: 'GET', url: METADATA, headers: {} })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    });
    expect(performance.now() - started).toBeLessThan(5000);
    expect(hosts).toEqual(['metadata.tencentyun.com']);
  });

  it('goes through the proxy to an STS, and past it to the metadata service', async () => {
    const { send, metadata } = credentialContext(session(null), 'tencent');
    await expect(send({ method: 'GET', url: STS, headers: {} })).rejects.toThrow(/proxy/);
    const here = new URL(`${url()}/latest`);
    expect((await metadata({ method: 'GET', url: here, headers: {} })).status).toBe(200);
  });

  it('is made once for a session, and asks nobody where nobody is', () => {
    const mine = session(null);
    expect(credentialContext(mine, 'tencent')).toBe(credentialContext(mine, 'tencent'));
    expect(credentialContext(mine, 'tencent')).not.toBe(credentialContext(session(null), 'tencent'));
    expect(credentialContext(mine, 'tencent').askPassphrase).toBeNull();
    credentialContext(mine, 'tencent').warn('look here');
    expect(stderr).toBe('keypair: warning: look here\n');
  });

  it('finds the credentials of the environment', async () => {
    const env = { TENCENTCLOUD_SECRET_ID: 'AKIDa', TENCENTCLOUD_SECRET_KEY: 'hush' };
    const source = await credentialsFor(session(null, env), cvmDescriptor, EMPTY_PROFILE);
    expect((await source.current(new AbortController().signal)).id).toBe('AKIDa');
  });
});
