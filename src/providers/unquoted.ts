import type { Secret } from '../secret.ts';
import type { Credentials } from './credentials.ts';
import { bringsPrivateKey } from '../http/key-shape.ts';
import { createRedactor } from '../http/redact.ts';
import { type Fields, fieldsOf } from './parse.ts';

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
