import { isIPv4 } from 'node:net';
import { KeypairError, type Outcome } from '../errors.ts';
import { t } from '../i18n/t.ts';
import { printable } from '../sanitize.ts';
import { parseProxy, type Proxy } from './proxy.ts';

/** A loopback address that replaces the address of every service. */
export interface Dial {
  readonly host: string;
  readonly port: number;
}

/** How to reach a service. */
export interface Route {
  /** For people: the service's host, with its port if it is not the default. */
  readonly host: string;
  /** The host to connect to: a name, or an address without brackets. */
  readonly dialHost: string;
  readonly dialPort: number;
  readonly secure: boolean;
  readonly proxy: Proxy | null;
  readonly sandbox: boolean;
}

/**
 * Decides how to reach a URL's service: at the sandbox's address in plain http, through a proxy, or directly. Plain
 * http to a loopback address is always direct.
 *
 * @throws KeypairError `USAGE` for an invalid proxy setting.
 */
export function routeTo(url: URL, proxyFor: (url: URL) => string, dial: Dial | undefined): Route {
  if (dial !== undefined) {
    const host = t`${url.host} (sandbox at ${dial.host}:${dial.port})`;
    return {
      host,
      dialHost: bare(dial.host),
      dialPort: dial.port,
      secure: false,
      proxy: null,
      sandbox: true,
    };
  }
  const secure = url.protocol === 'https:';
  // A proxy would see the private key unencrypted, and its loopback address is another machine's.
  const setting = !secure && isLoopback(url.hostname) ? '' : proxyFor(url);
  return {
    host: url.host,
    dialHost: bare(url.hostname),
    dialPort: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
    secure,
    proxy: setting === '' ? null : parseProxy(setting),
    sandbox: false,
  };
}

/** @throws KeypairError `FAILURE` if the sandbox's address is not this machine: secrets would leave it unencrypted. */
export function checkDial(dial: Dial): void {
  if (isLoopback(dial.host)) return;
  throw new KeypairError('FAILURE', t`the sandbox can be dialled on a loopback address only`);
}

/** The first phase of a request on this route. */
export function firstPhase(route: Route): Phase {
  if (route.proxy !== null) return 'proxy';
  return /^[\d.]+$|:/.test(route.dialHost) ? 'connect' : 'lookup';
}

/** A URL's host name for sockets: IPv6 without brackets. */
export function bare(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1');
}

/** Whether a URL's host name or an address is this machine: 127.0.0.0/8, ::1, `localhost`. */
export function isLoopback(host: string): boolean {
  if (host === 'localhost' || host === '::1' || host === '[::1]') return true;
  return isIPv4(host) && host.startsWith('127.');
}

/**
 * Parses `--endpoint`: only the scheme, host and port of a service. It must be https, since the response contains a
 * private key. http is accepted only for a loopback address.
 *
 * @throws KeypairError `USAGE` with a hint. It does not repeat a text that may contain a password.
 */
export function parseEndpoint(text: string): URL {
  if (text.includes('@')) {
    throw refused(t`the endpoint holds a user or a password`, t`credentials never go into the endpoint`);
  }
  const url = URL.parse(text);
  if (url === null || !/^https?:\/\/[^/\\?#\s]+\/?$/i.test(text)) {
    throw refused(t`the endpoint ${quoted(text)} is not a scheme, a host and an optional port`);
  }
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    throw refused(
      t`the endpoint ${quoted(text)} is not https`,
      t`the answer carries a private key: plain http is accepted for 127.0.0.1, [::1] and localhost only`,
    );
  }
  return url;
}

function refused(
  message: string,
  hint = t`write it as https://cvm.tencentcloudapi.com or http://127.0.0.1:8080, without a path`,
): KeypairError {
  return new KeypairError('USAGE', message, { hints: [hint] });
}

function quoted(text: string): string {
  return `'${printable(text, 100)}'`;
}

/** The phases of one request, in order. `proxy` lasts until the proxy has answered CONNECT. */
export type Phase = 'lookup' | 'connect' | 'proxy' | 'tls' | 'send' | 'wait' | 'read';

/** The progress of a request. It alone decides whether the service may have acted. */
export class Progress {
  readonly #marks: { readonly phase: Phase; readonly at: number }[];

  constructor(first: Phase) {
    this.#marks = [{ phase: first, at: performance.now() }];
  }

  /** The current phase. */
  get phase(): Phase {
    const last = this.#marks.at(-1);
    if (last === undefined) throw new Error('a request is always in a phase');
    return last.phase;
  }

  /** Milliseconds since the first phase began. */
  get elapsed(): number {
    return performance.now() - (this.#marks[0]?.at ?? 0);
  }

  /**
   * `unknown` once the request's bytes may have been sent: after the TLS handshake with the service, or without TLS,
   * after connecting. Before that, `none`.
   */
  get outcome(): Outcome {
    return ['send', 'wait', 'read'].includes(this.phase) ? 'unknown' : 'none';
  }

  enter(phase: Phase): void {
    this.#marks.push({ phase, at: performance.now() });
  }

  /** The duration of each phase, the last one until now: `lookup 3 ms, connect 12 ms, …`. */
  describe(): string {
    return this.#marks
      .map(({ phase, at }, index) => {
        const end = this.#marks[index + 1]?.at ?? performance.now();
        return `${phase} ${(end - at).toFixed(0)} ms`;
      })
      .join(', ');
  }
}
