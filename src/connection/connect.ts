import { createHash, randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { Session } from '../cli/session.ts';
import { senderOf } from '../context.ts';
import { KeypairError } from '../errors.ts';
import { proxyIn } from '../http/proxy.ts';
import { createRateLimiter, type RateLimiter } from '../http/rate-limit.ts';
import { createTransport, type Transport } from '../http/transport.ts';
import type { HttpResponse, Send } from '../http/types.ts';
import { t } from '../i18n/t.ts';
import type { CredentialSource } from '../providers/credentials.ts';
import type { Provider } from '../providers/types.ts';
import type { Secret } from '../secret.ts';
import type { OpenSandbox } from './sandbox.ts';
import type { Target } from './target.ts';

/** A service that is ready to be called. */
export interface Connection extends Target {
  readonly provider: Provider;
  /** For one request. */
  readonly timeoutMs: number;
}

/** Connects to the services of one command. All share one embedded sandbox. */
export interface Connections {
  /**
   * Loads the adapter and connects it to the service: production, the user's endpoint, or the embedded sandbox.
   *
   * @param openAhead whether a request will follow soon: its connection is opened now.
   */
  connect(target: Target, openAhead?: boolean): Promise<Connection>;
  /** The embedded sandbox, if a target needed it. */
  sandbox(): Promise<OpenSandbox | null>;
  /** Closes the transports and the embedded sandbox. */
  close(): Promise<void>;
}

/** Called with each answer of a service; `sentAt` and `at` are this machine's time before and after. */
export type Observer = (target: Target, answer: HttpResponse, sentAt: Date, at: Date) => void;

/**
 * Runs a command's work with connections, and closes them at the end, also after an error.
 *
 * @param observe is called with every answer.
 */
export async function withConnections<T>(
  session: Session,
  work: (connections: Connections) => Promise<T>,
  observe: Observer | null = null,
): Promise<T> {
  const connections = openConnections(session, observe);
  try {
    return await work(connections);
  } finally {
    await connections.close();
  }
}

/** Prints the service's warning, if it has one, and runs a command's work with it, as {@link withConnections}. */
export async function withConnection<T>(
  session: Session,
  target: Target,
  work: (connection: Connection, connections: Connections) => Promise<T>,
): Promise<T> {
  const { warning } = target.descriptor;
  if (warning !== null) session.warn(warning);
  return withConnections(session, async (connections) => {
    const connection = await session.withSpinner(t`getting ready`, () => connections.connect(target, true));
    return work(connection, connections);
  });
}

function openConnections(session: Session, observe: Observer | null): Connections {
  const { context, settings } = session;
  const transports: Transport[] = [];
  let sandbox: Promise<OpenSandbox> | null = null;
  return {
    connect: async (target, openAhead = false) => {
      const { descriptor } = target;
      const opened = target.credentials === null ? await (sandbox ??= startSandbox(context)) : null;
      const credentials = target.credentials ?? opened?.credentials;
      if (credentials === undefined) throw new KeypairError('FAILURE', t`neither credentials nor a sandbox`);
      const secrets: Secret[] = [];
      const transport = createTransport({
        timeoutMs: settings.timeoutMs,
        proxyFor: proxyIn(context),
        provider: descriptor.id,
        userAgent: senderOf(context),
        secrets,
        ...(session.trace === null ? {} : { trace: session.trace }),
        ...(opened === null ? {} : { dial: { host: '127.0.0.1', port: opened.port } }),
      });
      transports.push(transport);
      if (openAhead) transport.openAhead(target.endpoint);
      const createProvider = await descriptor.load();
      const provider = createProvider({
        credentials: collectSecrets(credentials, secrets),
        region: target.region,
        place: `-p ${descriptor.id} -r ${target.flagsToReproduce}`,
        endpoint: target.endpoint,
        apiVersion: target.apiVersion,
        send: observe === null ? transport.send : withObserver(transport.send, target, observe, context.now),
        limiter: stopOnInterrupt(
          context.interrupts.asked,
          createRateLimiter({
            limitOf: (action) =>
              action === 'CreateKeyPair' ? descriptor.requestsPerSecond : descriptor.otherRequestsPerSecond,
            // A throttled call may wait longer than the timeout of one request.
            retryForMs: 4 * settings.timeoutMs,
            now: () => performance.now(),
            wait: (ms, signal) => setTimeout(ms, undefined, { signal }),
            random: Math.random,
          }),
        ),
        now: context.now,
        nonce: () => randomBytes(32).toString('hex'),
        sender: senderOf(context),
      });
      return { ...target, provider, timeoutMs: settings.timeoutMs };
    },
    sandbox: () => Promise.resolve(sandbox),
    close: async () => {
      for (const transport of transports) transport.close();
      await (await sandbox)?.close();
    },
  };
}

async function startSandbox(context: Session['context']): Promise<OpenSandbox> {
  return (await import('./sandbox.ts')).openSandbox(context);
}

/** Sends no further change after Ctrl-C, even if the command's own signal is not aborted. */
function stopOnInterrupt(interrupted: AbortSignal, limiter: RateLimiter): RateLimiter {
  return (call, attempt) =>
    limiter(
      // Read requests go on: they show the outcome of a change.
      call.changes ? { ...call, signal: AbortSignal.any([call.signal, interrupted]) } : call,
      attempt,
    );
}

function withObserver(send: Send, target: Target, observe: Observer, now: () => Date): Send {
  return async (...sent) => {
    const sentAt = now();
    const answer = await send(...sent);
    observe(target, answer, sentAt, now());
    return answer;
  };
}

/** Collects every secret that signs a request: the trace redacts them by value. */
function collectSecrets(source: CredentialSource, secrets: Secret[]): CredentialSource {
  return {
    source: source.source,
    current: async (signal) => {
      const credentials = await source.current(signal);
      for (const secret of [credentials.secret, credentials.token]) {
        if (secret !== null && !secrets.includes(secret)) secrets.push(secret);
      }
      return credentials;
    },
  };
}

/** The account in the ARN of a role, of either vendor. */
const ACCOUNT = /acs:ram::\d+|qcs::cam::uin\/\d+/;

/**
 * A hash of the account or key that signs: `account:…` for a role, `key:…` for a permanent access key. It tells
 * accounts apart, since one does not see the pairs of another.
 *
 * @param credentials null in the sandbox.
 * @returns null in the sandbox, and for other temporary credentials: nothing permanent identifies them.
 * @throws KeypairError as {@link CredentialSource.current}.
 */
export async function accountIdOf(credentials: CredentialSource | null, signal: AbortSignal): Promise<string | null> {
  if (credentials === null) return null;
  const account = ACCOUNT.exec(credentials.source)?.[0];
  if (account !== undefined) return `account:${hash(account)}`;
  const { id, secret, token } = await credentials.current(signal);
  // A bearer token has no id.
  return token === null ? `key:${hash(id === '' ? secret.reveal() : id)}` : null;
}

/** Whether two ids belong to different accounts for sure. A role and a key may belong to one account. */
export function isOtherAccount(one: string | null, other: string | null): boolean {
  return one !== null && other !== null && kindOf(one) === kindOf(other) && one !== other;
}

function kindOf(signer: string): string {
  return signer.slice(0, signer.indexOf(':'));
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
