import type { RsaKey } from './rsa.ts';

/**
 * How a private key is written: with or without armour, PKCS#1 or PKCS#8; `-crlf` ends lines with CR LF;
 * `-no-newline` leaves the last line open. `pem` has lines of 64 columns; `bare` is one line of base64 without a
 * line end, and `bare-…-crlf` lines of 64 columns.
 */
export type KeyShape = `${'pem' | 'bare'}-${'pkcs1' | 'pkcs8'}${'' | '-crlf'}${'' | '-no-newline'}`;

/** Writes the private key in this shape. */
export function formatPrivateKey(key: RsaKey, shape: KeyShape): string {
  const pkcs1 = shape.includes('pkcs1');
  const base64 = (pkcs1 ? key.pkcs1 : key.pkcs8).toString('base64');
  const crlf = shape.includes('-crlf');
  const pem = shape.startsWith('pem');
  if (!pem && !crlf) return base64;
  const lines = base64.match(/.{1,64}/g) ?? [];
  const label = pkcs1 ? 'RSA PRIVATE KEY' : 'PRIVATE KEY';
  const all = pem ? [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`] : lines;
  const end = crlf ? '\r\n' : '\n';
  return all.join(end) + (shape.endsWith('-no-newline') ? '' : end);
}
