import type { LookupFunction } from 'node:net';
import type { Secret } from '../secret.ts';
import { exchange } from './exchange.ts';
import { createRedactor, Trace } from './redact.ts';
import { checkDial, routeTo, type Dial } from './route.ts';
import type { HttpRequest, Send } from './types.ts';

/** Everything of the outside world that the transport works with. */
export interface TransportOptions {
  /** The longest time for one request, all phases together, in milliseconds. */
  readonly timeoutMs: number;
  /** The proxy setting for a URL (`http://user:password@host:port`), or '' to go directly. */
  readonly proxyFor: (url: URL) => string;
  /** Sandbox: every connection goes to this loopback address in plain http; URLs, `Host` and signatures stay production's. */
  readonly dial?: Dial;
  /** The id of the provider that is called, for the errors. */
  readonly provider?: string;
  /** Sent as `user-agent` where a request has none. */
  readonly userAgent?: string;
  /** Called with each line of a description of what is sent and received, without secrets. */
  readonly trace?: (line: string) => void;
  /** The secrets that the trace must not show in any form, read anew for each request; others are recognised by their names and shapes. */
  readonly secrets?: readonly Secret[];
  /** Authorities to trust in place of Node's own, PEM. For tests: users have NODE_EXTRA_CA_CERTS. */
  readonly ca?: string;
  /** Looks up host names in place of the system. For tests. */
  readonly lookup?: LookupFunction;
}

/** Sends requests until it is closed. */
export interface Transport {
  readonly send: Send;
  /** Ends what is still under way: those requests, and later ones, fail with `CANCELLED`. */
  close(): void;
}

/**
 * The one HTTP client of the program (HTTP/1.1 over node:http and node:https, which are loaded when first needed).
 *
 * @throws KeypairError `FAILURE` when `dial` is not a loopback address.
 */
export function createTransport(options: TransportOptions): Transport {
  const { dial, proxyFor, timeoutMs, userAgent, trace: write } = options;
  if (dial !== undefined) checkDial(dial);
  const closing = new AbortController();

  const send: Send = async (request, { signal, secrets = [], keep = false } = {}) => {
    const route = routeTo(request.url, proxyFor, dial);
    const known = [...(options.secrets ?? []), ...secrets];
    const trace = write === undefined ? null : new Trace(write, createRedactor(known));
    return exchange(request, completed(request, userAgent), route, {
      timeoutMs,
      // A signal for each request: Node warns of many listeners on one.
      signal: AbortSignal.any(signal === undefined ? [closing.signal] : [closing.signal, signal]),
      trace,
      ca: options.ca,
      lookup: options.lookup,
      provider: options.provider,
      keep,
    });
  };
  return {
    send,
    close: () => {
      closing.abort();
    },
  };
}

/** The request's own headers as they are, and those that every request has. */
function completed(request: HttpRequest, userAgent: string | undefined): Record<string, string> {
  const headers: Record<string, string> = { ...request.headers };
  const given = new Set(Object.keys(headers).map((name) => name.toLowerCase()));
  const add = (name: string, value: string): void => {
    if (!given.has(name)) headers[name] = value;
  };
  add('host', request.url.host);
  if (userAgent !== undefined) add('user-agent', userAgent);
  // Answers are small, and an answer that is not compressed can still be read when only a part of it came.
  add('accept-encoding', 'identity');
  if (request.method !== 'GET' || request.body !== undefined) {
    add('content-length', String(Buffer.byteLength(request.body ?? '')));
  }
  return headers;
}
