import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { stateDirectory } from '../config/paths.ts';
import { Secret } from '../credentials/secret.ts';
import type { Credentials } from '../credentials/types.ts';
import { KeypairError } from '../errors.ts';
import type { Provider } from '../providers/types.ts';
import type { Session } from '../session.ts';
import { createPatience } from '../patience/patience.ts';
import { createTransport, type Transport } from '../transport/transport.ts';
import type { Target } from './target.ts';

/** A service that can be called. */
export interface Connection extends Target {
  readonly provider: Provider;
}

/** The services that one run of a command calls: they share one embedded sandbox, and end together. */
export interface Services {
  /** Loads the adapter and opens the way to the service: production, the user's endpoint, or the embedded sandbox. */
  connect(target: Target): Promise<Connection>;
  /** Lets go of the transports and of the embedded sandbox. */
  close(): Promise<void>;
}

/** Runs a command's work with services at hand, and lets go of them whatever comes of it. */
export async function withServices<T>(
  session: Session,
  work: (services: Services) => Promise<T>,
): Promise<T> {
  const services = openServices(session);
  try {
    return await work(services);
  } finally {
    await services.close();
  }
}

function openServices(session: Session): Services {
  const { context, settings } = session;
  const transports: Transport[] = [];
  let sandbox: Promise<OpenSandbox> | null = null;
  return {
    connect: async (target) => {
      const { descriptor } = target;
      const [createProvider, opened] = await Promise.all([
        descriptor.load(),
        target.credentials === null ? (sandbox ??= openSandbox(session)) : null,
      ]);
      const credentials = target.credentials ?? opened?.credentials;
      if (credentials === undefined) throw new KeypairError('FAILURE', 'neither credentials nor a sandbox');
      const transport = createTransport({
        timeoutMs: settings.timeoutMs,
        proxyFor: context.proxyFor,
        userAgent: 'keypair',
        secrets: [credentials.secret, ...(credentials.token === null ? [] : [credentials.token])],
        ...(session.trace === null ? {} : { trace: session.trace }),
        ...(opened === null ? {} : { dial: { host: '127.0.0.1', port: opened.port } }),
      });
      transports.push(transport);
      const provider = createProvider({
        credentials,
        region: target.region,
        endpoint: target.endpoint,
        apiVersion: target.apiVersion,
        send: transport.send,
        patience: createPatience({
          limitOf: (action) =>
            action === 'CreateKeyPair' ? descriptor.requestsPerSecond : descriptor.otherRequestsPerSecond,
          // A throttled call is worth waiting for longer than one request may take.
          patienceMs: 4 * settings.timeoutMs,
          now: () => performance.now(),
          wait: (ms, signal) => setTimeout(ms, undefined, { signal }),
          random: Math.random,
        }),
        now: context.now,
        nonce: () => randomBytes(32).toString('hex'),
      });
      return { ...target, provider };
    },
    close: async () => {
      for (const transport of transports) transport.close();
      await (await sandbox)?.close();
    },
  };
}

interface OpenSandbox {
  readonly port: number;
  readonly credentials: Credentials;
  close(): Promise<void>;
}

/** Starts the stand-in cloud inside this process; its state lasts between commands. */
async function openSandbox({ context }: Session): Promise<OpenSandbox> {
  const { createSandbox } = await import('../sandbox/server.ts');
  const sandbox = createSandbox({ stateDir: path.join(stateDirectory(context), 'sandbox') });
  const listening = await sandbox.listen();
  const { secretId, secretKey } = sandbox.credentials;
  return {
    port: listening.port,
    close: () => listening.close(),
    credentials: { id: secretId, secret: new Secret(secretKey), token: null, source: 'sandbox' },
  };
}
