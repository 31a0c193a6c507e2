import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type Credentials, PERMANENT, randomCredentials, TEMPORARY } from './accounts.ts';
import { DEFAULT_BEHAVIOUR, withoutLimits, type Behaviour, type Service } from './behaviour.ts';
import { cloud } from './cloud.ts';
import type { Executor } from './executor.ts';
import { sendOutcome, readRequest } from './wire.ts';
import { faultQueue, type Fault } from './faults.ts';
import { fileRepositories } from './file-repository.ts';
import { publicAddressOf, restarted, serviceOf } from './instances.ts';
import { record, type LoggedRequest } from './log.ts';
import { seedPairs, seedTemplate, removePairs, type Removal, type Seed, type TemplateSeed } from './seed.ts';
import { memoryRepositories, type StoredPair, type StoredTemplate, withInstances } from './repository.ts';
import type { Login, Logins } from './ssh.ts';

/** The options of a sandbox. */
export interface SandboxOptions {
  /** The folder that keeps the state between runs. Null: memory only. */
  readonly stateDir: string | null;
  readonly now?: () => Date;
  readonly behaviour?: Partial<Behaviour>;
  /** Whether rates and quotas apply. Default: they do. */
  readonly limits?: boolean;
  /** Whether it listens with TLS, with a CA of its own that the openssl program makes at each {@link Sandbox.listen}. */
  readonly tls?: boolean;
  /**
   * `random`: the sandbox makes credentials and accepts no others. Default: the permanent ones, the temporary ones and
   * those of sessions. They are public: everybody can read or derive them.
   */
  readonly credentials?: 'public' | 'random';
  /**
   * Whether lists of instances have addresses that can be logged in to. Needs `stateDir` and sshd; its credentials are
   * random.
   */
  readonly ssh?: boolean;
  /**
   * Whether scripts that come over the wire are executed, isolated. Needs `stateDir`, and Linux; its credentials are
   * random. Otherwise, and where scripts cannot be isolated, a model answers.
   */
  readonly runCommands?: boolean;
  /** Called for each request after it is processed and before the response is sent. It may seed and remove. */
  readonly onRequest?: (request: LoggedRequest) => void;
}

/** A listening sandbox. */
export interface Listening {
  /** `http://127.0.0.1:<port>`, or `https:` with TLS. */
  readonly url: string;
  readonly port: number;
  /** The certificate (PEM) of the CA that clients must trust; null without TLS. */
  readonly ca: string | null;
  /** Closes all connections, also those of pending requests, and ends all logins. */
  close(): Promise<void>;
}

/** An instance that can be logged in to. */
export interface InstanceLogin extends Login {
  readonly id: string;
  readonly name: string;
}

/** The stand-in cloud: all interfaces behind one listener. */
export interface Sandbox {
  /** The permanent credentials, or the random ones, for every interface. */
  readonly credentials: Credentials;
  /** The temporary credentials, which need their token. */
  readonly temporaryCredentials: {
    readonly secretId: string;
    readonly secretKey: string;
    readonly token: string;
  };
  /** The request handler, for `createServer` of http or https. */
  readonly listener: RequestListener;
  /** Listens on 127.0.0.1. Default, and 0: a free port. @throws CertificateError with TLS */
  listen(port?: number): Promise<Listening>;
  /** The last 10,000 requests, oldest first. */
  readonly log: readonly LoggedRequest[];
  /** Queues a fault. */
  fault(fault: Fault): void;
  /**
   * Stores key pairs directly, with random public keys. It is fast. Quotas and name rules do not apply.
   *
   * @throws Error when a name is taken; then it stores none
   */
  seed(seed: Seed): readonly StoredPair[];
  /** Stores a launch template directly. @throws Error for a key pair that does not exist */
  seedTemplate(seed: TemplateSeed): StoredTemplate;
  /** Removes key pairs directly, also bound ones. It ignores unknown names. */
  remove(removal: Removal): void;
  /** Restarts a running instance: on ECS, a key that was attached or detached meanwhile takes effect. */
  reboot(region: string, instanceId: string): void;
  /**
   * Lets the system's sshd listen for an account of an instance, until the sandbox closes. It refuses connections unless
   * the instance runs.
   *
   * @param account default: the login user.
   * @throws SshError
   */
  login(region: string, instanceId: string, account?: string): Promise<Login>;
  /** Whether scripts are executed: with `runCommands`, where this machine can isolate them. */
  executes(): Promise<boolean>;
  /** {@link login} for every instance of a service and region that has a public address. @throws SshError */
  logins(service: Service, region: string): Promise<readonly InstanceLogin[]>;
}

/** Creates a sandbox. It opens and writes nothing before the first request. */
export function createSandbox(options: SandboxOptions): Sandbox {
  const now = options.now ?? ((): Date => new Date());
  const log: LoggedRequest[] = [];
  const faults = faultQueue();
  const repositoryFor = options.stateDir === null ? memoryRepositories() : fileRepositories(options.stateDir);
  const { stateDir, ssh = false, runCommands = false, limits = true, tls = false } = options;
  const chosen = { ...DEFAULT_BEHAVIOUR, ...options.behaviour };
  const behaviour = limits ? chosen : withoutLimits(chosen);
  if (runCommands && stateDir === null) throw new Error('scripts need a state folder');
  const own = ssh || runCommands || options.credentials === 'random' ? randomCredentials() : null;
  let logins: Promise<Logins> | null = null;
  const login = async (service: Service, region: string, id: string, account?: string): Promise<Login> => {
    if (stateDir === null) throw new Error('a login needs a state folder');
    logins ??= import('./ssh.ts').then(({ sshLogins }) =>
      sshLogins({ folder: join(stateDir, 'ssh'), repositoryFor, now, runCommands }),
    );
    return (await logins).open(service, region, id, account);
  };
  let executor: Promise<Executor> | null = null;
  const withExecutor = (use: (one: Executor) => void): void => {
    executor ??= import('./executor.ts').then((module) =>
      module.executor({ folder: join(stateDir ?? '', 'ssh'), repositoryFor, now, agentMs: behaviour.agentMs }),
    );
    void executor.then(use);
  };
  const serve = cloud({
    repositoryFor,
    credentials: own,
    login: ssh ? login : null,
    executor: runCommands
      ? {
          start: (...run) => {
            withExecutor((one) => {
              one.start(...run);
            });
          },
          stop: (taskId) => {
            withExecutor((one) => {
              one.stop(taskId);
            });
          },
        }
      : null,
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
        // Clients may read the service's clock from this header.
        response.setHeader('date', now().toUTCString());
        sendOutcome(outcome, response);
      })
      // Only a disconnected client causes this.
      .catch(() => response.destroy());
  };

  return {
    credentials: own ?? PERMANENT,
    temporaryCredentials: TEMPORARY,
    listener,
    log,
    fault: (fault) => {
      faults.add(fault);
    },
    seed: (seed) => seedPairs(repositoryFor(seed.service, seed.region), seed, behaviour, now()),
    seedTemplate: (seed) => seedTemplate(repositoryFor(seed.service, seed.region), seed, now()),
    remove: ({ service, region, names }) => {
      removePairs(repositoryFor(service, region), names);
    },
    reboot: (region, id) => {
      repositoryFor(serviceOf(id), region).update((contents) => {
        const instance = contents.instances.find((one) => one.id === id);
        if (instance?.running !== true) throw new Error(`${id} does not run`);
        return withInstances(contents, [restarted(instance, true)]);
      });
    },
    login: (region, id, account) => login(serviceOf(id), region, id, account),
    executes: async () => {
      if (stateDir === null || !runCommands) return false;
      const [{ prepareLaunch }, { machineOf, prepareDisk }] = await Promise.all([
        import('./isolation.ts'),
        import('./machines.ts'),
      ]);
      const machine = machineOf(join(stateDir, 'ssh'), 'cvm', 'ap-guangzhou', 'ins-sandbox1');
      prepareDisk(machine, 'web-1', null);
      return prepareLaunch(machine);
    },
    logins: (service, region) => {
      const { instances } = repositoryFor(service, region).read();
      const reachable = instances.filter((instance) => publicAddressOf(instance) !== null);
      return Promise.all(reachable.map(async ({ id, name }) => ({ id, name, ...(await login(service, region, id)) })));
    },
    listen: async (port = 0) => {
      // API 3.0 allows a query of 32 KB; Node's default limit is 16 KB.
      const maxHeaderSize = 128 * 1024;
      const identity = tls ? await import('./tls.ts').then((made) => made.makeIdentity(stateDir ?? tmpdir())) : null;
      const server =
        identity === null
          ? createServer({ maxHeaderSize }, listener)
          : (await import('node:https')).createServer(
              { maxHeaderSize, key: identity.key, cert: identity.cert },
              listener,
            );
      return new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, '127.0.0.1', () => {
          const { port: bound } = server.address() as AddressInfo;
          resolve({
            url: `${identity === null ? 'http' : 'https'}://127.0.0.1:${bound}`,
            port: bound,
            ca: identity?.ca ?? null,
            close: async () => {
              const closed = new Promise((done) => server.close(done));
              server.closeAllConnections();
              await Promise.all([closed, logins?.then((all) => all.close()), executor?.then((one) => one.close())]);
            },
          });
        });
      });
    },
  };
}
