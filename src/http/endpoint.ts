import { isIPv4 } from 'node:net';
import { KeypairError } from '../errors.ts';
import { t } from '../i18n/t.ts';
import { printable } from '../sanitize.ts';

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
