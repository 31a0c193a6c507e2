import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import type { HttpResponse } from '../../../src/http/types.ts';
import { answering, direct, errorOf, get, post, rawServer, reply, until, type RawServer } from './servers.ts';

let server: RawServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function answerTo(text: string | Buffer): Promise<HttpResponse> {
  server = await answering(text);
  return direct()(get(server.url));
}

/** The failure of a request that gets this answer on a connection which the server then keeps open. */
async function failureOn(text: string | Buffer): ReturnType<typeof errorOf> {
  server = await rawServer((socket) => socket.write(text));
  return errorOf(direct()(get(server.url)));
}

const MIB = 1024 * 1024;

test('what is sent is what was given, and only the missing headers are added', async () => {
  server = await answering(reply('{}'));
  const url = `${server.url}/v2/index.php?b=2&a=%2A*!()&empty=`;
  const send = direct({ userAgent: 'keypair/1' });
  await send(post(url, '{"KeyName":"密钥"}', { 'X-TC-Action': 'CreateKeyPair', Authorization: 'TC3 x' }));
  const [head, body] = server.requests[0]!.split('\r\n\r\n');
  expect(head!.split('\r\n').sort()).toEqual(
    [
      'POST /v2/index.php?b=2&a=%2A*!()&empty= HTTP/1.1',
      'Authorization: TC3 x',
      'Connection: close',
      'Content-Type: application/json',
      'X-TC-Action: CreateKeyPair',
      'accept-encoding: identity',
      'content-length: 20',
      `host: 127.0.0.1:${server.port}`,
      'user-agent: keypair/1',
    ].sort(),
  );
  expect(Buffer.from(body!, 'latin1').toString('utf8')).toBe('{"KeyName":"密钥"}');
});

test('given headers win, whatever their case; a POST without body says so', async () => {
  server = await answering(reply('{}'));
  const headers = { Host: 'cvm.tencentcloudapi.com', 'User-Agent': 'mine', 'Accept-Encoding': 'gzip' };
  await direct({ userAgent: 'keypair/1' })({ method: 'POST', url: new URL(server.url), headers });
  const request = server.requests[0]!;
  expect(request.match(/^host:.*$/gim)).toEqual(['Host: cvm.tencentcloudapi.com']);
  expect(request.match(/^user-agent:.*$/gim)).toEqual(['User-Agent: mine']);
  expect(request.match(/^accept-encoding:.*$/gim)).toEqual(['Accept-Encoding: gzip']);
  expect(request).toContain('content-length: 0\r\n');
});

test('a header that cannot be sent is a bug of ours, and nothing is sent', async () => {
  server = await answering(reply('{}'));
  const error = await errorOf(direct()(get(server.url, { 'x-a': 'a\r\nx-b: hunter2' })));
  expect(error).toMatchObject({ code: 'FAILURE', outcome: 'none' });
  expect(`${error.message}${String(error.cause)}`).not.toContain('hunter2');
  expect(server.requests).toEqual([]);
});

test.each([200, 400, 404, 429, 500, 503])('a whole answer of status %i is an answer', async (status) => {
  const { status: got, body } = await answerTo(reply('{"a":1}', 'x: y', `${status} Whatever`));
  expect([got, body.toString()]).toEqual([status, '{"a":1}']);
});

test('headers come lower-case, repeated ones joined, hostile names harmless', async () => {
  const { headers } = await answerTo(reply('', 'X-Id: a\r\nx-id: b\r\nSet-Cookie: c\r\nset-cookie: d\r\n__proto__: e'));
  expect(headers['x-id']).toBe('a, b');
  expect(headers['set-cookie']).toBe('c, d');
  expect(headers.constructor).toBeUndefined();
  expect(Object.getPrototypeOf(headers)).toBeNull();
});

test.each([
  ['gzip', gzipSync('{"a":1}')],
  ['x-gzip', gzipSync('{"a":1}')],
  ['GZIP', gzipSync('{"a":1}')],
  ['deflate', deflateSync('{"a":1}')],
  ['deflate', deflateRawSync('{"a":1}')],
  ['br', brotliCompressSync('{"a":1}')],
  ['identity', Buffer.from('{"a":1}')],
])('content-encoding %s is undone', async (encoding, bytes) => {
  const { body } = await answerTo(reply(bytes, `content-encoding: ${encoding}`));
  expect(body.toString()).toBe('{"a":1}');
});

test('an answer of exactly 1 MiB is read', async () => {
  const { body } = await answerTo(reply(Buffer.alloc(MIB, 'a')));
  expect(body).toHaveLength(MIB);
});

test.each([
  [
    'a content-length beyond 1 MiB',
    reply('')
      .toString()
      .replace('length: 0', `length: ${MIB + 1}`),
    'larger than 1 MiB',
  ],
  [
    'a body beyond 1 MiB',
    Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\n\r\n'), Buffer.alloc(MIB + 1, 'a')]),
    'larger than 1 MiB',
  ],
  ['a gzip bomb', reply(gzipSync(Buffer.alloc(100 * MIB)), 'content-encoding: gzip'), 'larger than 1 MiB'],
  ['a brotli bomb', reply(brotliCompressSync(Buffer.alloc(50 * MIB)), 'content-encoding: br'), 'larger than 1 MiB'],
  ['gzip that is none', reply('{"a":1}', 'content-encoding: gzip'), 'is not the gzip that it claims to be'],
  [
    'gzip that is cut',
    reply(gzipSync('{"a":1}').subarray(0, 15), 'content-encoding: gzip'),
    'is not the gzip that it claims',
  ],
  ['an unknown encoding', reply('{"a":1}', 'content-encoding: zstd'), 'unknown content-encoding'],
  ['two encodings', reply(gzipSync(gzipSync('{}')), 'content-encoding: gzip, gzip'), 'unknown content-encoding'],
])('%s is refused at once, and what came is kept', async (_name, text, message) => {
  const started = performance.now();
  const error = await failureOn(text);
  expect(error).toMatchObject({ code: 'UNAVAILABLE', outcome: 'unknown' });
  expect(error.message).toContain(message);
  expect(performance.now() - started).toBeLessThan(2500);
  await until(() => server!.open() === 0);
});

test.each([
  ['content-length not reached', 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"PrivateKey":"half'],
  ['chunks not ended', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n13\r\n{"PrivateKey":"half\r\n'],
])('a cut answer (%s) fails at once and keeps what came', async (_name, text) => {
  server = await answering(text);
  const started = performance.now();
  const error = await errorOf(direct()(get(server.url)));
  expect(error).toMatchObject({ code: 'UNAVAILABLE', outcome: 'unknown' });
  expect(error.message).toContain('the connection broke while reading the answer of 127.0.0.1');
  expect(error.answer?.reveal()).toBe('{"PrivateKey":"half');
  expect(JSON.stringify(error) + String(error)).not.toContain('half');
  expect(performance.now() - started).toBeLessThan(2000);
});

test('a reset in the middle of an answer fails at once', async () => {
  server = await rawServer((socket) => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf', () =>
      setTimeout(() => socket.resetAndDestroy(), 50),
    );
  });
  const error = await errorOf(direct()(get(server.url)));
  expect(error).toMatchObject({ code: 'UNAVAILABLE', outcome: 'unknown' });
});

test.each([
  ['an SSH greeting', 'SSH-2.0-OpenSSH_9.2\r\n\r\n', 'does not speak HTTP'],
  ['a page without a head', '<html>\x1b[2J</html>\r\n\r\n', 'does not speak HTTP'],
  [
    'content-length and chunks at once',
    'HTTP/1.1 200 OK\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n',
    'HTTP',
  ],
  ['a bad chunk', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n', 'HTTP'],
  ['headers without end', `HTTP/1.1 200 OK\r\n${'x: yyyyyyyyyyyyyyyy\r\n'.repeat(2000)}`, 'HTTP'],
  [
    'an upgrade',
    'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n',
    'another protocol',
  ],
])('%s is an error with outcome unknown', async (_name, text, message) => {
  const error = await failureOn(text);
  expect(error).toMatchObject({ code: 'UNAVAILABLE', outcome: 'unknown' });
  expect(error.message).toContain(message);
  expect(error.message).not.toContain('\x1b');
  expect(Object.keys(error.cause ?? {})).not.toContain('rawPacket');
});

test('interim answers are passed over', async () => {
  const { status } = await answerTo(Buffer.concat([Buffer.from('HTTP/1.1 103 Early Hints\r\n\r\n'), reply('{}')]));
  expect(status).toBe(200);
});

test.each([
  ['https://portal.hotel.example/login?token=hunter2', 'redirected the request to portal.hotel.example (status 302)'],
  ['/elsewhere?token=hunter2', 'redirected the request to 127.0.0.1'],
  ['http://\x1b]0;x', 'redirected the request to'],
])('a redirect to %j is not followed', async (location, message) => {
  server = await answering(reply('', `location: ${location.replace('\x1b', '')}`, '302 Found'));
  const error = await errorOf(direct()(post(server.url)));
  expect(error).toMatchObject({ code: 'UNAVAILABLE', outcome: 'unknown' });
  expect(error.message).toContain(message);
  expect(error.message).not.toContain('hunter2');
  expect(server.requests).toHaveLength(1);
});

test('an HTML page with status 200 is an answer, for the caller to judge', async () => {
  const { body, headers } = await answerTo(reply('<html>', 'content-type: text/html'));
  expect([body.toString(), headers['content-type']]).toEqual(['<html>', 'text/html']);
});

test('each request has a connection of its own, closed when it is done', async () => {
  let connections = 0;
  server = await rawServer((socket) => {
    connections++;
    socket.write(reply('{}').toString()); // and keeps it open
  });
  const send = direct();
  for (let i = 0; i < 3; i++) await send(get(server.url));
  expect(connections).toBe(3);
  await until(() => server!.open() === 0);
});

test('many requests at once raise no warning and none is mixed up', async () => {
  const warnings: string[] = [];
  const note = (warning: Error): void => void warnings.push(warning.message);
  process.on('warning', note);
  server = await rawServer((socket) => socket.end(reply(/^GET (\S+)/.exec(server!.requests.at(-1)!)![1]!)));
  const send = direct();
  const paths = Array.from({ length: 40 }, (_, i) => `/${i}`);
  const bodies = await Promise.all(paths.map(async (path) => (await send(get(server!.url + path))).body.toString()));
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', note);
  expect(bodies).toEqual(paths);
  expect(warnings).toEqual([]);
});
