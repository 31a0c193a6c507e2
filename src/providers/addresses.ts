import { isIP } from 'node:net';

/**
 * The IP addresses in these values of a response, each an address or a list of them: each once, in order.
 *
 * A server's text is hostile, and an address becomes an argument of other programs. So everything else is dropped: host
 * names, spaces, options, and addresses with a zone (`fe80::1%eth0`), which means nothing on another machine.
 */
export function addressesOf(...values: readonly unknown[]): readonly string[] {
  return [...new Set(values.flat().filter(isAddress))];
}

function isAddress(value: unknown): value is string {
  return typeof value === 'string' && isIP(value) !== 0 && !value.includes('%');
}
