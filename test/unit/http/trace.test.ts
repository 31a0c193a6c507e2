import { generateKeyPairSync } from 'node:crypto';
import { afterEach, expect, test } from 'vitest';
import { Secret } from '../../../src/secret.ts';
import type { TransportOptions } from '../../../src/http/transport.ts';
import { startProxy, type TestProxy } from '../../support/proxy.ts';
import { makeCertificateAuthority } from '../../support/tls.ts';
import { answering, direct, errorOf, get, post, reply, type RawServer } from './servers.ts';

const ca = makeCertificateAuthority();

let server: RawServer | undefined;
let proxy: TestProxy | undefined;
afterEach(async () => {
  await proxy?.close();
  await server?.close();
  proxy = server = undefined;
});

function tracing(options: Partial<TransportOptions> = {}): {
  lines: string[];
  send: ReturnType<typeof direct>;
} {
  const lines: string[] = [];
  return { lines, send: direct({ trace: (line) => lines.push(line), ...options }) };
}

const SECRET_KEY = 'Gu5t9xGARNpq86cd98joQYCN3';
const TOKEN = 'sts/token+4f9a8b7c==';
const PASSWORD = 'pr0xy-pässword';
const PRIVATE = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
}).privateKey;

/** Everything that may never be seen, in the forms in which it could be. */
const FORBIDDEN = [
  SECRET_KEY,
  TOKEN,
  encodeURIComponent(TOKEN),
  Buffer.from(TOKEN).toString('base64'),
  PASSWORD,
  encodeURIComponent(PASSWORD),
  Buffer.from(`user:${PASSWORD}`).toString('base64'),
  'f00dsignature',
  ...PRIVATE.split('\n').filter((line) => line.length > 20 && !line.startsWith('-----')),
];

test('a whole exchange through a proxy is told, and no planted secret is in it', async () => {
  const leaky = {
    Response: {
      KeyPair: { KeyId: 'skey-1', KeyName: 'Tencent', PrivateKey: PRIVATE },
      Copy: PRIVATE.replace(/-----.*-----|\n/g, ''),
      Message: `server string to sign is: POST&Token=${encodeURIComponent(TOKEN)}&key=${SECRET_KEY} ${TOKEN}`,
      RequestId: 'req-1',
    },
  };
  const head = `content-type: application/json\r\nx-echo: ${SECRET_KEY}\r\nset-cookie: a=${TOKEN}`;
  server = await answering(reply(JSON.stringify(leaky), head), ca.issue(['cvm.tencentcloudapi.com']));
  proxy = await startProxy({ to: server.port, auth: `user:${PASSWORD}` });
  const url = proxy.url.replace('//', `//user:${encodeURIComponent(PASSWORD)}@`);
  const { lines, send } = tracing({
    ca: ca.caPem,
    proxyFor: () => url,
    secrets: [new Secret(SECRET_KEY), new Secret(TOKEN)],
    userAgent: 'keypair/1',
  });
  const query = `Action=CreateKeyPair&Token=${encodeURIComponent(TOKEN)}&Signature=f00dsignature&Echo=${encodeURIComponent(TOKEN)}`;
  await send(
    post(
      `https://cvm.tencentcloudapi.com/?${query}`,
      JSON.stringify({ KeyName: 'Tencent', Password: 'x', Note: TOKEN }),
      {
        Authorization:
          'TC3-HMAC-SHA256 Credential=AKID/2023/cvm/tc3_request, SignedHeaders=host, Signature=f00dsignature',
        'X-TC-Token': TOKEN,
        'x-acs-security-token': TOKEN,
      },
    ),
  );
  const text = lines.join('\n');
  for (const secret of FORBIDDEN) expect(text).not.toContain(secret);
  expect(text).toContain(
    '> POST https://cvm.tencentcloudapi.com/?Action=CreateKeyPair&Token=[secret]&Signature=[secret]&Echo=[secret]',
  );
  expect(text).toContain(`* through the proxy ${proxy.url}`);
  expect(text).toContain(
    '> Authorization: TC3-HMAC-SHA256 Credential=AKID/2023/cvm/tc3_request SignedHeaders=host [secret]',
  );
  expect(text).toContain('> user-agent: keypair/1');
  expect(text).toContain('> {"KeyName":"Tencent","Password":"[secret]","Note":"[secret]"}');
  expect(text).toMatch(/^\* connected to 127\.0\.0\.1, TLSv1\.3$/m);
  expect(text).toContain('< 200');
  expect(text).toContain('"KeyId":"skey-1"');
  expect(text).toContain('"PrivateKey":"[secret]"');
  expect(text).toContain('"RequestId":"req-1"');
  expect(text).toMatch(/^\* proxy \d+ ms, tls \d+ ms, send \d+ ms, wait \d+ ms, read \d+ ms$/m);
});

test('failures are told without secrets', async () => {
  const { lines, send } = tracing({
    secrets: [new Secret(SECRET_KEY)],
    lookup: (name, _options, callback) => {
      callback(Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), { code: 'ENOTFOUND' }), '', 4);
    },
  });
  await errorOf(send(get(`https://${SECRET_KEY.toLowerCase()}.test/?Signature=f00dsignature&k=${SECRET_KEY}`)));
  const text = lines.join('\n');
  expect(text).toMatch(/^! cannot reach .*\(ENOTFOUND\)$/m);
  expect(text).toMatch(/^\* lookup \d+ ms$/m);
  for (const secret of FORBIDDEN) expect(text).not.toContain(secret);
});

test('of a form the sensitive fields are hidden, and what is neither form nor JSON is told by its size and type only', async () => {
  server = await answering(reply(`<html>${SECRET_KEY}</html>`, 'content-type: text/html'));
  const { lines, send } = tracing();
  await send(post(server.url, 'KeyName=a&Token=b', { 'content-type': 'application/x-www-form-urlencoded' }));
  expect(lines).toContain('> KeyName=a&Token=[secret]');
  expect(lines).toContain('< (38 bytes, text/html)');
  expect(lines.join('\n')).not.toContain(SECRET_KEY);
});

test('no line can steer the terminal, and a long one is cut', async () => {
  const body = JSON.stringify({ Message: '\x1b[2J\u202e\x9b', Long: 'x '.repeat(20_000) });
  server = await answering(reply(body.replaceAll('\\u001b', '\x1b'), 'x-a: \x9b31m'));
  const { lines, send } = tracing();
  await send(get(server.url));
  expect(lines.filter((line) => /[\x00-\x1f\x7f-\x9f\u202e]/.test(line))).toEqual([]);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(8000);
});
