import { BlockList, isIP, type LookupFunction } from 'node:net';
import type { HttpsProxyAgent } from 'https-proxy-agent';
import { KeypairError } from '../errors.ts';
import { t } from '../i18n/t.ts';
import { printable } from '../sanitize.ts';
import { Secret } from '../secret.ts';

/** A proxy with CONNECT tunnels (RFC 9110, 9.3.6). */
export interface Proxy {
  /** `http://proxy.corp:3128` or `https://…`, without user and password. */
  readonly url: URL;
  /** The value of `Proxy-Authorization` if the setting has a user. */
  readonly authorization: Secret | null;
}

/**
 * Parses a proxy setting: `http://` or `https://`, with an optional `user:password@`. The default scheme is http, as in
 * curl.
 *
 * @throws KeypairError `USAGE`. It does not repeat the setting, which may contain a password.
 */
export function parseProxy(setting: string): Proxy {
  // The text before the last @ is user and password. These characters would end it early.
  if (/[#?/\\].*@/.test(setting.replace(/^\w+:\/\//, ''))) {
    throw new KeypairError('USAGE', t`the user or password of the proxy setting is not percent-encoded`, {
      hints: [t`percent-encode the user and the password in HTTPS_PROXY: %23 stands for # and %2F for a slash`],
    });
  }
  const url = URL.parse(setting.includes('://') ? setting : `http://${setting}`);
  if (url === null || url.hostname === '') {
    throw new KeypairError('USAGE', t`the proxy setting is not a URL`, { hints: [HINT] });
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    const scheme = printable(url.protocol, 30);
    throw new KeypairError('USAGE', t`proxies of the kind ${scheme}// are not supported`, { hints: [HINT] });
  }
  const named = url.username !== '' || url.password !== '';
  const pair = `${decoded(url.username)}:${decoded(url.password)}`;
  return {
    url: new URL(url.origin),
    authorization: named ? new Secret(`Basic ${Buffer.from(pair).toString('base64')}`) : null,
  };
}

const HINT = t`set HTTPS_PROXY to http://host:port or https://host:port, or name the service in NO_PROXY to go without a proxy`;

/** Decodes percent-encoding. A `%` that is not part of an encoding stays. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * How long Node waits for one address before it tries the next, in milliseconds. Node's default of 250 is too short
 * between continents, and Node never retries an address (nodejs/node#54359).
 */
export const ADDRESS_TIMEOUT = { autoSelectFamilyAttemptTimeout: 2500 } as const;

/** How to reach a proxy. */
interface TunnelOptions {
  /** Aborts the connection until the proxy has answered. */
  readonly signal: AbortSignal;
  readonly ca: string | undefined;
  readonly lookup: LookupFunction | undefined;
}

/**
 * Returns an agent that sends `http.request` through the proxy. Loads the library only here, since few users have a
 * proxy. Passes user and password as a header, since the library writes the proxy URL to its debug output.
 */
export async function openTunnel(proxy: Proxy, options: TunnelOptions): Promise<HttpsProxyAgent<string>> {
  const library = await import('https-proxy-agent');
  const { authorization } = proxy;
  return new library.HttpsProxyAgent(proxy.url, {
    keepAlive: false,
    signal: options.signal,
    headers: () => (authorization === null ? {} : { 'Proxy-Authorization': authorization.reveal() }),
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2',
    ...ADDRESS_TIMEOUT,
    ...(options.ca === undefined ? {} : { ca: options.ca }),
    ...(options.lookup === undefined ? {} : { lookup: options.lookup }),
  });
}

/** The state of one proxy with one user and password. The first request tries them; the others wait. */
interface Gate {
  trying: Promise<void> | null;
  open: boolean;
  /** The status with which the proxy refused the password, for the rest of the process. */
  refusal: number | null;
}

/** A request's permission to use a proxy. */
export interface Turn {
  /** The status of an earlier refusal; null: go ahead. */
  readonly refusal: number | null;
  /** Reports the proxy's response to CONNECT; null if there was none. Only the first call has an effect. */
  answered(status: number | null): void;
}

const gates = new Map<string, Gate>();

/**
 * Sends a wrong password to a proxy only once: company directories lock an account after a few wrong passwords, and
 * `list -r all` sends dozens of requests at once. Without a password, there is no wait.
 */
export async function turnAt({ url, authorization }: Proxy): Promise<Turn> {
  if (authorization === null) return { refusal: null, answered: () => undefined };
  const key = `${url.origin} ${authorization.reveal()}`;
  const gate = gates.get(key) ?? { trying: null, open: false, refusal: null };
  gates.set(key, gate);
  while (gate.trying !== null) await gate.trying;
  const { refusal, open } = gate;
  let done = (): void => undefined;
  if (refusal === null && !open) gate.trying = new Promise((resolve) => (done = resolve));
  return {
    refusal,
    answered: (status) => {
      // If the proxy has let other requests through, 403 concerns only this host.
      if (status === 407 || (status === 403 && !gate.open)) gate.refusal = status;
      else if (status !== null) gate.open = true;
      gate.trying = null;
      done();
    },
  };
}

/** The parts of the context that decide how services are reached. */
interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly proxyFor: (url: URL) => string;
}

/**
 * Returns a function that finds the proxy for a URL from the environment, with all forms of NO_PROXY; empty for none.
 */
export function proxyIn({ env, proxyFor }: Surroundings): (url: URL) => string {
  const noProxy = [env['no_proxy'], env['NO_PROXY']].find(Boolean) ?? '';
  return (url) => (isExcepted(url, noProxy) ? '' : proxyFor(url));
}

/**
 * Whether NO_PROXY excludes a host in a form that the library `proxy-from-env` does not support: an IPv4 or IPv6
 * network (`10.0.0.0/8`, `fd00::/8`), an IPv6 address without brackets, or a name that ends with a dot.
 *
 * @param noProxy entries separated by commas or spaces.
 */
export function isExcepted(url: URL, noProxy: string): boolean {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
  const entries = noProxy.toLowerCase().split(/[,\s]+/);
  return isIP(host) === 0 ? entries.some((entry) => isNamed(host, entry)) : isInNetworks(host, entries);
}

function isNamed(host: string, entry: string): boolean {
  const name = /^(.+)\.$/.exec(entry)?.[1]?.replace(/^\*/, '');
  return name !== undefined && (name.startsWith('.') ? host.endsWith(name) : host === name);
}

function isInNetworks(address: string, entries: readonly string[]): boolean {
  const networks = new BlockList();
  for (const entry of entries) {
    const [, network = '', bits] = /^\[?([0-9a-f.:]+)\]?(?:\/(\d{1,3}))?$/.exec(entry) ?? [];
    const family = isIP(network);
    const longest = family === 4 ? 32 : 128;
    const prefix = bits === undefined ? longest : Number(bits);
    if (family !== 0 && prefix <= longest) networks.addSubnet(network, prefix, family === 4 ? 'ipv4' : 'ipv6');
  }
  return networks.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6');
}
