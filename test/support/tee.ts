import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A listener on loopback that hands everything on and remembers what went in. */
export interface Tee {
  /** `http://127.0.0.1:port` */
  readonly url: string;
  /** Everything that was sent to it, as bytes of latin1. */
  sent(): string;
  close(): Promise<void>;
}

/** Puts a tee before the server at this port. */
export function teeBefore(port: number): Promise<Tee> {
  const chunks: Buffer[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
    }
    client.on('data', (chunk) => chunks.push(chunk));
    client.pipe(upstream).pipe(client);
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      resolve({
        url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        sent: () => Buffer.concat(chunks).toString('latin1'),
        close: () =>
          new Promise((done) => {
            for (const socket of sockets) socket.destroy();
            server.close(() => {
              done();
            });
          }),
      });
    });
  });
}
