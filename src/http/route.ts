import { isIPv4 } from 'node:net';
import { KeypairError, type Outcome } from '../errors.ts';
import { t } from '../i18n/t.ts';
import { printable } from '../sanitize.ts';
import { parseProxy, type Proxy } from './proxy.ts';

/** A loopback address that is dialled in place of every service. */
export interface Dial {
  readonly host: string;
  readonly port: number;
}

/** The way to a service. */
export interface Route {
  /** For people: the service's host, with its port where that is not the scheme's own. */
  readonly host: string;
  /** Where the connection goes: name or address without brackets. */
  readonly dialHost: string;
  readonly dialPort: number;
  readonly secure: boolean;
  readonly proxy: Proxy | null;
  readonly sandbox: boolean;
}

/**
 * Decides how a URL's service is reached: at the sandbox's address in plain http, through a proxy, or directly
 * (always so in plain http to a loopback address).
 *
 * @throws KeypairError `USAGE` for a proxy setting that cannot be used.
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
  // A proxy would read the private key in the clear, and its own machine is another than this.
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

/** @throws KeypairError `FAILURE` when the sandbox's address is not this machine: secrets would go there in the clear. */
export function checkDial(dial: Dial): void {
  if (isLoopback(dial.host)) return;
  throw new KeypairError('FAILURE', t`the sandbox can be dialled on a loopback address only`);
}

/** The phase in which a request on this route begins. */
export function firstPhase(route: Route): Phase {
  if (route.proxy !== null) return 'proxy';
  return /^[\d.]+$|:/.test(route.dialHost) ? 'connect' : 'lookup';
}

/** A URL's host name as sockets take it: IPv6 without brackets. */
export function bare(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1');
}

/** Whether a host name of a URL, or an address, is this machine itself: 127.0.0.0/8, ::1, `localhost`. */
export function isLoopback(host: string): boolean {
  if (host === 'localhost' || host === '::1' || host === '[::1]') return true;
  return isIPv4(host) && host.startsWith('127.');
}

/**
 * Reads the user's `--endpoint`: scheme, host and port of a service, and nothing else. It must be https, since the
 * answer carries a private key; http is accepted on a loopback address only.
 *
 * @throws KeypairError `USAGE` with a hint. The text is not repeated where it may hold a password.
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

/** The phases of one request, in their order. `proxy` covers all that happens until the proxy has answered CONNECT. */
export type Phase = 'lookup' | 'connect' | 'proxy' | 'tls' | 'send' | 'wait' | 'read';

/** Where a request stands: the one source of the answer to "may the service have acted?". */
export class Progress {
  readonly #marks: { readonly phase: Phase; readonly at: number }[];

  constructor(first: Phase) {
    this.#marks = [{ phase: first, at: performance.now() }];
  }

  /** The phase that is under way. */
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
   * `unknown` from the moment on which the request's bytes may leave: TLS stands with the service itself, or the
   * connection where there is no TLS. Before that, nothing of the request has gone anywhere.
   */
  get outcome(): Outcome {
    return ['send', 'wait', 'read'].includes(this.phase) ? 'unknown' : 'none';
  }

  enter(phase: Phase): void {
    this.#marks.push({ phase, at: performance.now() });
  }

  /** `lookup 3 ms, connect 12 ms, …`: how long each phase took, the last one until now. */
  describe(): string {
    return this.#marks
      .map(({ phase, at }, index) => {
        const end = this.#marks[index + 1]?.at ?? performance.now();
        return `${phase} ${(end - at).toFixed(0)} ms`;
      })
      .join(', ');
  }
}
