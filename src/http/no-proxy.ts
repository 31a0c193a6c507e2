import { BlockList, isIP } from 'node:net';

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
    if (family !== 0 && prefix <= longest)
      networks.addSubnet(network, prefix, family === 4 ? 'ipv4' : 'ipv6');
  }
  return networks.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6');
}
