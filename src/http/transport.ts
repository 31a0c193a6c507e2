import type { IncomingMessage } from 'node:http';
import type { LookupFunction, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { KeypairError } from '../errors.ts';
import { t } from '../i18n/t.ts';
import type { Secret } from '../secret.ts';
import { Capture, readBody, UnusableBody } from './body.ts';
import { type ConnectionOptions, discard, isFresh, type Opened, openConnection, prepare } from './connection.ts';
import { type Attempt, broken, cancelled, redirected, refusedByProxy, timedOut, unusable } from './failures.ts';
import { beginsPrivateKey } from './key-shape.ts';
import { createRedactor, Trace } from './redact.ts';
import { checkDial, type Dial, Progress, type Route, routeTo } from './route.ts';
import type { HttpRequest, HttpResponse, Send } from './types.ts';

/** The settings of a transport. */
export interface TransportOptions {
  /** The timeout of one request, in milliseconds, for all phases together. */
  readonly timeoutMs: number;
  /** The proxy setting for a URL (`http://user:password@host:port`), or '' to go directly. */
  readonly proxyFor: (url: URL) => string;
  /**
   * Sandbox: every connection goes to this loopback address in plain http. URLs, `Host` and signatures stay as in
   * production.
   */
  readonly dial?: Dial;
  /** The id of the called provider, for errors. */
  readonly provider?: string;
  /** The `user-agent` of requests that have none. */
  readonly userAgent?: string;
  /** Called with each line of the trace of requests and responses, without secrets. */
  readonly trace?: (line: string) => void;
  /**
   * Secrets that the trace must not show in any form, read again for each request. Other secrets are recognized by name
   * and shape.
   */
  readonly secrets?: readonly Secret[];
  /** CA certificates (PEM) to trust instead of Node's own. For tests: users have NODE_EXTRA_CA_CERTS. */
  readonly ca?: string;
  /** Resolves host names instead of the system. For tests. */
  readonly lookup?: LookupFunction;
}

/** Sends requests until it is closed. */
export interface Transport {
  readonly send: Send;
  /**
   * Opens a connection (through the proxy, with TLS) for the next POST to this URL's origin, before that request is ready.
   * Sends nothing and reports nothing: if the connection fails, the request opens another one.
   */
  openAhead(url: URL): void;
  /** Cancels all running requests. These and later ones fail with `CANCELLED`. */
  close(): void;
}

/**
 * The program's only HTTP client: HTTP/1.1 over node:http and node:https, which are loaded on first use.
 *
 * @throws KeypairError `FAILURE` if `dial` is not a loopback address.
 */
export function createTransport(options: TransportOptions): Transport {
  const { dial, proxyFor, timeoutMs, userAgent, trace: write, ca, lookup, provider } = options;
  if (dial !== undefined) checkDial(dial);
  const closing = new AbortController();
  let ahead: { readonly origin: string; readonly opened: Promise<Opened | null> } | null = null;

  /** The connection that was opened early, if it fits this request and still works. */
  const takeAhead = async ({ method, url }: HttpRequest): Promise<Opened | null> => {
    if (ahead?.origin !== url.origin || method !== 'POST') return null;
    const taken = ahead.opened;
    ahead = null;
    const opened = await taken;
    if (opened === null || (await isFresh(opened))) return opened;
    discard(opened);
    return null;
  };

  const send: Send = async (request, { signal, secrets = [], keep = false } = {}) => {
    const route = routeTo(request.url, proxyFor, dial);
    const known = [...(options.secrets ?? []), ...secrets];
    const trace = write === undefined ? null : new Trace(write, createRedactor(known));
    return exchange(request, completed(request, userAgent), route, {
      timeoutMs,
      // One signal per request: Node warns about many listeners on one signal.
      signal: AbortSignal.any(signal === undefined ? [closing.signal] : [closing.signal, signal]),
      trace,
      ca,
      lookup,
      provider,
      keep,
      ahead: await takeAhead(request),
    });
  };
  return {
    send,
    openAhead: (url) => {
      const open = async (): Promise<Opened | null> => {
        const route = routeTo(url, proxyFor, dial);
        // A password is shown to a proxy by one request at a time: an early connection would make the others wait.
        if (route.proxy?.authorization != null) return null;
        return openConnection(url, 'POST', route, { ca, lookup, provider });
      };
      // The request reports the failure, on its own connection.
      ahead ??= { origin: url.origin, opened: open().catch(() => null) };
    },
    close: () => {
      closing.abort();
      void ahead?.opened.then((opened) => {
        if (opened !== null) discard(opened);
      });
    },
  };
}

/** The request's own headers, unchanged, plus the headers that every request needs. */
function completed(request: HttpRequest, userAgent: string | undefined): Record<string, string> {
  const headers: Record<string, string> = { ...request.headers };
  const given = new Set(Object.keys(headers).map((name) => name.toLowerCase()));
  const add = (name: string, value: string): void => {
    if (!given.has(name)) headers[name] = value;
  };
  add('host', request.url.host);
  if (userAgent !== undefined) add('user-agent', userAgent);
  // Responses are small, and a truncated response is readable only if it is not compressed.
  add('accept-encoding', 'identity');
  if (request.method !== 'GET' || request.body !== undefined) {
    add('content-length', String(Buffer.byteLength(request.body ?? '')));
  }
  return headers;
}

/** The maximum delay of `setTimeout`, in milliseconds. */
const LONGEST_TIMER = 2 ** 31 - 1;

/**
 * How long to wait for more data after a complete response without a key, in milliseconds. Usually the server ends the
 * connection.
 */
const JSON_SILENCE_MS = 100;

/** The options of one exchange. */
interface ExchangeOptions extends ConnectionOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly trace: Trace | null;
  readonly keep: boolean;
  readonly ahead: Opened | null;
}

/**
 * Sends one request on its own connection and reads the complete response. A response, error, timeout or signal calls
 * `settle`, which acts only once.
 *
 * @param headers complete, `host` included.
 * @throws KeypairError as `Send` says.
 */
async function exchange(
  request: HttpRequest,
  headers: Readonly<Record<string, string>>,
  route: Route,
  options: ExchangeOptions,
): Promise<HttpResponse> {
  const { signal, trace, provider } = options;
  const opened = options.ahead ?? (await openConnection(request.url, request.method, route, options));
  const { outgoing, waiting, turn } = opened;
  const capture = options.keep ? new Capture() : null;
  const body: Buffer[] = [];
  const received = capture?.chunks ?? body;
  if (signal.aborted) {
    discard(opened);
    throw cancelled({ route, progress: opened.progress, received, provider });
  }
  trace?.request(request, headers, route);
  prepare(opened, request, headers);
  // No await from here to the end: the request leaves as soon as the connection is ready.
  const progress = opened.onReady === null ? new Progress('send') : opened.progress;
  const attempt: Attempt = { route, progress, received, provider };
  const elapsed = options.ahead === null ? progress.elapsed : 0;
  const traceConnection = (): void => {
    const tls = route.secure ? (outgoing.socket as Socket & Pick<TLSSocket, 'getProtocol'>).getProtocol() : null;
    trace?.connected(outgoing.socket?.remoteAddress, tls);
  };
  if (opened.onReady === null) traceConnection();
  else {
    opened.onReady = () => {
      progress.enter('send');
      traceConnection();
    };
  }

  return new Promise((resolve, reject) => {
    let settled = false;
    const settle = (result: HttpResponse | KeypairError): void => {
      if (settled) return;
      settled = true;
      turn?.answered(null);
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      capture?.release();
      outgoing.destroy();
      if (result instanceof KeypairError) {
        reject(result);
        trace?.failure(result, progress);
      } else {
        resolve(result);
        trace?.response(result, progress);
      }
    };
    // If an unusable response may contain a private key, read it to its end first.
    const fail = (error: () => KeypairError): void => {
      if (capture === null) settle(error());
      else
        void capture.rest().then(() => {
          settle(error());
        });
    };
    const interrupt = (error: KeypairError): void => {
      settle(error);
      // Until CONNECT is answered, only this signal reaches the library's socket to the proxy. Later, do not abort:
      // nobody listens for that socket's errors any more.
      if (progress.phase === 'proxy') waiting.abort();
    };
    const onAbort = (): void => {
      interrupt(cancelled(attempt));
    };
    const timer = setTimeout(
      () => {
        interrupt(timedOut(attempt, options.timeoutMs));
      },
      Math.min(options.timeoutMs - elapsed, LONGEST_TIMER),
    );

    let answer: IncomingMessage | null = null;
    outgoing.on('error', (error) => {
      // An error after a complete response does not matter: the body is already in memory.
      if (answer?.complete !== true) fail(() => broken(attempt, error));
    });
    outgoing.once('proxyConnect', ({ statusCode }: { readonly statusCode: number }) => {
      if (statusCode !== 200) settle(refusedByProxy(attempt, statusCode));
    });
    if (outgoing.socket === null) outgoing.once('socket', (socket) => capture?.record(socket));
    else capture?.record(outgoing.socket);
    outgoing.once('finish', () => {
      if (progress.phase === 'send') progress.enter('wait');
    });
    outgoing.once('response', (incoming: IncomingMessage) => {
      answer = incoming;
      progress.enter('read');
      const status = incoming.statusCode ?? 0;
      const redirects = status >= 300 && status < 400;
      readBody(incoming, body).then(
        async (content) => {
          if (redirects) {
            fail(() => redirected(attempt, status, incoming.headers.location));
            return;
          }
          const response = { status, headers: joined(incoming.headersDistinct), body: content };
          const json = capture !== null && isJson(content);
          if (capture === null || (json && beginsPrivateKey(content.toString('latin1')))) {
            settle(response);
            return;
          }
          await capture.rest(json ? JSON_SILENCE_MS : undefined);
          const raw = Buffer.concat(capture.chunks);
          settle(json && !hasMore(raw, response) ? response : { ...response, raw });
        },
        (error: unknown) => {
          // Without a consumer of the body, Node stops reading.
          incoming.resume();
          fail(() =>
            error instanceof UnusableBody ? unusable(attempt, error.message) : broken(attempt, error as Error),
          );
        },
      );
    });
    outgoing.once('upgrade', (_incoming, socket: Socket) => {
      socket.destroy();
      fail(() => unusable(attempt, t`is in another protocol`));
    });
    signal.addEventListener('abort', onAbort, { once: true });
    outgoing.end(request.body);
  });
}

/** Joins repeated headers. The object has no prototype, since the server chooses the names. */
function joined(headers: NodeJS.Dict<string[]>): Readonly<Record<string, string>> {
  const result = Object.create(null) as Record<string, string>;
  for (const [name, values] of Object.entries(headers)) result[name] = (values ?? []).join(', ');
  return result;
}

/** Whether the connection received more than one message. */
function hasMore(capture: Buffer, { headers }: HttpResponse): boolean {
  const text = capture.toString('latin1');
  const body = text.length - text.indexOf('\r\n\r\n') - 4;
  return text.split(/HTTP\/1\.[01] \d{3}/).length > 2 || body > Number(headers['content-length'] ?? Infinity);
}

function isJson(body: Buffer): boolean {
  try {
    JSON.parse(body.toString('utf8'));
    return true;
  } catch {
    return false;
  }
}
