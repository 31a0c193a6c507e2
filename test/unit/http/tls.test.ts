import { createServer, type Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { makeCertificateAuthority, type ServerIdentity } from '../../support/tls.ts';
import { direct, errorOf, here, post } from './servers.ts';

const ca = makeCertificateAuthority();
const stranger = makeCertificateAuthority();

let server: Server;
let requests: string[];
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

async function start(identity: ServerIdentity): Promise<number> {
  requests = [];
  server = createServer(identity, (request, response) => {
    const { servername } = request.socket as Socket & { readonly servername: string | false };
    requests.push(`${request.headers.host ?? ''} ${String(servername)}`);
    response.end('{}');
  });
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

test("a certificate for the host name, by a known authority, is accepted; SNI and Host are the URL's", async () => {
  const port = await start(ca.issue(['cvm.tencentcloudapi.com']));
  const send = direct({ ca: ca.caPem, lookup: here });
  expect((await send(post(`https://cvm.tencentcloudapi.com:${port}`))).status).toBe(200);
  expect(requests).toEqual([`cvm.tencentcloudapi.com:${port} cvm.tencentcloudapi.com`]);
});

test('a certificate for an address is accepted, without SNI', async () => {
  const port = await start(ca.issue(['127.0.0.1']));
  expect((await direct({ ca: ca.caPem })(post(`https://127.0.0.1:${port}`))).status).toBe(200);
  expect(requests).toEqual([`127.0.0.1:${port} false`]);
});

test('whose certificate is wanted follows from the URL, not from a Host header', async () => {
  const port = await start(ca.issue(['cvm.tencentcloudapi.com']));
  const send = direct({ ca: ca.caPem, lookup: here });
  await send(post(`https://cvm.tencentcloudapi.com:${port}`, '{}', { Host: 'other.test' }));
  expect(requests).toEqual(['other.test cvm.tencentcloudapi.com']);
});

interface Bad {
  readonly name: string;
  readonly identity: () => ServerIdentity;
  readonly words: string;
  readonly hint: string;
}
const bad: readonly Bad[] = [
  {
    name: 'an unknown authority',
    identity: () => stranger.issue(['api.test']),
    words: 'its authority is not known here',
    hint: 'NODE_EXTRA_CA_CERTS',
  },
  {
    name: 'another host name',
    identity: () => ca.issue(['other.test']),
    words: 'issued for another host',
    hint: 'captive',
  },
  {
    name: 'an expired one',
    identity: () => ca.issue(['api.test'], { expired: true }),
    words: 'expired',
    hint: 'clock',
  },
];

test.each(bad)('a certificate with $name is refused, and nothing is sent', async ({ identity, words, hint }) => {
  const port = await start(identity());
  const error = await errorOf(
    direct({ ca: ca.caPem, lookup: here })(post(`https://api.test:${port}/?Signature=hunter2`)),
  );
  expect(error).toMatchObject({ code: 'UNAVAILABLE', outcome: 'none' });
  expect(error.message).toContain(`the certificate of api.test:${port} is not trusted: `);
  expect(error.message).toContain(words);
  expect(error.hints.join('\n')).toContain(hint);
  expect(error.message).not.toContain('hunter2');
  expect(error.cause).not.toHaveProperty('cert');
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(requests).toEqual([]);
});

test.each([
  ['127.0.0.1', 'set NODE_EXTRA_CA_CERTS to the file that this prints: keypair sandbox serve --tls'],
  ['localhost', 'check --endpoint'],
])('on loopback (%s) neither a proxy nor a network is to blame for the certificate', async (host, hint) => {
  const port = await start(stranger.issue(['127.0.0.1']));
  const ca = host === 'localhost' ? stranger.caPem : undefined;
  const error = await errorOf(
    direct({ ...(ca === undefined ? {} : { ca }), lookup: here })(post(`https://${host}:${port}`)),
  );
  expect(error.message).toContain(`the certificate of ${host}:${port} is not trusted: `);
  expect(error.hints).toEqual([hint]);
});

test('a self-signed certificate is refused by an ordinary transport', async () => {
  const port = await start(ca.issue(['api.test']));
  const error = await errorOf(direct({ lookup: here })(post(`https://api.test:${port}`)));
  expect(error.message).toContain('is not trusted');
  expect(requests).toEqual([]);
});
