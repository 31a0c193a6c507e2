import { Secret } from '../secret.ts';
import type { Credentials } from './credentials.ts';
import { holdsPrivateKey, isPublicKey } from '../http/key-shape.ts';
import { createRedactor } from '../http/redact.ts';
import { printable } from '../sanitize.ts';

/**
 * Where a server's message begins to quote the request. Alibaba's signature errors echo the string to sign, and with
 * it the key id, the session token and every parameter.
 */
const QUOTE = /\s*server ?(?:string ?to ?sign|canonical ?request)/i;

/**
 * A run of base64 or hex this long is a key, a token or a signature, never words, and so is
 * what follows in lines; SHA512 has a name before it.
 */
const OPAQUE =
  /(?<![A-Za-z0-9+/=_-]|\bSHA\d{3}:)[A-Za-z0-9+/=_-]{60,}(?:[^A-Za-z0-9+/=_-]{1,4}[A-Za-z0-9+/=_-]{16,})*/g;

/** One that follows a public key. */
const LATER = /(?<=[^A-Za-z0-9+/=_-])[A-Za-z0-9+/=_-]{60,}/g;

/** What of credentials a server could echo. */
type SigningPair = Pick<Credentials, 'id' | 'secret' | 'token'>;

/**
 * A server's text as it may be shown: cut before it quotes the request, with every credential of ours and every
 * key-like run as `[secret]`, safe for a terminal, at most `max` characters, without a full stop at its end.
 */
export function serverText(text: unknown, credentials: SigningPair, max = 300): string {
  if (typeof text !== 'string') return '';
  const { id, secret, token } = credentials;
  const redactor = createRedactor([secret, new Secret(id), ...(token === null ? [] : [token])]);
  const quote = QUOTE.exec(text);
  const own = quote === null ? text : text.slice(0, quote.index);
  const readable = own.replaceAll(OPAQUE, (run) =>
    isPublicKey(run) ? run.replace(LATER, '[secret]') : '[secret]',
  );
  return printable(redactor.text(holdsPrivateKey(own, false) ? own : readable), max)
    .trim()
    .replace(/[.。]$/, '');
}
