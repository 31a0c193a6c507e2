import { spawn } from 'node:child_process';
import { connect, createServer, type AddressInfo, type LookupFunction, type Server, type Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { createServer as createTlsServer } from 'node:tls';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { KeypairError } from '../../../src/errors.ts';
import { createTransport, type TransportOptions } from '../../../src/http/transport.ts';
import type { HttpRequest, HttpResponse, Send } from '../../../src/http/types.ts';
import type { ServerIdentity } from '../../support/tls.ts';

/**
 * Fails each test of a file after which an error was thrown that nobody caught, also a moment later. Call it before the
 * file's own `afterEach`, which then runs first.
 */
export function expectNothingUncaught(): void {
  const uncaught: unknown[] = [];
  const note = (error: unknown): void => void uncaught.push(error);
  beforeAll(() => void process.on('uncaughtException', note));
  afterAll(() => void process.off('uncaughtException', note));
  afterEach(async () => {
    await setTimeout(20);
    expect(uncaught).toEqual([]);
  });
}

/** A loopback server whose every byte the test decides. */
export interface RawServer {
  readonly port: number;
  /** `http://127.0.0.1:port` */
  readonly url: string;
  /** Each request as it came, head and body. */
  readonly requests: readonly string[];
  open(): number;
  /** How many connections there were. */
  connections(): number;
  close(): Promise<void>;
}

/** Starts a server that reads one whole request and then lets `answer` have the socket. */
export async function rawServer(answer: (socket: Socket) => void, tls?: ServerIdentity): Promise<RawServer> {
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const serve = (socket: Socket): void => {
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      const end = text.indexOf('\r\n\r\n');
      if (end < 0) return;
      const length = Number(/^content-length: *(\d+)/im.exec(text)?.[1] ?? 0);
      if (text.length < end + 4 + length) return;
      requests.push(text);
      text = '';
      answer(socket);
    });
  };
  const server: Server = tls === undefined ? createServer(serve) : createTlsServer(tls, serve);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    connections += 1;
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('secureConnection', (socket: Socket) => socket.on('error', () => undefined));
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    requests,
    open: () => sockets.size,
    connections: () => connections,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/**
 * A server that neither accepts nor reads. With its queue filled, connecting to it neither succeeds nor fails (Linux).
 */
export async function deafServer(filled = 8): Promise<{ readonly port: number; close(): void }> {
  const script = `const server = require('node:net').createServer();
    server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
      require('node:fs').writeSync(1, String(server.address().port));
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60000);
    });`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const port = Number(await new Promise((resolve) => child.stdout.once('data', resolve)));
  const fillers = Array.from({ length: filled }, () => connect(port, '127.0.0.1').on('error', () => undefined));
  await setTimeout(100);
  return {
    port,
    close: () => {
      for (const filler of fillers) filler.destroy();
      child.kill('SIGKILL');
    },
  };
}

/** A server that gives this answer to every request. */
export function answering(text: string | Buffer, tls?: ServerIdentity): Promise<RawServer> {
  return rawServer((socket) => socket.end(text), tls);
}

/** An answer with a right content-length. */
export function reply(body: string | Buffer, head = 'content-type: application/json', status = '200 OK'): Buffer {
  const bytes = Buffer.from(body);
  return Buffer.concat([
    Buffer.from(`HTTP/1.1 ${status}\r\n${head}\r\ncontent-length: ${bytes.length}\r\n\r\n`),
    bytes,
  ]);
}

/** Every name is this machine, as in a hosts file; never at once, as with the system's look-up. */
export const here: LookupFunction = (_name, options, callback) => {
  setImmediate(() => {
    if (options.all === true) callback(null, [{ address: '127.0.0.1', family: 4 }]);
    else callback(null, '127.0.0.1', 4);
  });
};

/** A transport without proxies and with a short patience. */
export function direct(options: Partial<TransportOptions> = {}): Send {
  return createTransport({ timeoutMs: 5000, proxyFor: () => '', ...options }).send;
}

export function get(url: string, headers: Record<string, string> = {}): HttpRequest {
  return { method: 'GET', url: new URL(url), headers };
}

export function post(url: string, body = '{}', headers: Record<string, string> = {}): HttpRequest {
  return {
    method: 'POST',
    url: new URL(url),
    headers: { 'Content-Type': 'application/json', ...headers },
    body,
  };
}

/** The error with which a request fails; anything else than a KeypairError is a failure of the test. */
export async function errorOf(answer: Promise<HttpResponse>): Promise<KeypairError> {
  try {
    await answer;
  } catch (error) {
    if (error instanceof KeypairError) return error;
    throw error;
  }
  throw new Error('the request did not fail');
}

/** Waits until a condition holds, at most a second. */
export async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 100; turn++) {
    if (condition()) return;
    await setTimeout(10);
  }
  throw new Error('it did not come about');
}
