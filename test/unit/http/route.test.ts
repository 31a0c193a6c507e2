import { createServer, type LookupFunction } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { createTransport } from '../../../src/http/transport.ts';
import { makeCertificateAuthority } from '../../support/tls.ts';
import {
  answering,
  deafServer,
  direct,
  errorOf,
  get,
  here,
  post,
  rawServer,
  reply,
  until,
  type RawServer,
} from './servers.ts';

const ca = makeCertificateAuthority();

let server: RawServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

const nowhere: LookupFunction = (name, _options, callback) => {
  callback(Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), { code: 'ENOTFOUND' }), '', 4);
};
const never: LookupFunction = () => undefined;

const SECRET_QUERY = '?Signature=hunter2&SecretId=AKID';

/** A port on which nothing listens. */
async function closedPort(): Promise<number> {
  const gone = await answering('');
  await gone.close();
  return gone.port;
}

test('a host name that does not exist: nothing left', async () => {
  const error = await errorOf(direct({ lookup: nowhere })(post(`https://api.test/${SECRET_QUERY}`)));
  expect(error).toMatchObject({ code: 'UNAVAILABLE', outcome: 'none' });
  expect(error.message).toBe('cannot reach api.test: the host name does not exist (ENOTFOUND)');
  expect(error.hints.join()).toContain('DNS');
  expect(error.cause).toMatchObject({ code: 'ENOTFOUND' });
});

test('a refused connection: nothing left', async () => {
  const port = await closedPort();
  for (const scheme of ['http', 'https']) {
    const error = await errorOf(direct()(post(`${scheme}://127.0.0.1:${port}/${SECRET_QUERY}`)));
    expect(error).toMatchObject({ code: 'UNAVAILABLE', outcome: 'none' });
    expect(error.message).toBe(`cannot reach 127.0.0.1:${port}: connection refused (ECONNREFUSED)`);
    expect(error.hints.join()).toContain('HTTPS_PROXY');
    expect(JSON.stringify([error, error.message, String(error.cause)])).not.toContain('hunter2');
  }
});

test('every address of a name refused: nothing left', async () => {
  const port = await closedPort();
  const both: LookupFunction = (_name, _options, callback) => {
    callback(null, [
      { address: '127.0.0.1', family: 4 },
      { address: '127.0.0.2', family: 4 },
      { address: '::1', family: 6 },
    ]);
  };
  const error = await errorOf(direct({ lookup: both })(post(`http://api.test:${port}`)));
  expect(error).toMatchObject({ code: 'UNAVAILABLE', outcome: 'none' });
  expect(error.message).toMatch(/^cannot reach api\.test:\d+: .+\(E\w+\)$/);
});

test('a connection closed in the TLS handshake: nothing left', async () => {
  const closer = createServer((socket) => socket.on('error', () => undefined).end());
  await new Promise<void>((resolve) => closer.listen(0, '127.0.0.1', resolve));
  const { port } = closer.address() as { port: number };
  const error = await errorOf(direct()(post(`https://127.0.0.1:${port}`)));
  closer.close();
  expect(error).toMatchObject({ code: 'UNAVAILABLE', outcome: 'none' });
  expect(error.message).toContain('the other side closed the connection (ECONNRESET)');
});

test('a server without TLS where TLS was asked for: nothing left', async () => {
  server = await answering(reply('{}'));
  const greeter = createServer((socket) => socket.on('error', () => undefined).write('HTTP/1.1 400 Bad\r\n\r\n'));
  await new Promise<void>((resolve) => greeter.listen(0, '127.0.0.1', resolve));
  const { port } = greeter.address() as { port: number };
  const error = await errorOf(direct()(post(`https://127.0.0.1:${port}`)));
  greeter.close();
  expect(error).toMatchObject({ code: 'UNAVAILABLE', outcome: 'none' });
  expect(error.message).toContain('no TLS connection could be agreed on');
});

test('a connection closed after the request: it may have been acted on', async () => {
  server = await rawServer((socket) => socket.end());
  const plain = await errorOf(direct()(post(`${server.url}/${SECRET_QUERY}`)));
  expect(plain).toMatchObject({ code: 'UNAVAILABLE', outcome: 'unknown' });
  expect(plain.message).toContain('the connection broke while waiting for the answer of 127.0.0.1');
  await server.close();

  server = await rawServer((socket) => socket.destroy(), ca.issue(['api.test']));
  const secure = await errorOf(
    direct({ lookup: here, ca: ca.caPem })(post(`https://api.test:${server.port}/${SECRET_QUERY}`)),
  );
  expect(secure).toMatchObject({ code: 'UNAVAILABLE', outcome: 'unknown' });
  expect(secure.message).toBe(
    `the connection broke while waiting for the answer of api.test:${server.port}: the other side closed the connection (ECONNRESET)`,
  );
  expect(server.requests).toHaveLength(1);
});

test('a request is never sent twice', async () => {
  let connections = 0;
  server = await rawServer((socket) => {
    connections++;
    socket.resetAndDestroy();
  });
  await errorOf(direct()(post(server.url)));
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(connections).toBe(1);
});

let blocker: Awaited<ReturnType<typeof deafServer>> | undefined;
afterEach(() => {
  blocker?.close();
  blocker = undefined;
});

interface Stage {
  readonly name: string;
  readonly outcome: 'none' | 'unknown';
  readonly words: string;
  readonly body?: string;
  /** Starts what hangs in this phase and gives the URL and the look-up for it. */
  readonly start: () => Promise<{ readonly url: string; readonly lookup?: LookupFunction }>;
}

const silent = async (): Promise<{ readonly url: string }> => {
  server = await rawServer(() => undefined);
  return { url: server.url };
};

const stages: readonly Stage[] = [
  {
    name: 'lookup',
    outcome: 'none',
    words: 'while looking up the host name of api.test',
    start: () => Promise.resolve({ url: 'https://api.test', lookup: never }),
  },
  {
    name: 'connect',
    outcome: 'none',
    words: 'while connecting to api.test:',
    start: async () => {
      blocker = await deafServer();
      return { url: `http://api.test:${blocker.port}`, lookup: here };
    },
  },
  {
    name: 'tls',
    outcome: 'none',
    words: 'during the TLS handshake with 127.0.0.1:',
    start: async () => ({ url: (await silent()).url.replace('http:', 'https:') }),
  },
  {
    name: 'send',
    outcome: 'unknown',
    words: 'while sending the request to 127.0.0.1:',
    body: 'x'.repeat(32 * 1024 * 1024), // more than the kernel takes for a server that does not read
    start: async () => {
      blocker = await deafServer(0);
      return { url: `http://127.0.0.1:${blocker.port}` };
    },
  },
  {
    name: 'wait',
    outcome: 'unknown',
    words: 'while waiting for the answer of 127.0.0.1:',
    start: silent,
  },
  {
    name: 'half a head',
    outcome: 'unknown',
    words: 'while waiting for the answer of 127.0.0.1:',
    start: async () => {
      server = await rawServer((socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-'));
      return { url: server.url };
    },
  },
  {
    name: 'endless interim answers',
    outcome: 'unknown',
    words: 'while waiting for the answer of 127.0.0.1:',
    start: async () => {
      server = await rawServer((socket) => {
        const timer = setInterval(() => socket.write('HTTP/1.1 103 Early Hints\r\n\r\n'), 20);
        socket.on('close', () => {
          clearInterval(timer);
        });
      });
      return { url: server.url };
    },
  },
  {
    name: 'a body that drips',
    outcome: 'unknown',
    words: 'while reading the answer of 127.0.0.1:',
    start: async () => {
      server = await rawServer((socket) => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{"PrivateKey":"');
        const timer = setInterval(() => socket.write('x'), 20);
        socket.on('close', () => {
          clearInterval(timer);
        });
      });
      return { url: server.url };
    },
  },
];

test.each(stages)('timeout in: $name', async ({ start, outcome, words, body }) => {
  const { url, lookup } = await start();
  const started = performance.now();
  const options = { timeoutMs: 300, ...(lookup === undefined ? {} : { lookup }) };
  const error = await errorOf(direct(options)(post(`${url}/${SECRET_QUERY}`, body)));
  const elapsed = performance.now() - started;
  expect(error).toMatchObject({ code: 'UNAVAILABLE', outcome });
  expect(error.message).toContain('timed out after 0.3 s');
  expect(error.message).toContain(words);
  expect(error.message).not.toContain('hunter2');
  expect(error.hints.join()).toContain('--timeout');
  expect(elapsed).toBeGreaterThan(250);
  expect(elapsed).toBeLessThan(1500);
  if (server !== undefined) await until(() => server!.open() === 0);
});

test.each(stages)('cancelled in: $name', async ({ start, outcome, words, body }) => {
  const { url, lookup } = await start();
  const cancel = new AbortController();
  setTimeout(() => {
    cancel.abort();
  }, 150);
  const send = direct(lookup === undefined ? {} : { lookup });
  const error = await errorOf(send(post(url, body), { signal: cancel.signal }));
  expect(error).toMatchObject({ code: 'CANCELLED', outcome });
  expect(error.message).toContain(words.replace(/^/, 'cancelled '));
  if (server !== undefined) await until(() => server!.open() === 0);
});

test('what came of an answer before the timeout is kept', async () => {
  server = await rawServer((socket) =>
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{"PrivateKey":"half'),
  );
  const error = await errorOf(direct({ timeoutMs: 300 })(post(server.url)));
  expect(error.answer?.reveal()).toBe('{"PrivateKey":"half');
});

test('a signal that was aborted before, and a closed transport, send nothing', async () => {
  server = await answering(reply('{}'));
  const early = await errorOf(direct()(get(server.url), { signal: AbortSignal.abort() }));
  expect(early).toMatchObject({ code: 'CANCELLED', outcome: 'none' });

  const transport = createTransport({ timeoutMs: 5000, proxyFor: () => '' });
  transport.close();
  expect(await errorOf(transport.send(get(server.url)))).toMatchObject({
    code: 'CANCELLED',
    outcome: 'none',
  });
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(server.requests).toEqual([]);
});

test('closing ends what is under way', async () => {
  server = await rawServer(() => undefined);
  const transport = createTransport({ timeoutMs: 5000, proxyFor: () => '' });
  const pending = errorOf(transport.send(get(server.url)));
  await until(() => server!.requests.length === 1);
  transport.close();
  expect(await pending).toMatchObject({ code: 'CANCELLED', outcome: 'unknown' });
  await until(() => server!.open() === 0);
});

test('an abort after the answer changes nothing', async () => {
  server = await answering(reply('{}'));
  const cancel = new AbortController();
  const answer = await direct()(get(server.url), { signal: cancel.signal });
  cancel.abort();
  expect(answer.status).toBe(200);
});
