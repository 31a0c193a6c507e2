import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

import { PERMANENT, TEMPORARY } from './accounts.ts';
import { DEFAULT_BEHAVIOUR, type Behaviour } from './behaviour.ts';
import { cloud } from './cloud.ts';
import { sendOutcome, readRequest } from './wire.ts';
import { faultQueue, type Fault } from './faults.ts';
import { fileRepositories } from './file-repository.ts';
import { record, type LoggedRequest } from './log.ts';
import { seedPairs, removePairs, type Removal, type Seed } from './seed.ts';
import { memoryRepositories, type StoredPair } from './repository.ts';

/** How a sandbox is made. */
export interface SandboxOptions {
  /** Folder for state between runs, or null for memory only. */
  readonly stateDir: string | null;
  readonly now?: () => Date;
  readonly behaviour?: Partial<Behaviour>;
  /** Told of every request after it was carried out and before its answer leaves; may seed and remove. */
  readonly onRequest?: (request: LoggedRequest) => void;
}

/** A sandbox that listens. */
export interface Listening {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  readonly port: number;
  /** Closes every connection, also those that wait for an answer. */
  close(): Promise<void>;
}

/** The stand-in cloud: all its interfaces behind one listener. */
export interface Sandbox {
  /** The same pair for every interface. */
  readonly credentials: { readonly secretId: string; readonly secretKey: string };
  /** A temporary pair, which is refused without its token. */
  readonly temporaryCredentials: {
    readonly secretId: string;
    readonly secretKey: string;
    readonly token: string;
  };
  /** Handles one request: for http or https `createServer`. */
  readonly listener: RequestListener;
  /** Listens on 127.0.0.1; without a port, or with 0, on a free one. */
  listen(port?: number): Promise<Listening>;
  /** The last 10,000 requests that arrived, oldest first. */
  readonly log: readonly LoggedRequest[];
  /** Queues a fault. */
  fault(fault: Fault): void;
  /**
   * Stores key pairs behind the interfaces' back, thousands in no time: their public keys are made up, and quota and
   * name rules do not count.
   *
   * @throws Error when a name is taken; then none is stored
   */
  seed(seed: Seed): readonly StoredPair[];
  /** Removes key pairs behind the interfaces' back, bound ones too. Names that nobody has are passed over. */
  remove(removal: Removal): void;
}

/** Makes a sandbox. Nothing is opened or written before the first request. */
export function createSandbox(options: SandboxOptions): Sandbox {
  const now = options.now ?? ((): Date => new Date());
  const log: LoggedRequest[] = [];
  const faults = faultQueue();
  const repositoryFor = options.stateDir === null ? memoryRepositories() : fileRepositories(options.stateDir);
  const behaviour = { ...DEFAULT_BEHAVIOUR, ...options.behaviour };
  const serve = cloud({
    repositoryFor,
    behaviour,
    now,
    faults,
    record: (request) => {
      record(log, request);
      options.onRequest?.(request);
    },
  });

  const listener: RequestListener = (message, response) => {
    readRequest(message)
      .then(serve)
      .then((outcome) => {
        // A service tells its time by its own clock.
        response.setHeader('date', now().toUTCString());
        sendOutcome(outcome, response);
      })
      // Only a client that went away in the middle gets here: there is nobody to answer.
      .catch(() => response.destroy());
  };

  return {
    credentials: PERMANENT,
    temporaryCredentials: TEMPORARY,
    listener,
    log,
    fault: (fault) => {
      faults.add(fault);
    },
    seed: (seed) => seedPairs(repositoryFor(seed.service, seed.region), seed, behaviour, now()),
    remove: ({ service, region, names }) => {
      removePairs(repositoryFor(service, region), names);
    },
    listen: (port = 0) =>
      new Promise((resolve, reject) => {
        // Room for a query of 32 KB, which API 3.0 allows; Node's own limit is 16 KB.
        const server = createServer({ maxHeaderSize: 128 * 1024 }, listener);
        server.once('error', reject);
        server.listen(port, '127.0.0.1', () => {
          const { port: chosen } = server.address() as AddressInfo;
          resolve({
            url: `http://127.0.0.1:${chosen}`,
            port: chosen,
            close: () =>
              new Promise((done) => {
                server.close(() => {
                  done();
                });
                server.closeAllConnections();
              }),
          });
        });
      }),
  };
}
