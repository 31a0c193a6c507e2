import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** One request that has come whole, in the hands of a fault. */
export interface Exchange {
  /** The connection to the program. */
  readonly client: Socket;
  /** The API's action: `CreateKeyPair`. */
  readonly action: string;
  /** Hands the request on to the service and gives its whole answer, head and body, as it came. */
  readonly forward: () => Promise<Buffer>;
}

/** What goes wrong between program and service, on the wire. */
export type WireFault =
  /** With the connection, before a byte of the request was read. */
  | { readonly at: 'connection'; readonly play: (client: Socket) => void }
  /** With the request when its headers have come, the body unread. */
  | { readonly at: 'head'; readonly play: (client: Socket) => void }
  /** With the request when it has come whole. */
  | { readonly at: 'request'; readonly play: (exchange: Exchange) => Promise<void> };

export interface ProxyOptions {
  /** The loopback port of the service. */
  readonly to: number;
  readonly fault: WireFault;
  /** The action that the fault waits for; null: every one. A fault of connections befalls every one anyhow. */
  readonly action: string | null;
  /** How many requests the fault befalls. */
  readonly times: number;
  /** Called with what has come of the connections: `connection`, `head`, `request`, `forwarded`. */
  readonly reached?: (point: Point) => void;
}

/** How far a request has come. */
export type Point = 'connection' | 'head' | 'request' | 'forwarded' | 'answered';

/** A proxy that runs. */
export interface NetworkProxy {
  readonly port: number;
  /** How often the fault was played. */
  readonly played: () => number;
  /** Every answer of the service that came through here, whether it was handed on or not. */
  readonly answers: readonly Buffer[];
  /** All bytes that were sent to the program. */
  readonly sent: () => Buffer;
  close(): Promise<void>;
}

/**
 * Starts a proxy of bytes on 127.0.0.1 that looks like the service to the program. Each connection has one request,
 * as the program's have; what is not befallen by the fault goes through as it is.
 */
export async function startNetworkProxy(options: ProxyOptions): Promise<NetworkProxy> {
  const { to, fault, times, reached = () => undefined } = options;
  const sockets = new Set<Socket>();
  const answers: Buffer[] = [];
  const sent: Buffer[] = [];
  let played = 0;
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    return socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  };
  const befalls = (action: string): boolean => {
    const hit = played < times && (options.action === null || options.action === action);
    if (hit) played += 1;
    return hit;
  };

  const forward = (request: Buffer): Promise<Buffer> =>
    new Promise((resolve) => {
      const chunks: Buffer[] = [];
      const service = keep(connect(to, '127.0.0.1'));
      // The service keeps its connections: asked to close, it tells by that where its answer ends.
      service.write(request.toString('latin1').replace(/\r\nconnection: [^\r]*/i, '\r\nConnection: close'), 'latin1');
      reached('forwarded');
      service.on('data', (chunk) => chunks.push(chunk));
      service.on('close', () => {
        const answer = Buffer.concat(chunks);
        answers.push(answer);
        reached('answered');
        resolve(answer);
      });
    });

  const server = createServer((client) => {
    keep(client);
    noteWrites(client, sent);
    reached('connection');
    if (fault.at === 'connection' && played < times) {
      played += 1;
      fault.play(client);
      return;
    }
    let request = Buffer.alloc(0);
    let done = false;
    let pastHead = false;
    client.on('data', (chunk) => {
      if (done) return;
      request = Buffer.concat([request, chunk]);
      const end = request.indexOf('\r\n\r\n');
      if (end < 0) return;
      const head = request.toString('latin1', 0, end);
      if (!pastHead) {
        pastHead = true;
        reached('head');
        if (fault.at === 'head' && befalls(actionOf(request))) {
          done = true;
          fault.play(client);
          return;
        }
      }
      const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
      if (request.length < end + 4 + length) return;
      done = true;
      reached('request');
      const action = actionOf(request);
      const exchange: Exchange = { client, action, forward: () => forward(request) };
      const befallen = fault.at === 'request' && befalls(action);
      void (befallen ? fault.play(exchange) : passOn(exchange));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    played: () => played,
    answers,
    sent: () => Buffer.concat(sent),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Most that is noted of what one connection was sent. */
const MOST_NOTED = 1 << 20;

/** Copies what is written to a socket. */
function noteWrites(socket: Socket, sent: Buffer[]): void {
  const write = socket.write.bind(socket) as (...all: unknown[]) => boolean;
  let size = 0;
  socket.write = (chunk: Uint8Array | string, ...more: unknown[]): boolean => {
    if (size < MOST_NOTED) sent.push(Buffer.from(chunk as string));
    size += chunk.length;
    return write(chunk, ...more);
  };
}

/** Hands the service's answer on as it is. */
export async function passOn({ client, forward }: Exchange): Promise<void> {
  client.end(await forward());
}

/** The action of a request: a header of API 3.0 or ACS3, or a field of the v2 gateway's form. */
function actionOf(request: Buffer): string {
  const text = request.toString('latin1');
  return /^x-(?:tc|acs)-action: *(\w+)/im.exec(text)?.[1] ?? /\bAction=(\w+)/.exec(text)?.[1] ?? '';
}
