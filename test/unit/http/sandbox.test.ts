import { afterEach, expect, test } from 'vitest';
import { KeypairError } from '../../../src/errors.ts';
import { createTransport } from '../../../src/http/transport.ts';
import { answering, direct, errorOf, post, reply, type RawServer } from './servers.ts';

let server: RawServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

test("the sandbox is dialled in plain http while URL, Host and path stay production's; no proxy is asked", async () => {
  server = await answering(reply('{"ok":true}'));
  const send = direct({
    dial: { host: '127.0.0.1', port: server.port },
    proxyFor: () => {
      throw new Error('asked for a proxy');
    },
  });
  const answer = await send(post('https://cvm.tencentcloudapi.com/?Action=CreateKeyPair', '{"a":1}'));
  expect(answer.status).toBe(200);
  expect(server.requests).toHaveLength(1);
  expect(server.requests[0]).toMatch(/^POST \/\?Action=CreateKeyPair HTTP\/1\.1\r\n/);
  expect(server.requests[0]).toContain('host: cvm.tencentcloudapi.com\r\n');
  expect(server.requests[0]!.endsWith('\r\n\r\n{"a":1}')).toBe(true);
});

test('a sandbox that is not there says how to start it', async () => {
  server = await answering('');
  await server.close();
  const { port } = server;
  const error = await errorOf(direct({ dial: { host: '127.0.0.1', port } })(post('https://cvm.tencentcloudapi.com')));
  expect(error).toMatchObject({ code: 'UNAVAILABLE', outcome: 'none' });
  expect(error.message).toContain(`cvm.tencentcloudapi.com (sandbox at 127.0.0.1:${port})`);
  expect(error.hints.join()).toContain('keypair sandbox serve');
});

test.each(['10.0.0.1', '0.0.0.0', 'example.com', '127.0.0.1.example.com', ''])('%j is never dialled', (host) => {
  expect(() => createTransport({ timeoutMs: 1, proxyFor: () => '', dial: { host, port: 1 } })).toThrow(KeypairError);
});
