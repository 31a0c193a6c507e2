import { BlockList, isIP, type LookupFunction } from 'node:net';
import type { HttpsProxyAgent } from 'https-proxy-agent';
import { KeypairError } from '../errors.ts';
import { t } from '../i18n/t.ts';
import { printable } from '../sanitize.ts';
import { Secret } from '../secret.ts';

/** A proxy that is asked for a tunnel by CONNECT (RFC 9110, 9.3.6). */
export interface Proxy {
  /** `http://proxy.corp:3128` or `https://…`, without user and password. */
  readonly url: URL;
  /** The value of `Proxy-Authorization`, where the setting names a user. */
  readonly authorization: Secret | null;
}

/**
 * Reads a proxy setting: `http://` or `https://`, with an optional `user:password@`; without a scheme it is http,
 * as curl takes it.
 *
 * @throws KeypairError `USAGE`. The setting is not repeated: it may hold a password.
 */
export function parseProxy(setting: string): Proxy {
  // Up to its last @ a setting is user and password: these characters would end it there.
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

/** A `%` that people left as it is in a password is meant literally. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * Node gives an address 250 ms to answer before it tries the next one, and never comes back to it: too little between
 * continents (nodejs/node#54359). In milliseconds.
 */
export const ADDRESS_TIMEOUT = { autoSelectFamilyAttemptTimeout: 2500 } as const;

/** How to reach a proxy. */
interface TunnelOptions {
  /** Ends the connection while the proxy has not answered. */
  readonly signal: AbortSignal;
  readonly ca: string | undefined;
  readonly lookup: LookupFunction | undefined;
}

/**
 * What `http.request` takes to go through the proxy; the library is loaded here, so that only those who use a
 * proxy pay for it. User and password go in as a header: the library writes its proxy URL to its own debug output.
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

/** What is known of one proxy with one user and password: the first request tries them, the others wait for it. */
interface Gate {
  trying: Promise<void> | null;
  open: boolean;
  /** The status with which the proxy refused them, for the rest of the process. */
  refusal: number | null;
}

/** What a request may do at a proxy. */
interface Turn {
  /** Null: go. */
  readonly refusal: number | null;
  /** What the proxy answered to CONNECT; null where it gave no answer. Called once, or more often to no effect. */
  answered(status: number | null): void;
}

const gates = new Map<string, Gate>();

/**
 * A password that a proxy refuses is shown to it once: a company's directory locks an account after a few wrong ones,
 * and `list -r all` makes dozens of requests at once. A proxy without a password is not waited for.
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
      // Where it has let others through, 403 is about the one host.
      if (status === 407 || (status === 403 && !gate.open)) gate.refusal = status;
      else if (status !== null) gate.open = true;
      gate.trying = null;
      done();
    },
  };
}

/** What of the context says how services are reached. */
interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly proxyFor: (url: URL) => string;
}

/** The proxy for a URL by the environment's rules, with all that NO_PROXY may hold: empty for none. */
export function proxyIn({ env, proxyFor }: Surroundings): (url: URL) => string {
  const noProxy = [env['no_proxy'], env['NO_PROXY']].find(Boolean) ?? '';
  return (url) => (isExcepted(url, noProxy) ? '' : proxyFor(url));
}

/**
 * Whether NO_PROXY excepts a host in one of the ways that the library `proxy-from-env` does not know: by an IPv4 or IPv6
 * network (`10.0.0.0/8`, `fd00::/8`), by an address of IPv6 without brackets, or by a name that ends with a dot.
 *
 * @param noProxy entries with commas or blanks between.
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
