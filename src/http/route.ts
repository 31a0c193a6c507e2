import { KeypairError } from '../errors.ts';
import { t } from '../i18n/t.ts';
import { isLoopback } from './endpoint.ts';
import type { Phase } from './phases.ts';
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
