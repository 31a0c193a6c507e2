import { afterEach, expect, test } from 'vitest';
import { KeypairError } from '../../../src/errors.ts';
import { isExcepted, parseProxy } from '../../../src/http/proxy.ts';
import { routeTo } from '../../../src/http/route.ts';
import { startProxy, type ProxyMode, type ProxyOptions, type TestProxy } from '../../support/proxy.ts';
import { makeCertificateAuthority, type ServerIdentity } from '../../support/tls.ts';
import {
  answering,
  direct,
  errorOf,
  expectNothingUncaught,
  get,
  post,
  rawServer,
  reply,
  until,
  type RawServer,
} from './servers.ts';

const ca = makeCertificateAuthority();
const origin = ca.issue(['cvm.tencentcloudapi.com']);
const edge = ca.issue(['localhost']);
expectNothingUncaught();

let server: RawServer | undefined;
let proxy: TestProxy | undefined;
afterEach(async () => {
  await proxy?.close();
  await server?.close();
  proxy = server = undefined;
});

const URL_ASKED = 'https://cvm.tencentcloudapi.com/?Signature=hunter2';

async function behind(options: Omit<ProxyOptions, 'to'>, identity = origin): Promise<TestProxy> {
  server = await answering(reply('{"from":"origin"}'), identity);
  proxy = await startProxy({ to: server.port, ...options });
  return proxy;
}

function through(url: string, timeoutMs = 5000): ReturnType<typeof direct> {
  return direct({ timeoutMs, ca: ca.caPem, proxyFor: () => url });
}

const KINDS: readonly { readonly kind: string; readonly tls: () => { readonly tls?: ServerIdentity } }[] = [
  { kind: 'http', tls: () => ({}) },
  { kind: 'https', tls: () => ({ tls: edge }) },
];

test.each(KINDS)('$kind proxy: the request goes through a tunnel that only the service can read', async ({ tls }) => {
  const { url, targets, plain } = await behind(tls());
  const { status, body } = await through(url)(post(URL_ASKED));
  expect([status, body.toString()]).toEqual([200, '{"from":"origin"}']);
  expect(targets).toEqual(['cvm.tencentcloudapi.com:443']);
  expect(plain).toEqual([]);
  expect(server!.requests[0]).toContain('host: cvm.tencentcloudapi.com\r\n');
  expect(server!.requests[0]).not.toMatch(/proxy-authorization/i);
  await until(() => proxy!.open() === 0);
});

test.each(KINDS)('$kind proxy: user and password, percent-encoded in the setting', async ({ tls }) => {
  const { url, port } = await behind({ ...tls(), auth: 'us:er'.replace(':', '.') + ':p@ss/wörd%' });
  const named = url.replace('//', '//us.er:p%40ss%2Fw%C3%B6rd%25@');
  expect((await through(named)(get(URL_ASKED))).status).toBe(200);
  const wrong = await errorOf(through(url.replace('//', '//us.er:sesame@'))(get(URL_ASKED)));
  expect(wrong.message).toBe(`the proxy ${url} answered 407 when asked to connect to cvm.tencentcloudapi.com`);
  expect(wrong.hints).toEqual(['the proxy does not accept the user and password that HTTPS_PROXY names']);
  expect(JSON.stringify([wrong, String(wrong.cause)])).not.toContain('sesame');
  expect(port).toBeGreaterThan(0);
});

test('a percent sign that nobody encoded is meant literally', async () => {
  const { url } = await behind({ auth: 'user:100%' });
  expect((await through(url.replace('//', '//user:100%@'))(get(URL_ASKED))).status).toBe(200);
});

const REFUSALS: readonly { readonly mode: ProxyMode; readonly words: string; readonly hint: string }[] = [
  { mode: 407, words: 'answered 407', hint: 'http://user:password@host:port' },
  { mode: 403, words: 'answered 403', hint: 'NO_PROXY' },
  { mode: 502, words: 'answered 502', hint: 'NO_PROXY' },
  { mode: 302, words: 'answered 302', hint: 'NO_PROXY' },
  { mode: 'garbage', words: 'gave', hint: 'NO_PROXY' },
  { mode: 'drop', words: 'gave no usable answer', hint: 'HTTPS_PROXY' },
];

test.each(KINDS.flatMap((kind) => REFUSALS.map((refusal) => ({ ...kind, ...refusal }))))(
  '$kind proxy, $mode: an error of its own, at once, and nothing left',
  async ({ tls, mode, words, hint }) => {
    const { url } = await behind({ ...tls(), mode });
    const started = performance.now();
    const error = await errorOf(through(url)(post(URL_ASKED)));
    expect(performance.now() - started).toBeLessThan(2000);
    expect(error).toMatchObject({ code: 'UNAVAILABLE', outcome: 'none', answer: undefined });
    expect(error.message).toContain(`the proxy ${url} ${words}`);
    expect(error.message).not.toMatch(/hunter2|\x1b/);
    expect(error.hints.join()).toContain(hint);
    expect(server!.requests).toEqual([]);
    await until(() => proxy!.open() === 0);
  },
);

test.each(KINDS)('$kind proxy that never answers: the timeout and the signal end it', async ({ tls }) => {
  const { url } = await behind({ ...tls(), mode: 'hang' });
  const late = await errorOf(through(url, 300)(post(URL_ASKED)));
  expect(late).toMatchObject({ code: 'UNAVAILABLE', outcome: 'none' });
  expect(late.message).toBe(
    `timed out after 0.3 s while waiting for the proxy to connect to cvm.tencentcloudapi.com (through ${url})`,
  );
  await until(() => proxy!.open() === 0);

  const cancel = new AbortController();
  const pending = errorOf(through(url)(post(URL_ASKED), { signal: cancel.signal }));
  await until(() => proxy!.targets.length === 2);
  cancel.abort();
  expect(await pending).toMatchObject({ code: 'CANCELLED', outcome: 'none' });
  await until(() => proxy!.open() === 0);
});

test('a proxy that is not there, or whose name does not exist', async () => {
  const { port, url } = await behind({});
  await proxy!.close();
  const refused = await errorOf(through(url)(post(URL_ASKED)));
  expect(refused).toMatchObject({ code: 'UNAVAILABLE', outcome: 'none' });
  expect(refused.message).toBe(`cannot reach the proxy http://127.0.0.1:${port}: connection refused (ECONNREFUSED)`);
  proxy = undefined;

  const unknown = await errorOf(
    direct({
      proxyFor: () => 'http://user:sesame@proxy.corp:3128',
      lookup: (name, _options, callback) => {
        callback(Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), { code: 'ENOTFOUND' }), '', 4);
      },
    })(post(URL_ASKED)),
  );
  expect(unknown.message).toBe(
    'cannot reach the proxy http://proxy.corp:3128: the host name does not exist (ENOTFOUND)',
  );
});

test('the certificate of an https proxy is verified', async () => {
  const { url } = await behind({ tls: ca.issue(['elsewhere.test']), auth: 'user:sesame' });
  const error = await errorOf(through(url.replace('//', '//user:sesame@'))(post(URL_ASKED)));
  expect(error).toMatchObject({ code: 'UNAVAILABLE', outcome: 'none' });
  expect(error.message).toContain(`the certificate of the proxy ${url} is not trusted`);
  expect(proxy!.targets).toEqual([]);
});

test('the certificate of the service is verified through the tunnel', async () => {
  const { url } = await behind({}, ca.issue(['elsewhere.test', 'localhost']));
  const error = await errorOf(through(url)(post(URL_ASKED)));
  expect(error).toMatchObject({ code: 'UNAVAILABLE', outcome: 'none' });
  expect(error.message).toContain('the certificate of cvm.tencentcloudapi.com is not trusted');
  expect(server!.requests).toEqual([]);
});

test('a service at an address is not taken for its proxy', async () => {
  const { port } = await behind({}, ca.issue(['localhost']));
  const error = await errorOf(through(`http://localhost:${port}`)(post('https://192.0.2.7/')));
  expect(error.message).toContain('the certificate of 192.0.2.7 is not trusted');
  expect(server!.requests).toEqual([]);
});

test('a tunnel that breaks in the TLS handshake: nothing left; after the request: unknown', async () => {
  server = await rawServer((socket) => socket.destroy(), origin);
  proxy = await startProxy({ to: server.port });
  const late = await errorOf(through(proxy.url)(post(URL_ASKED)));
  expect(late).toMatchObject({ code: 'UNAVAILABLE', outcome: 'unknown' });
  await server.close();
  const early = await errorOf(through(proxy.url)(post(URL_ASKED)));
  expect(early).toMatchObject({ code: 'UNAVAILABLE', outcome: 'none' });
});

test('timeouts through a tunnel tell the phase', async () => {
  server = await rawServer(() => undefined, origin);
  proxy = await startProxy({ to: server.port });
  const waiting = await errorOf(through(proxy.url, 400)(post(URL_ASKED)));
  expect(waiting).toMatchObject({ outcome: 'unknown' });
  expect(waiting.message).toContain('while waiting for the answer of cvm.tencentcloudapi.com');
  await server.close();
  await proxy.close();

  server = await rawServer(() => undefined);
  proxy = await startProxy({ to: server.port });
  const handshake = await errorOf(through(proxy.url, 400)(post(URL_ASKED)));
  expect(handshake).toMatchObject({ outcome: 'none' });
  expect(handshake.message).toContain('during the TLS handshake with cvm.tencentcloudapi.com');
  await until(() => proxy!.open() === 0);
});

test('a plain http service goes through a tunnel where the setting says so, and directly else', async () => {
  server = await answering(reply('{}'));
  proxy = await startProxy({ to: server.port });
  const { url } = proxy;
  const asked: string[] = [];
  const send = direct({
    proxyFor: (target) => {
      asked.push(target.href);
      return target.hostname === 'api.test' ? url : '';
    },
  });
  expect((await send(get('http://api.test/'))).status).toBe(200);
  expect((await send(get(server.url))).status).toBe(200);
  expect(proxy.targets).toEqual(['api.test:80']);
  // Loopback needs no setting.
  expect(asked).toEqual(['http://api.test/']);
});

test('dropping proxies crash nothing, a hundred times over', async () => {
  const { url } = await behind({ tls: edge, mode: 'drop' });
  const send = through(url);
  for (let i = 0; i < 100; i++) expect((await errorOf(send(post(URL_ASKED)))).outcome).toBe('none');
}, 60_000);

test.each([
  'socks5://user:sesame@127.0.0.1:1080',
  'ftp://sesame@x',
  'http://',
  'http://user:sesame@:80:90',
  '::::sesame',
])('the setting %j is refused with a hint and not repeated', async (setting) => {
  const error = await errorOf(direct({ proxyFor: () => setting })(get(URL_ASKED)));
  expect(error).toMatchObject({ code: 'USAGE', outcome: 'none' });
  expect(error.cause).toBeUndefined();
  expect(error.message).not.toContain('sesame');
  expect(error.hints.join()).toContain('HTTPS_PROXY');
});

test('a setting without a scheme is an http proxy', () => {
  expect(parseProxy('proxy.corp:3128').url.href).toBe('http://proxy.corp:3128/');
  expect(parseProxy('user:pw@proxy.corp').authorization?.reveal()).toBe('Basic dXNlcjpwdw==');
  expect(() => parseProxy('socks5h://x')).toThrow(KeypairError);
});

test('a password that a proxy refuses is shown to it once, however many ask at once', async () => {
  const { url, port, targets } = await behind({ auth: 'user:right' });
  const send = through(url.replace('//', '//user:wrong@'));
  const errors = await Promise.all(Array.from({ length: 20 }, () => errorOf(send(get(URL_ASKED)))));
  expect(new Set(errors.map(({ message }) => message)).size).toBe(1);
  expect(errors.every((error) => error.final && error.outcome === 'none')).toBe(true);
  expect(targets).toHaveLength(1);
  // Another password is another try.
  await through(`http://user:right@127.0.0.1:${port}`)(get(URL_ASKED));
  expect(targets).toHaveLength(2);
});

test('a proxy that answers 403 to one host after it has let others through is asked again', async () => {
  const { url } = await behind({ auth: 'user:right' });
  const send = through(url.replace('//', '//user:right@'));
  await Promise.all(Array.from({ length: 5 }, () => send(get(URL_ASKED))));
  expect(proxy!.targets).toHaveLength(5);
});

test('a loopback address is never reached through a proxy', async () => {
  const { url, targets, plain } = await behind({});
  const local = await answering(reply('{"from":"here"}'));
  for (const host of ['127.0.0.1', 'localhost', '127.1.2.3']) {
    await through(url)(post(`http://${host}:${local.port}/`)).catch((error: unknown) => error);
  }
  await local.close();
  expect([targets, plain]).toEqual([[], []]);
  expect(routeTo(new URL('http://[::1]:8080'), () => url, undefined).proxy).toBeNull();
});

test.each([
  'http://user:pa#ss@proxy:3128',
  'user:1#x@proxy:3128',
  'http://us/er:secret@proxy',
  'http://u:sec?ret@proxy',
])('a character that ends the password gets a hint, and the password is not shown: %s', (setting) => {
  expect(() => parseProxy(setting)).toThrow('is not percent-encoded');
  const error = errorThrown(() => parseProxy(setting));
  expect(error.hints.join()).toContain('percent-encode the user and the password in HTTPS_PROXY: %23');
  expect(JSON.stringify([error.message, error.hints])).not.toMatch(/pa#|1#x|secret|sec\?ret/);
});

test.each([
  ['https://10.1.2.3/', '10.0.0.0/8', true],
  ['https://11.1.2.3/', '10.0.0.0/8', false],
  ['https://[fd12::1]/', 'localhost, fd00::/8', true],
  ['https://[fe80::1]/', 'fd00::/8', false],
  ['https://[fd12::1]/', 'fd12::1', true],
  ['https://cvm.tencentcloudapi.com/', 'tencentcloudapi.com.', false],
  ['https://cvm.tencentcloudapi.com/', '.tencentcloudapi.com.', true],
  ['https://cvm.tencentcloudapi.com./', 'cvm.tencentcloudapi.com.', true],
  ['https://cvm.tencentcloudapi.com/', '10.0.0.0/8 nonsense/99,10.0.0.0/99', false],
])('%s with NO_PROXY=%s', (url, noProxy, expected) => {
  expect(isExcepted(new URL(url), noProxy)).toBe(expected);
});

function errorThrown(act: () => unknown): KeypairError {
  try {
    act();
  } catch (error) {
    if (error instanceof KeypairError) return error;
  }
  throw new Error('nothing was thrown');
}
