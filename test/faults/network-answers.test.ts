import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { runInside } from '../support/inside.ts';
import { run } from '../support/program.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { rawServer } from '../unit/http/servers.ts';

/** Answers to a create that bring the whole private key and that no parser of HTTP takes: each must be kept whole. */

const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
});
const BODY = JSON.stringify({
  Response: {
    KeyPair: { KeyId: 'skey-aaaaaaaa', KeyName: 'foo', ProjectId: 0, PrivateKey: privateKey },
    RequestId: '0b2c',
  },
});
const LENGTH = `content-length: ${Buffer.byteLength(BODY)}\r\n`;
const OK = 'HTTP/1.1 200 OK\r\n';

function chunk(text: string): string {
  return `${text.length.toString(16)}\r\n${text}\r\n`;
}

const utf16 = Buffer.from(BODY, 'utf16le');
const gzip = gzipSync(BODY);

/** What is sent, in pieces that arrive one after the other. */
const ANSWERS: Readonly<Record<string, readonly (string | Buffer)[]>> = {
  'a NUL in a header': [`${OK}x-a: b\0c\r\n${LENGTH}\r\n${BODY}`],
  'a header that is folded': [`${OK}x-a: b\r\n c\r\n${LENGTH.replace(':', ' :')}\r\n${BODY}`],
  'line feeds alone': [`${OK}${LENGTH}\r\n`.replaceAll('\r', '') + BODY],
  'the length twice': [`${OK}${LENGTH}${LENGTH}\r\n${BODY}`],
  'two lengths': [`${OK}${LENGTH}content-length: 20\r\n\r\n`, BODY],
  'a length and chunks': [`${OK}${LENGTH}transfer-encoding: chunked\r\n\r\n${chunk(BODY)}0\r\n\r\n`],
  'a length that is too short': [`${OK}content-length: 20\r\n\r\n`, BODY.slice(0, 900), BODY.slice(900)],
  '20 KB of headers': [`${OK}x-a: ${'b'.repeat(20_000)}\r\n${LENGTH}\r\n`, BODY],
  ICY: [`ICY 200 OK\r\n${LENGTH}\r\n${BODY}`],
  'no head at all': [BODY.slice(0, 500), BODY.slice(500)],
  'status 204': [`HTTP/1.1 204 No Content\r\n\r\n`, BODY],
  'status 101': [`HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n`, BODY],
  'garbage between chunks': [
    `${OK}transfer-encoding: chunked\r\n\r\n${chunk(BODY.slice(0, 700))}`,
    `zz\r\n${chunk(BODY.slice(700))}`,
  ],
  'more than 1 MiB': [`${OK}\r\n`, ' '.repeat(1_500_000), BODY],
  'more than 1 MiB, announced': [
    `${OK}content-length: ${1_500_000 + Buffer.byteLength(BODY)}\r\n\r\n`,
    ' '.repeat(1_500_000),
    BODY,
  ],
  'UTF-16': [`${OK}content-length: ${utf16.length}\r\n\r\n`, utf16],
  'UTF-16 with a byte order mark': [`${OK}\r\n`, Buffer.from([0xff, 0xfe]), utf16],
  'a NUL in front': [`${OK}\r\n`, `\0${BODY}`],
  'gzip, cut short': [`${OK}content-encoding: gzip\r\ncontent-length: 9999\r\n\r\n`, gzip.subarray(0, -8)],
  'gzip that calls itself br': [`${OK}content-encoding: br\r\n\r\n`, gzip],
  'cut short behind the key': [`${OK}content-length: 99999\r\n\r\n`, BODY],
};

describe('a key in an answer that cannot be read', () => {
  it.concurrent.each(Object.entries(ANSWERS))(
    'is kept, and found again: %s',
    async (_title, pieces) => {
      const home = temporaryDirectory();
      const server = createServer((socket) => void answer(socket, pieces)).listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      const env = {
        TENCENTCLOUD_SECRET_ID: 'AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE',
        TENCENTCLOUD_SECRET_KEY: 'Gu5t9xGARNpq86cd98joQYCN3EXAMPLE',
        KEYPAIR_ENDPOINT: `http://127.0.0.1:${port}`,
        KEYPAIR_TIMEOUT: '20',
      };
      try {
        const created = await run(['create', '-p', 'tencent', '--name', 'foo'], { home, env });
        const file = path.join(
          home,
          '.ssh',
          readdirSync(path.join(home, '.ssh')).find((name) => name !== 'foo.pub') ?? '',
        );
        const kept = readFileSync(file);
        if (created.exit === 0) {
          expect(kept.toString('latin1')).toBe(privateKey);
          return;
        }
        expect(created.exit).toBe(7);
        expect(created.stderr).toContain(file);
        expect(created.stderr).not.toContain('lost');
        const doctor = await run(['doctor', '-p', 'tencent', '-r', 'ap-guangzhou', '--fix', '--yes'], {
          home,
          env,
        });
        expect(doctor.stdout).not.toMatch(/is lost|was not made/);
        expect(readFileSync(path.join(home, '.ssh/foo'), 'latin1')).toBe(privateKey);
      } finally {
        server.close();
      }
    },
    60_000,
  );
});

async function answer(socket: Socket, pieces: readonly (string | Buffer)[]): Promise<void> {
  socket.on('error', () => undefined);
  let request = '';
  for await (const piece of socket.iterator({ destroyOnReturn: false })) {
    request += (piece as Buffer).toString('latin1');
    const head = request.indexOf('\r\n\r\n');
    const length = Number(/content-length: (\d+)/i.exec(request)?.[1] ?? 0);
    if (head >= 0 && request.length >= head + 4 + length) break;
  }
  if (!/x-tc-action: CreateKeyPair/i.test(request)) {
    const listed = {
      KeyId: 'skey-aaaaaaaa',
      KeyName: 'foo',
      ProjectId: 0,
      CreatedTime: new Date().toISOString().slice(0, 19) + 'Z',
    };
    const body = JSON.stringify({
      Response: request.includes('DescribeKeyPairs')
        ? { TotalCount: 1, KeyPairSet: [listed], RequestId: '1' }
        : { TotalCount: 0, RequestId: '1' },
    });
    socket.end(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`);
    return;
  }
  for (const piece of pieces) {
    socket.write(piece);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  socket.end();
}

describe('an answer of a create that brings the key in a way of its own', () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const PEM = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
  const short = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'der' });
  const pair = { KeyId: 'skey-00000001', KeyName: 'foo', PrivateKey: PEM };
  const said = (content: object): string => JSON.stringify({ Response: { ...content, RequestId: 'r' } });
  const ANSWER = said({ KeyPair: pair });
  const refusal = { Error: { Code: 'InvalidParameter', Message: 'no' } };
  const http = (body: string): string => `HTTP/1.1 200 OK\r\nContent-Length: ${String(body.length)}\r\n\r\n${body}`;
  const chunked = (size: number): string =>
    `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${(
      ANSWER.match(new RegExp(`.{1,${String(size)}}`, 'g')) ?? []
    )
      .map((piece) => `${piece.length.toString(16)}\r\n${piece}\r\n`)
      .join('')}`;
  const base64 = (text: string): string => Buffer.from(text).toString('base64');

  it.each([
    ['in chunks of one byte, cut before the last', chunked(1)],
    ['in chunks of three bytes, cut before the last', chunked(3)],
    ['in base64', http(base64(ANSWER))],
    ['in base64 in a text of JSON', http(JSON.stringify({ Response: base64(ANSWER) }))],
    ['in hexadecimal', http(Buffer.from(ANSWER).toString('hex'))],
    ['in entities of HTML', http(ANSWER.replace(/[A-Za-z]/g, (sign) => `&#${String(sign.charCodeAt(0))};`))],
    ['in base64, beside an error', http(said({ ...refusal, KeyPair: { ...pair, PrivateKey: base64(PEM) } }))],
    [
      'with escaped dashes, beside an error',
      http(said({ ...refusal, KeyPair: pair }).replaceAll('-----', '\\u002d\\u002d\\u002d\\u002d\\u002d')),
    ],
    ['in the words of an error', http(said({ Error: { Code: 'InvalidParameter', Message: PEM } }))],
    ['behind an empty answer on the same connection', http('{}') + http(ANSWER)],
    ['behind a refusal on the same connection', http(said(refusal)) + http(ANSWER)],
    ['behind a short answer, without a head', http('{"Response":{}}') + ANSWER],
    ['short and bare in a field of another name', http(said({ KeyPair: { Body: short.toString('base64') } }))],
    [
      'of OpenSSH, bare, in a field of another name',
      http(said({ KeyPair: { Body: base64(`openssh-key-v1\0${'\0'.repeat(200)}`) } })),
    ],
  ])('is kept %s', async (_how, answer) => {
    await using server = await startRaw(answer);
    const home = temporaryDirectory();
    const { exit, stderr } = await runInside(CREATE(server.url), { home, env: SIGNER });
    expect(exit, stderr).toBe(7);
    const [kept = ''] = readdirSync(path.join(home, '.ssh')).filter((name) => name.endsWith('.keypair'));
    expect(stderr).toContain(kept);
    // What was sent is there, whole, be it without its head.
    const content = readFileSync(path.join(home, '.ssh', kept), 'utf8');
    expect(kept).not.toBe('');
    expect(answer.endsWith(content.slice(-1000)) || answer.endsWith(content)).toBe(true);
  });

  it.each([
    ['a refusal', http(said(refusal))],
    ['a page', http(`<!doctype html><title>Sign in</title>${'<p>Welcome to this network</p>'.repeat(30)}`)],
  ])('is not %s: nothing is kept', async (_what, answer) => {
    await using server = await startRaw(answer);
    const home = temporaryDirectory();
    const { exit } = await runInside(CREATE(server.url), { home, env: SIGNER });
    expect(exit).not.toBe(0);
    expect(readdirSync(path.join(home, '.ssh'))).toEqual([]);
  });
});

const SIGNER = {
  TENCENTCLOUD_SECRET_ID: 'AKIDexample',
  TENCENTCLOUD_SECRET_KEY: 'Gu5t9xGARNpq86cd98joQYCN3',
};
const CREATE = (endpoint: string): readonly string[] =>
  ['create', '-p', 'tencent', '-r', 'ap-guangzhou', '--name', 'foo', '--timeout', '5'].concat(['--endpoint', endpoint]);

/** A server that gives this answer to a create, and knows of no pairs. */
async function startRaw(answer: string): Promise<AsyncDisposable & { readonly url: string }> {
  let first = true;
  const server = await rawServer((socket) => {
    const none = '{"Response":{"KeyPairSet":[],"TotalCount":0,"RequestId":"r"}}';
    const list = `HTTP/1.1 200 OK\r\nContent-Length: ${String(none.length)}\r\n\r\n${none}`;
    socket.end(first ? answer : list);
    first = false;
  });
  return { url: server.url, [Symbol.asyncDispose]: () => server.close() };
}
