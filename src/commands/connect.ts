import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { stateDirectory } from '../config/paths.ts';
import { findCredentials } from '../credentials/chain.ts';
import { Secret } from '../credentials/secret.ts';
import type { Credentials } from '../credentials/types.ts';
import { KeypairError } from '../errors.ts';
import type { Descriptor, Provider } from '../providers/types.ts';
import type { Session } from '../session.ts';
import { parseEndpoint } from '../transport/endpoint.ts';
import { createTransport } from '../transport/transport.ts';

/** Which service is to be called, and how: settled before anything is called. */
export interface Target {
  readonly descriptor: Descriptor;
  readonly region: string;
  readonly endpoint: URL;
  readonly apiVersion: string;
  /** Null in the sandbox, which brings its own. */
  readonly credentials: Credentials | null;
}

/** A service that can be called. */
export interface Connection extends Target {
  readonly provider: Provider;
  /** Lets go of the transport and of the embedded sandbox. */
  close(): Promise<void>;
}

/** Region ids look alike everywhere; this keeps anything else out of host names. */
const REGION = /^[a-z]{2}(-[a-z0-9]+)*$|^[a-z]{2}$/;

/**
 * Settles where a command's calls go. Says on stderr which region was taken when none was asked for.
 *
 * @throws KeypairError `USAGE` for a region, site, endpoint or API version that cannot be; `AUTH` without credentials.
 */
export async function settleTarget(
  session: Session,
  descriptor: Descriptor,
  version: string | null,
): Promise<Target> {
  const { settings } = session;
  const region = settings.region ?? descriptor.defaultRegion;
  if (!REGION.test(region)) {
    throw new KeypairError('USAGE', `${JSON.stringify(region)} is not a region`, {
      hints: [`see keypair regions --provider ${descriptor.id}`],
    });
  }
  if (!descriptor.sites.includes(settings.site)) {
    throw new KeypairError('USAGE', `${descriptor.title} has no --site ${settings.site}`, {
      hints: [`leave --site out, or use --provider tencent`],
    });
  }
  const apiVersion = version ?? descriptor.apiVersions[0];
  if (!descriptor.apiVersions.includes(apiVersion)) {
    throw new KeypairError('USAGE', `${descriptor.id} does not speak --api-version ${apiVersion}`, {
      hints: [`it speaks: ${descriptor.apiVersions.join(', ')}`],
    });
  }
  if (settings.sandbox && settings.endpoint !== null) {
    throw new KeypairError('USAGE', '--sandbox and --endpoint are two places to call: give one of them');
  }
  if (descriptor.warning !== null) session.warn(descriptor.warning);
  if (settings.region === null) {
    session.note(`using region ${region}, the default of ${descriptor.id} (--region changes it)`);
  } else if (!descriptor.regions.includes(region)) {
    session.warn(
      `${region} is not among the regions that ${descriptor.title} documents: it is tried as it is`,
    );
  }
  return {
    descriptor,
    region,
    endpoint: endpointFor(session, descriptor, region),
    apiVersion,
    credentials: settings.sandbox ? null : await findCredentials(descriptor, session.context.env),
  };
}

function endpointFor(session: Session, descriptor: Descriptor, region: string): URL {
  const { endpoint, site } = session.settings;
  if (endpoint === null) return new URL(`https://${descriptor.host(region, site)}`);
  return parseEndpoint(endpoint);
}

/** Loads the adapter and opens the way to the service: production, the user's endpoint, or the embedded sandbox. */
export async function connect(session: Session, target: Target): Promise<Connection> {
  const { context, settings } = session;
  const [createProvider, sandbox] = await Promise.all([
    target.descriptor.load(),
    target.credentials === null ? openSandbox(session) : null,
  ]);
  const credentials = target.credentials ?? sandbox?.credentials;
  if (credentials === undefined) throw new KeypairError('FAILURE', 'neither credentials nor a sandbox');
  const transport = createTransport({
    timeoutMs: settings.timeoutMs,
    proxyFor: context.proxyFor,
    userAgent: 'keypair',
    secrets: [credentials.secret, ...(credentials.token === null ? [] : [credentials.token])],
    ...(session.trace === null ? {} : { trace: session.trace }),
    ...(sandbox === null ? {} : { dial: { host: '127.0.0.1', port: sandbox.port } }),
  });
  const provider = createProvider({
    credentials,
    region: target.region,
    endpoint: target.endpoint,
    apiVersion: target.apiVersion,
    send: transport.send,
    now: context.now,
    nonce: () => randomBytes(32).toString('hex'),
  });
  return {
    ...target,
    provider,
    close: async () => {
      transport.close();
      await sandbox?.close();
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
