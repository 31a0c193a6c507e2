import { setTimeout as wait } from 'node:timers/promises';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import type { Socket } from 'node:net';
import { passOn, type Exchange, type WireFault } from './network-proxy.ts';

/** A fault with a name, and how long the program is to wait for one request. */
export interface NamedFault {
  readonly name: string;
  readonly fault: WireFault;
  /** `--timeout`, in seconds. */
  readonly timeout: number;
}

/** Long enough to be no fault of its own on a busy machine. */
const PATIENT = 10;
/** For faults of which nothing but the time-out ends the waiting. */
const SHORT = 2;

const HTML = '<!DOCTYPE html><html><body>\x1b[31mPlease sign in\x1b[0m</body></html>';

const reset = (client: Socket): void => void client.resetAndDestroy();
const finish = (client: Socket): void => void client.end();
const silence = (): void => undefined;

function page(status: string, headers: string, body: string | Buffer = '', version = 'HTTP/1.1'): Buffer {
  const bytes = Buffer.from(body);
  const length = /^(?:content-length|transfer-encoding):/im.test(headers) ? '' : `content-length: ${bytes.length}\r\n`;
  return Buffer.concat([
    Buffer.from(`${version} ${status}\r\n${headers === '' ? '' : `${headers}\r\n`}${length}\r\n`, 'latin1'),
    bytes,
  ]);
}

const html = 'content-type: text/html';
const json = 'content-type: application/json';

/** Answers of somebody on the way, in place of the service's: [name, the bytes]. */
const STRANGERS: readonly (readonly [string, Buffer])[] = [
  ['502 with a page', page('502 Bad Gateway', html, HTML)],
  ['503 with nothing', page('503 Service Unavailable', '')],
  ['503 with Retry-After', page('503 Service Unavailable', 'retry-after: 1', HTML)],
  ['504 with a page', page('504 Gateway Time-out', html, HTML)],
  ['500 with JSON', page('500 Oops', json, '{"error":"\\u001b[2J"}')],
  ['429 with a page', page('429 Too Many Requests', html, HTML)],
  ['403 with a page', page('403 Forbidden', html, HTML)],
  ['401 of a portal', page('401 Unauthorized', 'www-authenticate: Basic realm="x"', HTML)],
  ['404 with a page', page('404 Not Found', html, HTML)],
  ['511 of a portal', page('511 Network Authentication Required', html, HTML)],
  ['200 with a page', page('200 OK', html, HTML)],
  ['200 with a page called JSON', page('200 OK', json, HTML)],
  ['200 with nothing', page('200 OK', json)],
  ['200 with {}', page('200 OK', json, '{}')],
  ['200 with null', page('200 OK', json, 'null')],
  ['200 with a list', page('200 OK', json, '[]')],
  ['200 with an empty envelope', page('200 OK', json, '{"Response":{}}')],
  ['200 with code 0', page('200 OK', json, '{"code":0}')],
  ['200 with half of JSON', page('200 OK', json, '{"Response":{"KeyPair":{"KeyName":"x",')],
  ['204', page('204 No Content', 'content-length: 0')],
  ['206', page('206 Partial Content', json, '{"Response":')],
  ['302 to another host by http', page('302 Found', 'location: http://portal.invalid/', HTML)],
  ['302 to another host by https', page('302 Found', 'location: https://portal.invalid/')],
  ['302 to the same host', page('302 Found', 'location: /login')],
  ['302 to nowhere', page('302 Found', '')],
  ['302 to an escape', page('302 Found', 'location: http://a\x1b[2J/')],
  ['307', page('307 Temporary Redirect', 'location: http://127.0.0.1:1/')],
  ['308', page('308 Permanent Redirect', 'location: http://127.0.0.1:1/')],
  ['304', page('304 Not Modified', '')],
  ['HTTP/1.0 with a page', page('200 OK', html, HTML, 'HTTP/1.0')],
  ['an answer without a head', Buffer.from(HTML)],
  ['another protocol', Buffer.from('220 mail.example.org ESMTP\r\n')],
  ['101', page('101 Switching Protocols', 'upgrade: websocket\r\nconnection: upgrade\r\ncontent-length: 0')],
  ['binary rubbish', Buffer.from(Array.from({ length: 400 }, (_, index) => (index * 37) % 256))],
  ['a head of 1 MB', page('200 OK', `x: ${'y'.repeat(1 << 20)}`, '{}')],
  ['controls in the head', Buffer.from('HTTP/1.1 200 \x1b[2J\r\nx\x00y: z\r\n\r\n{}')],
  ['a negative length', page('200 OK', 'content-length: -5', '{}')],
  ['a length that is no number', page('200 OK', 'content-length: many', '{}')],
  ['two lengths', page('200 OK', 'content-length: 2\r\ncontent-length: 3', '{}')],
  ['length and chunks', page('200 OK', 'content-length: 2\r\ntransfer-encoding: chunked', '{}')],
  ['rubbish for chunks', page('200 OK', 'transfer-encoding: chunked', 'zz\r\n{}\r\n0\r\n\r\n')],
  ['a chunk of 2^60', page('200 OK', 'transfer-encoding: chunked', 'fffffffffffffff\r\n{}')],
  ['a length of 100 MB', page('200 OK', `content-length: ${100 << 20}`, '{')],
  ['a bomb of gzip', page('200 OK', 'content-encoding: gzip', gzipSync(Buffer.alloc(64 << 20)))],
  ['gzip that is none', page('200 OK', 'content-encoding: gzip', '{"Response":{}}')],
  ['an unknown encoding', page('200 OK', 'content-encoding: zstd', '{}')],
];

/** The service's own answer in other clothes, which HTTP allows: all of it arrives. */
const CLOTHES: readonly (readonly [string, (head: string, body: Buffer) => Buffer | readonly Buffer[]])[] = [
  ['HTTP/1.0', (_head, body) => page('200 OK', json, body, 'HTTP/1.0')],
  [
    'no length, ended by the connection',
    (_head, body) => Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n'), body]),
  ],
  ['gzip', (_head, body) => page('200 OK', `${json}\r\ncontent-encoding: gzip`, gzipSync(body))],
  ['deflate', (_head, body) => page('200 OK', `${json}\r\ncontent-encoding: deflate`, deflateSync(body))],
  ['raw deflate', (_head, body) => page('200 OK', `${json}\r\ncontent-encoding: deflate`, deflateRawSync(body))],
  ['brotli', (_head, body) => page('200 OK', `${json}\r\ncontent-encoding: br`, brotliCompressSync(body))],
  ['chunks of seven bytes', (_head, body) => chunked(body, 7, '')],
  ['chunks with trailers', (_head, body) => chunked(body, 500, 'x-trailer: y\r\n')],
  ['100 before it', (head, body) => [Buffer.from('HTTP/1.1 100 Continue\r\n\r\n'), Buffer.from(head), body]],
  [
    '103 before it',
    (head, body) => [Buffer.from('HTTP/1.1 103 Early Hints\r\nlink: <x>\r\n\r\n'), Buffer.from(head), body],
  ],
  [
    'a hundred times 102 before it',
    (head, body) => [Buffer.from('HTTP/1.1 102 Processing\r\n\r\n'.repeat(100)), Buffer.from(head), body],
  ],
  ['more bytes after its end', (head, body) => [Buffer.from(head), body, Buffer.from('HTTP/1.1 200 OK\r\n\r\nmore')]],
];

/** The service's own answer, damaged: perhaps the private key is in it all the same. */
const DAMAGES: readonly (readonly [string, (body: Buffer) => Buffer])[] = [
  ['under a length that is too short', (body) => page('200 OK', `content-length: ${body.length - 40}`, body)],
  ['under a length that is too long', (body) => page('200 OK', `content-length: ${body.length + 40}`, body)],
  ['with a byte order mark', (body) => page('200 OK', json, Buffer.concat([Buffer.from('\ufeff'), body]))],
  ['with text after it', (body) => page('200 OK', json, Buffer.concat([body, Buffer.from('<script>')]))],
  ['in UTF-16', (body) => page('200 OK', json, Buffer.from(body.toString('utf8'), 'utf16le'))],
  ['with NULs in it', (body) => page('200 OK', json, Buffer.from(body.toString('latin1').replaceAll(',', ',\0')))],
  [
    'with bytes that are no UTF-8',
    (body) => page('200 OK', json, Buffer.from(body.toString('latin1').replace('":"', '":"\xff\xfe'), 'latin1')),
  ],
  ['under the status 500', (body) => page('500 Oops', json, body)],
  ['under the status 302', (body) => page('302 Found', 'location: /', body)],
  [
    'in half of gzip',
    (body) => {
      const packed = gzipSync(body);
      return page('200 OK', 'content-encoding: gzip', packed.subarray(0, packed.length >> 1));
    },
  ],
  ['in chunks with an escape after them', (body) => chunked(body, 500, 'x-trailer: \x1b[2J\r\n')],
  [
    'in chunks that end early',
    (body) => {
      const whole = chunked(body, 100, '');
      return whole.subarray(0, whole.length - 12);
    },
  ],
];

function chunked(body: Buffer, size: number, trailers: string): Buffer {
  const pieces: Buffer[] = [Buffer.from(`HTTP/1.1 200 OK\r\n${json}\r\ntransfer-encoding: chunked\r\n\r\n`)];
  for (let at = 0; at < body.length; at += size) {
    const piece = body.subarray(at, at + size);
    pieces.push(Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n'));
  }
  return Buffer.concat([...pieces, Buffer.from(`0\r\n${trailers}\r\n`)]);
}

/** Where an answer is cut: at so many bytes, or after this part of its head or body. */
const CUTS: readonly (readonly [string, (head: number, whole: number) => number])[] = [
  ['before its first byte', () => 0],
  ['after 1 byte', () => 1],
  ['in its status line', () => 10],
  ['in its head', (head) => head >> 1],
  ['before the end of its head', (head) => head - 2],
  ['after its head', (head) => head],
  ['after 1 byte of its body', (head) => head + 1],
  ['after a quarter of its body', (head, whole) => head + ((whole - head) >> 2)],
  ['after half of its body', (head, whole) => head + ((whole - head) >> 1)],
  ['before its last byte', (_head, whole) => whole - 1],
  ['after all of it', (_head, whole) => whole],
];

function headLength(answer: Buffer): number {
  return answer.indexOf('\r\n\r\n') + 4;
}

function bodyOf(answer: Buffer): Buffer {
  return answer.subarray(headLength(answer));
}

function fault(name: string, play: (exchange: Exchange) => Promise<void>, timeout = PATIENT): NamedFault {
  return { name, fault: { at: 'request', play }, timeout };
}

const CONNECTIONS: readonly NamedFault[] = [
  { name: 'reset when accepted', fault: { at: 'connection', play: reset }, timeout: PATIENT },
  { name: 'closed when accepted', fault: { at: 'connection', play: finish }, timeout: PATIENT },
  {
    name: 'nothing read, nothing said',
    fault: { at: 'connection', play: (client) => void client.pause() },
    timeout: SHORT,
  },
  {
    name: 'the server speaks first',
    fault: { at: 'connection', play: (client) => void client.write('SSH-2.0-x\r\n') },
    timeout: SHORT,
  },
  { name: 'reset after the head', fault: { at: 'head', play: reset }, timeout: PATIENT },
  { name: 'closed after the head', fault: { at: 'head', play: finish }, timeout: PATIENT },
  { name: 'silence after the head', fault: { at: 'head', play: silence }, timeout: SHORT },
];

const LOST_REQUESTS: readonly NamedFault[] = [
  fault('request read, then reset', async ({ client }) => {
    await Promise.resolve();
    reset(client);
  }),
  fault('request read, then closed', async ({ client }) => {
    await Promise.resolve();
    finish(client);
  }),
  fault('request read, then silence', () => Promise.resolve(), SHORT),
  fault(
    'request read, then 100 for ever',
    ({ client }) => {
      const timer = setInterval(() => client.write('HTTP/1.1 100 Continue\r\n\r\n'), 20);
      client.on('close', () => {
        clearInterval(timer);
      });
      return Promise.resolve();
    },
    SHORT,
  ),
  fault('request read, then a body without end', ({ client }) => {
    client.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n');
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
    const more = (): void => {
      while (client.writable && client.write(chunk));
    };
    client.on('drain', more);
    more();
    return Promise.resolve();
  }),
  fault(
    'request read, then a head without end',
    ({ client }) => {
      client.write('HTTP/1.1 200 OK\r\n');
      const timer = setInterval(() => client.write('x: y\r\n'), 20);
      client.on('close', () => {
        clearInterval(timer);
      });
      return Promise.resolve();
    },
    SHORT,
  ),
  ...STRANGERS.map(([name, bytes]) =>
    fault(`not handed on: ${name}`, ({ client }) => {
      client.end(bytes);
      return Promise.resolve();
    }),
  ),
];

const LOST_ANSWERS: readonly NamedFault[] = [
  fault(
    'carried out, then silence',
    async ({ forward }) => {
      await forward();
    },
    SHORT,
  ),
  ...STRANGERS.map(([name, bytes]) =>
    fault(`carried out: ${name}`, async ({ client, forward }) => {
      await forward();
      client.end(bytes);
    }),
  ),
  ...CUTS.flatMap(([where, cut]) =>
    (
      [
        ['reset', reset],
        ['closed', finish],
      ] as const
    ).map(([how, end]) =>
      fault(`answer ${how} ${where}`, async ({ client, forward }) => {
        const answer = await forward();
        client.write(answer.subarray(0, cut(headLength(answer), answer.length)), () => {
          // A reset throws away what the other side has not read yet.
          setTimeout(() => {
            end(client);
          }, 20);
        });
      }),
    ),
  ),
  fault(
    'answer that stops for ever in its body',
    async ({ client, forward }) => {
      const answer = await forward();
      client.write(answer.subarray(0, headLength(answer) + 60));
    },
    SHORT,
  ),
  fault(
    'answer that stops for ever in its head',
    async ({ client, forward }) => {
      client.write((await forward()).subarray(0, 30));
    },
    SHORT,
  ),
  fault(
    'answer of 1 byte in 50 ms',
    async ({ client, forward }) => {
      const answer = await forward();
      for (let at = 0; at < answer.length && client.writable; at += 1) {
        client.write(answer.subarray(at, at + 1));
        await wait(50);
      }
    },
    SHORT,
  ),
  ...DAMAGES.map(([name, damage]) =>
    fault(`answer ${name}`, async ({ client, forward }) => {
      client.end(damage(bodyOf(await forward())));
    }),
  ),
];

const HARMLESS: readonly NamedFault[] = [
  fault('nothing wrong', passOn),
  fault('answer after a pause of 400 ms', async ({ client, forward }) => {
    const answer = await forward();
    await wait(400);
    client.end(answer);
  }),
  fault('answer with a pause of 400 ms in its body', async ({ client, forward }) => {
    const answer = await forward();
    client.write(answer.subarray(0, headLength(answer) + 30));
    await wait(400);
    client.end(answer.subarray(headLength(answer) + 30));
  }),
  fault('answer in single bytes', async ({ client, forward }) => {
    client.setNoDelay(true);
    for (const byte of await forward()) {
      client.write(Buffer.of(byte));
      if (byte === 0x2c) await wait(1);
    }
    client.end();
  }),
  ...CLOTHES.map(([name, dress]) =>
    fault(`answer in ${name}`, async ({ client, forward }) => {
      const answer = await forward();
      const dressed = dress(answer.toString('latin1', 0, headLength(answer)), bodyOf(answer));
      client.end(Buffer.isBuffer(dressed) ? dressed : Buffer.concat(dressed));
    }),
  ),
];

/** Every fault of the wire. */
export const FAULTS: readonly NamedFault[] = [...CONNECTIONS, ...LOST_REQUESTS, ...LOST_ANSWERS, ...HARMLESS];

/** Those that the program must not even notice. */
export const HARMLESS_NAMES: ReadonlySet<string> = new Set(HARMLESS.map(({ name }) => name));

/** Those that are worth meeting with every request: of the strangers' answers and the cuts, one in three. */
export const LASTING: readonly NamedFault[] = FAULTS.filter(
  ({ name }, index) =>
    index % 3 === 0 || !/^(?:not handed on|carried out|answer (?:reset|closed)|answer in)/.test(name),
);

/** A few of each kind, for runs of the real program. */
export const REPRESENTATIVES: readonly NamedFault[] = FAULTS.filter(({ name }) =>
  [
    'reset when accepted',
    'silence after the head',
    'request read, then closed',
    'not handed on: 502 with a page',
    'not handed on: 302 to an escape',
    'carried out: 200 with a page',
    'carried out, then silence',
    'answer reset after half of its body',
    'answer closed before its last byte',
    'answer with NULs in it',
    'answer in gzip',
    'nothing wrong',
  ].includes(name),
);
