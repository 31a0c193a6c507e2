import { bringsPrivateKey, holdsPrivateKey, isPublicKey } from '../http/key-shape.ts';
import { createRedactor } from '../http/redact.ts';
import type { Credentials } from './credentials.ts';
import { type Fields, fieldsOf } from './parse.ts';
import { printable } from '../sanitize.ts';
import { Secret } from '../secret.ts';

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

/** Fields of keys and credentials, which are handled as such: nothing in them may change. */
const SECRET = /private|secret|token|accesskey/i;

/** Deeper than any answer of a service. */
const DEEPEST = 32;

/** Shorter secrets are none, and would be found in half of all words. */
const SHORTEST = 8;

/**
 * An answer's fields without our own credentials and without private keys in them: names, descriptions and tags are shown, and a service or
 * what stands in its place could send back in them what it was sent.
 */
export function unquoted(fields: Fields, { secret, token }: Pick<Credentials, 'secret' | 'token'>): Fields {
  const secrets = [secret, token].filter((own): own is Secret => (own?.reveal().length ?? 0) >= SHORTEST);
  const redactor = createRedactor(secrets);
  const clean = (value: unknown, depth: number): unknown => {
    if (typeof value === 'string') return bringsPrivateKey(value) ? '[secret]' : redactor.values(value);
    if (depth > DEEPEST) return null;
    if (Array.isArray(value)) return value.map((item) => clean(item, depth + 1));
    const object = fieldsOf(value);
    return object === null ? value : cleanFields(object, depth);
  };
  const cleanFields = (object: Fields, depth: number): Fields =>
    Object.fromEntries(
      Object.entries(object).map(([name, value]) => [
        name,
        SECRET.test(name) && typeof value === 'string' ? value : clean(value, depth + 1),
      ]),
    );
  return cleanFields(fields, 0);
}
