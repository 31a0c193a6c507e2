import { spawn } from 'node:child_process';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { createTransport, type Transport } from '../../../src/http/transport.ts';
import { startProxy, type TestProxy } from '../../support/proxy.ts';
import { makeCertificateAuthority } from '../../support/tls.ts';
import { answering, errorOf, expectNothingUncaught, get, post, reply, until, type RawServer } from './servers.ts';

const ca = makeCertificateAuthority();
expectNothingUncaught();

let server: RawServer | undefined;
let proxy: TestProxy | undefined;
let transport: Transport | undefined;
afterEach(async () => {
  transport?.close();
  await proxy?.close();
  await server?.close();
  proxy = server = transport = undefined;
});

function opened(url: string, proxyFor = ''): Transport {
  transport = createTransport({ timeoutMs: 5000, proxyFor: () => proxyFor, ca: ca.caPem });
  transport.openAhead(new URL(url));
  return transport;
}

test('a POST goes out on the connection that was opened for it, and nothing before it', async () => {
  server = await answering(reply('{"ok":1}'));
  const { send } = opened(server.url);
  await until(() => server?.open() === 1);
  await setTimeout(50);
  expect(server.requests).toEqual([]);
  const answer = await send(post(server.url));
  expect(answer.status).toBe(200);
  expect(server.requests).toHaveLength(1);
  expect(server.requests[0]).toMatch(/^POST \/ HTTP\/1\.1\r\n[^]*\r\nhost: 127\.0\.0\.1:\d+\r\n[^]*\r\n\r\n\{\}$/);
  expect(server.connections()).toBe(1);
  // The next one has a connection of its own.
  await send(post(server.url));
  expect(server.connections()).toBe(2);
});

test('the connection may still be under way', async () => {
  server = await answering(reply('{"ok":1}'));
  await opened(server.url).send(post(server.url));
  expect(server.connections()).toBe(1);
});

test('TLS, with and without a proxy, is ready before the request', async () => {
  server = await answering(reply('{"ok":1}'), ca.issue(['cvm.tencentcloudapi.com']));
  proxy = await startProxy({ to: server.port });
  const { send } = opened('https://cvm.tencentcloudapi.com/', proxy.url);
  await until(() => server?.open() === 1);
  await setTimeout(50);
  expect(server.requests).toEqual([]);
  expect((await send(post('https://cvm.tencentcloudapi.com/'))).status).toBe(200);
  expect(server.connections()).toBe(1);
});

test('a request that goes elsewhere, or is a GET, leaves the connection alone', async () => {
  server = await answering(reply('{"ok":1}'));
  const { send } = opened(server.url);
  await until(() => server?.open() === 1);
  await send(get(server.url));
  expect(server.connections()).toBe(2);
  await send(post(server.url));
  expect(server.connections()).toBe(2);
});

test('an old connection is not used', async () => {
  server = await answering(reply('{"ok":1}'));
  const { send } = opened(server.url);
  await setTimeout(1100);
  await send(post(server.url));
  expect(server.connections()).toBe(2);
});

test.each<[string, (socket: Socket) => unknown]>([
  ['closed', (socket) => socket.end()],
  ['reset', (socket) => socket.resetAndDestroy()],
  ['answered', (socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n')],
  ['written a part of an answer to', (socket) => socket.write('HTTP/1.1 ')],
  [
    'switched to another protocol',
    (socket) => socket.write('HTTP/1.1 101 x\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'),
  ],
])('a connection that the server has %s is not used', async (_how, spoil) => {
  let connections = 0;
  const answer = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}';
  const other: Server = createServer((socket) => {
    connections += 1;
    socket.on('error', () => undefined);
    if (connections === 1) spoil(socket);
    else socket.once('data', () => socket.end(answer));
  });
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
  const { send } = opened(url);
  await until(() => connections === 1);
  await setTimeout(50);
  expect((await send(post(url))).body.toString()).toBe('{}');
  expect(connections).toBe(2);
  transport?.close();
  await new Promise((resolve) => other.close(resolve));
});

test('a connection that fails says nothing: the request does', async () => {
  const gone = createServer();
  await new Promise<void>((resolve) => gone.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(gone.address() as AddressInfo).port}`;
  await new Promise((resolve) => gone.close(resolve));
  const { send } = opened(url);
  await setTimeout(50);
  const error = await errorOf(send(post(url)));
  expect(error).toMatchObject({ code: 'UNAVAILABLE', outcome: 'none' });
});

test('a close that came while the program was busy is noticed', async () => {
  const script = `let connections = 0;
    const server = require('node:net').createServer((socket) => {
      connections += 1;
      socket.on('error', () => undefined);
      if (connections === 1) setTimeout(() => socket.destroy(), 30);
      else socket.once('data', () => socket.end('HTTP/1.1 200 OK\\r\\ncontent-length: 1\\r\\n\\r\\n' + connections));
    }).listen(0, '127.0.0.1', () => console.log(server.address().port));`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const port = Number(await new Promise((resolve) => child.stdout.once('data', resolve)));
    const { send } = opened(`http://127.0.0.1:${port}`);
    await setTimeout(10);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 150);
    expect((await send(post(`http://127.0.0.1:${port}`))).body.toString()).toBe('2');
  } finally {
    child.kill();
  }
});

test('nothing is opened early through a proxy with a password: that is shown by one request at a time', async () => {
  server = await answering(reply('{}'), ca.issue(['cvm.tencentcloudapi.com']));
  proxy = await startProxy({ to: server.port, auth: 'ahead:right' });
  const { send } = opened('https://cvm.tencentcloudapi.com/', proxy.url.replace('://', '://ahead:wrong@'));
  await setTimeout(100);
  expect(proxy.targets).toEqual([]);
  const error = await errorOf(send(post('https://cvm.tencentcloudapi.com/')));
  expect(error).toMatchObject({ code: 'UNAVAILABLE', outcome: 'none' });
  expect(error.message).toContain('407');
  expect(proxy.targets).toHaveLength(1);
});

test('a signal that was aborted before the request leaves the outcome at none', async () => {
  server = await answering(reply('{}'));
  const { send } = opened(server.url);
  await until(() => server?.open() === 1);
  await setTimeout(50);
  const error = await errorOf(send(post(server.url), { signal: AbortSignal.abort() }));
  expect(error).toMatchObject({ code: 'CANCELLED', outcome: 'none' });
  expect(server.requests).toEqual([]);
});

test('closing ends a connection that had no request', async () => {
  server = await answering(reply('{}'));
  opened(server.url);
  await until(() => server?.open() === 1);
  transport?.close();
  await until(() => server?.open() === 0);
});
