import { createServer as createHttpServer, type IncomingMessage } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { connect, type AddressInfo, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ServerIdentity } from './tls.ts';

/** What the proxy does with a CONNECT: tunnel it, answer this status, close without an answer, never answer, answer rubbish. */
export type ProxyMode = 'ok' | 'drop' | 'hang' | 'garbage' | number;

export interface ProxyOptions {
  /** The loopback port to which every tunnel leads, whatever was asked for. */
  readonly to: number;
  readonly mode?: ProxyMode;
  /** `user:password` that CONNECT must bring; else the answer is 407. */
  readonly auth?: string;
  /** Makes it an https proxy. */
  readonly tls?: ServerIdentity;
}

/** A running CONNECT proxy on 127.0.0.1. */
export interface TestProxy {
  /** `http://127.0.0.1:port` or, with `tls`, `https://localhost:port`. */
  readonly url: string;
  readonly port: number;
  /** The `host:port` of every CONNECT, in order. */
  readonly targets: readonly string[];
  /** Requests that came without CONNECT: a client that uses this kind would send its secrets to the proxy. */
  readonly plain: readonly string[];
  /** How many connections to the proxy are open. */
  open(): number;
  close(): Promise<void>;
}

/** Starts a CONNECT proxy (RFC 9110, 9.3.6). */
export async function startProxy(options: ProxyOptions): Promise<TestProxy> {
  const { to, mode = 'ok', auth, tls } = options;
  const targets: string[] = [];
  const plain: string[] = [];
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  };

  const server = tls === undefined ? createHttpServer() : createHttpsServer(tls);
  server.on('connection', keep);
  server.on('secureConnection', keep);
  server.on('tlsClientError', () => undefined);
  server.on('request', (request, response) => {
    plain.push(`${request.method ?? ''} ${request.url ?? ''}`);
    response.writeHead(400).end();
  });
  server.on('connect', (request: IncomingMessage, client: Duplex) => {
    targets.push(request.url ?? '');
    const expected = auth === undefined ? undefined : `Basic ${Buffer.from(auth).toString('base64')}`;
    const status = expected === request.headers['proxy-authorization'] || auth === undefined ? mode : 407;
    if (status === 'hang') {
      client.resume().on('end', () => client.end());
    } else if (status === 'drop') {
      client.end();
    } else if (status === 'garbage') {
      client.end('\x1b[2Jwhat?\r\n\r\n');
    } else if (status === 'ok') {
      const origin = connect(to, '127.0.0.1', () => {
        client.write('HTTP/1.1 200 Connection established\r\n\r\n');
        origin.pipe(client).pipe(origin);
      });
      keep(origin);
      client.on('close', () => origin.destroy());
      origin.on('close', () => client.destroy());
    } else {
      const body = '<html>{"Response":{"RequestId":"from the proxy"}}</html>';
      client.end(`HTTP/1.1 ${status} No\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    }
  });

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: tls === undefined ? `http://127.0.0.1:${port}` : `https://localhost:${port}`,
    port,
    targets,
    plain,
    open: () => sockets.size,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
      });
    },
  };
}
