import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startProxy, type ProxyMode } from '../support/proxy.ts';
import { run } from '../support/program.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { makeCertificateAuthority, type ServerIdentity } from '../support/tls.ts';
import { type Cloud, SERVICES, startCloud } from './network-cloud.ts';
import { wrongCreate } from './network-verdict.ts';

/** TLS that fails, and proxies that die: what the built program makes of them. */

let cloud: Cloud;
const ca = makeCertificateAuthority();
let good: ServerIdentity;
let homes: string;
let serial = 0;
const open: Server[] = [];
const sockets = new Set<Socket>();
beforeAll(async () => {
  cloud = await startCloud();
  good = ca.issue(['localhost']);
  homes = temporaryDirectory();
});
afterEach(() => {
  for (const server of open.splice(0)) server.close();
  for (const socket of sockets) socket.destroy();
});
afterAll(async () => {
  await cloud.close();
});

async function listen(server: Server): Promise<number> {
  server.on('connection', (socket: Socket) => {
    sockets.add(socket.on('error', () => undefined));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(server);
  return (server.address() as AddressInfo).port;
}

const secure = (identity: ServerIdentity): Promise<number> =>
  listen(createHttpsServer(identity, cloud.sandbox.listener).on('tlsClientError', () => undefined));

interface Told {
  readonly exit: number;
  readonly says: string;
}

/** Runs a create, and sees that it ends as told and tells the truth. */
async function expectCreate(endpoint: string, env: Readonly<Record<string, string>>, told: Told): Promise<void> {
  serial += 1;
  const name = `t${serial}`;
  const home = path.join(homes, name);
  mkdirSync(home);
  const ended = await run(['create', '-p', 'tencent', '--name', name, '--timeout', '2'], {
    home,
    env: { ...cloud.env, NODE_EXTRA_CA_CERTS: ca.caFile, KEYPAIR_ENDPOINT: endpoint, ...env },
  });
  expect(ended.stderr).toContain(told.says);
  expect(ended.exit).toBe(told.exit);
  const evidence = {
    run: ended,
    name,
    home,
    cloud: await cloud.pairs(SERVICES[0]!, name),
    blind: true,
    arrived: [],
    secrets: [cloud.sandbox.credentials.secretKey],
  };
  expect(wrongCreate(evidence)).toEqual([]);
}

describe('TLS', () => {
  it('that is sound makes a pair', async () => {
    await expectCreate(`https://localhost:${await secure(good)}`, {}, { exit: 0, says: '' });
  });

  it('for another host is refused', async () => {
    const port = await secure(ca.issue(['example.org']));
    await expectCreate(`https://localhost:${port}`, {}, { exit: 6, says: 'issued for another host name' });
  });

  it('whose certificate has expired is refused', async () => {
    const port = await secure(ca.issue(['localhost'], { expired: true }));
    await expectCreate(`https://localhost:${port}`, {}, { exit: 6, says: 'it has expired' });
  });

  it('of an unknown authority is refused, whatever Node was told', async () => {
    const port = await secure(good);
    const env = { NODE_EXTRA_CA_CERTS: '', NODE_TLS_REJECT_UNAUTHORIZED: '0' };
    await expectCreate(`https://localhost:${port}`, env, { exit: 6, says: 'is not trusted' });
  });

  it('that is not trusted is asked once, and Node warns of nothing', async () => {
    const port = await secure(ca.issue(['elsewhere.test']));
    let connections = 0;
    const counting = await listen(
      createServer((client) => {
        connections += 1;
        const service = connect(port, '127.0.0.1').on('error', () => undefined);
        client
          .on('error', () => undefined)
          .pipe(service)
          .pipe(client);
      }),
    );
    const { exit, stderr } = await run(['list', '-p', 'tencent', '-r', 'ap-guangzhou'], {
      home: temporaryDirectory(),
      env: {
        ...cloud.env,
        NODE_TLS_REJECT_UNAUTHORIZED: '0',
        KEYPAIR_ENDPOINT: `https://localhost:${counting}`,
      },
    });
    expect(exit).toBe(6);
    expect(stderr).not.toMatch(/warning/i);
    expect(connections).toBe(1);
  });

  it('on a port that speaks plain http is refused', async () => {
    const port = await listen(createHttpServer(cloud.sandbox.listener));
    await expectCreate(`https://localhost:${port}`, {}, { exit: 6, says: 'no TLS connection' });
  });

  it.each([
    ['reset', 0, 'cannot reach'],
    ['reset', 5, 'cannot reach'],
    ['reset', 200, 'cannot reach'],
    ['silent', 0, 'timed out after 2 s during the TLS handshake'],
    ['silent', 200, 'timed out after 2 s during the TLS handshake'],
  ] as const)('whose handshake is %s after %i bytes of the server costs nothing', async (how, bytes, says) => {
    const behind = await secure(good);
    const port = await listen(
      createServer((client) => {
        const service = connect(behind, '127.0.0.1').on('error', () => undefined);
        client.pipe(service);
        service.once('data', (data: Buffer) => {
          client.write(data.subarray(0, bytes), () => {
            if (how === 'reset') setTimeout(() => client.resetAndDestroy(), 20);
          });
        });
        client.on('close', () => service.destroy());
      }),
    );
    await expectCreate(`https://localhost:${port}`, {}, { exit: 6, says });
  });
});

describe('a proxy', () => {
  it.each([
    ['lets it through', 'ok', 0, ''],
    ['closes before it has answered', 'drop', 6, 'the proxy'],
    ['never answers', 'hang', 6, 'timed out after 2 s'],
    ['answers rubbish', 'garbage', 6, 'not HTTP'],
    ['answers 502', 502, 6, 'answered 502'],
    ['wants a password', 407, 6, 'answered 407'],
    ['redirects', 302, 6, 'answered 302'],
  ] as const)('that %s', async (_what, mode: ProxyMode, exit, says) => {
    const proxy = await startProxy({ to: await secure(good), mode });
    const env = { HTTPS_PROXY: proxy.url };
    await expectCreate('https://localhost', env, { exit, says });
    expect(proxy.plain).toEqual([]);
    await proxy.close();
  });

  it('that dies in the TLS handshake behind it', async () => {
    const port = await listen(createServer((socket) => socket.once('data', () => socket.resetAndDestroy())));
    const proxy = await startProxy({ to: port });
    await expectCreate('https://localhost', { HTTPS_PROXY: proxy.url }, { exit: 6, says: 'cannot reach' });
    await proxy.close();
  });

  it.each([0, 150])('that dies once the request is through, %i bytes into the answer', async (bytes) => {
    const listener = createHttpsServer(good, (request, response) => {
      request.resume().on('end', () => {
        response.socket?.write(
          'HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\n'.padEnd(bytes, ' ').slice(0, bytes),
          () => {
            setTimeout(() => response.socket?.destroy(), 20);
          },
        );
      });
    });
    const proxy = await startProxy({ to: await listen(listener) });
    // The look-up fares likewise.
    await expectCreate('https://localhost', { HTTPS_PROXY: proxy.url }, { exit: 7, says: 'cannot tell whether' });
    await proxy.close();
  });
});
