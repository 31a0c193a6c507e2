import { createHash, randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { Session } from '../cli/session.ts';
import { senderOf } from '../context.ts';
import { KeypairError } from '../errors.ts';
import { proxyIn } from '../http/no-proxy.ts';
import { createRateLimiter, type RateLimiter } from '../http/rate-limit.ts';
import { createTransport, type Transport } from '../http/transport.ts';
import type { HttpResponse, Send } from '../http/types.ts';
import { t } from '../i18n/t.ts';
import type { CredentialSource } from '../providers/credentials.ts';
import type { Provider } from '../providers/types.ts';
import type { Secret } from '../secret.ts';
import type { OpenSandbox } from './sandbox.ts';
import type { Target } from './target.ts';

/** A service that can be called. */
export interface Connection extends Target {
  readonly provider: Provider;
  /** For one request. */
  readonly timeoutMs: number;
}

/** The services that one run of a command calls: they share one embedded sandbox, and end together. */
export interface Connections {
  /** Loads the adapter and opens the way to the service: production, the user's endpoint, or the embedded sandbox. */
  connect(target: Target): Promise<Connection>;
  /** Lets go of the transports and of the embedded sandbox. */
  close(): Promise<void>;
}

/** Sees each answer of a service as it came; `sentAt` and `at` are this machine's clock before and after. */
export type Observer = (target: Target, answer: HttpResponse, sentAt: Date, at: Date) => void;

/**
 * Runs a command's work with services at hand, and lets go of them whatever comes of it.
 *
 * @param observe is shown every answer.
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

/** Runs a command's work at one service, after what is worth a warning of it; else as {@link withConnections}. */
export async function withConnection<T>(
  session: Session,
  target: Target,
  work: (connection: Connection, connections: Connections) => Promise<T>,
): Promise<T> {
  const { warning } = target.descriptor;
  if (warning !== null) session.warn(warning);
  return withConnections(session, async (connections) => {
    const connection = await session.withSpinner(t`getting ready`, () => connections.connect(target));
    return work(connection, connections);
  });
}

function openConnections(session: Session, observe: Observer | null): Connections {
  const { context, settings } = session;
  const transports: Transport[] = [];
  let sandbox: Promise<OpenSandbox> | null = null;
  return {
    connect: async (target) => {
      const { descriptor } = target;
      const [createProvider, opened] = await Promise.all([
        descriptor.load(),
        target.credentials === null ? (sandbox ??= startSandbox(context)) : null,
      ]);
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
            // A throttled call is worth waiting for longer than one request may take.
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
    close: async () => {
      for (const transport of transports) transport.close();
      await (await sandbox)?.close();
    },
  };
}

async function startSandbox(context: Session['context']): Promise<OpenSandbox> {
  return (await import('./sandbox.ts')).openSandbox(context);
}

/** What has not been asked for yet when the user interrupts never is, also where the rest of its life is not cut. */
function stopOnInterrupt(interrupted: AbortSignal, limiter: RateLimiter): RateLimiter {
  return (call, attempt) =>
    limiter(
      // Reads are made to the end: they tell what became of a change.
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

/** Notes every secret that is signed with: the trace must know them by value. */
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

/** The account in the name of a role, of either vendor. */
const ACCOUNT = /acs:ram::\d+|qcs::cam::uin\/\d+/;

/**
 * Whose requests these are, in a form that tells nobody: `account:…` of a role, `key:…` of a permanent access key. What
 * one account has made, another one does not see.
 *
 * @param credentials null in the sandbox.
 * @returns null where nothing lasting tells: in the sandbox, and of temporary credentials that somebody else has made.
 * @throws KeypairError as {@link CredentialSource.current}.
 */
export async function accountIdOf(
  credentials: CredentialSource | null,
  signal: AbortSignal,
): Promise<string | null> {
  if (credentials === null) return null;
  const account = ACCOUNT.exec(credentials.source)?.[0];
  if (account !== undefined) return `account:${hash(account)}`;
  const { id, token } = await credentials.current(signal);
  return token === null ? `key:${hash(id)}` : null;
}

/** Whether two are known not to be the same. A role and an access key may be of one account: that is not known. */
export function isOtherAccount(one: string | null, other: string | null): boolean {
  return one !== null && other !== null && kindOf(one) === kindOf(other) && one !== other;
}

function kindOf(signer: string): string {
  return signer.slice(0, signer.indexOf(':'));
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
