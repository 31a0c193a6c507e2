import type { Secret } from '../credentials/secret.ts';

const MARK = '[secret]';

/**
 * Names of JSON fields, query parameters and headers whose values are not shown. Not meant: `SecretId` (an account's
 * public half) and `SignatureMethod`, `-Version`, `-Nonce`, `-Type`.
 */
const SENSITIVE =
  /private|secret(?![-_]?id)|token|password|cookie|signature(?![-_]?(?:method|version|nonce|type))/i;

/** Takes secrets out of text that people will paste into bug reports. */
export interface Redactor {
  /** Replaces every known secret's value in whatever form it is written, and whole texts that hold a private key. */
  text(text: string): string;
  /** Replaces every known secret's value, and nothing else. */
  values(text: string): string;
  /** A URL, without the values of sensitive query parameters and without user and password. */
  url(url: URL): string;
  /** A header's value. Of `Authorization` only the scheme, the credential scope and the list of signed names stay. */
  header(name: string, value: string): string;
  /** A form's body, without the values of sensitive fields. */
  form(body: string): string;
  /** A JSON body without its sensitive fields; null when it is not JSON (such a body is not shown at all). */
  json(body: string): string | null;
}

/** A redactor that knows these secrets by value, and all others by the names and shapes that secrets have. */
export function createRedactor(secrets: readonly Secret[]): Redactor {
  const withoutKnown = valueEraser(secrets);
  const text = (value: string): string => (holdsPrivateKey(value) ? MARK : withoutKnown(value));

  return {
    text,
    values: withoutKnown,
    url: (url) => withoutKnown(`${url.protocol}//${url.host}${url.pathname}${query(url.search)}`),
    header: (name, value) => text(headerValue(name.toLowerCase(), value)),
    form: (body) => withoutKnown(query(body)),
    json: (body) => {
      try {
        const parsed: unknown = JSON.parse(body);
        const shown = JSON.stringify(parsed, (name, value: unknown) => {
          if (typeof value === 'string') return SENSITIVE.test(name) ? MARK : text(value);
          if (value === null || typeof value === 'boolean') return value;
          return SENSITIVE.test(name) ? MARK : value;
        });
        // Once more over the whole: the names are the sender's, too.
        return withoutKnown(shown);
      } catch {
        return null; // not JSON, or nested too deep to be written again
      }
    },
  };
}

function query(search: string): string {
  return search.replace(/([^?&=]+)=([^&]*)/g, (all, name: string, value: string) =>
    SENSITIVE.test(decoded(name)) || holdsPrivateKey(decoded(value)) ? `${name}=${MARK}` : all,
  );
}

function headerValue(name: string, value: string): string {
  if (name.endsWith('authorization')) return authorization(value);
  if (SENSITIVE.test(name)) return MARK;
  if (name === 'location' || name === 'referer') return value.replace(/\?.*/s, query);
  return value;
}

/** `TC3-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…` and the like: what is not known to be public goes. */
function authorization(value: string): string {
  const scheme = /^[\w-]+(?= )/.exec(value)?.[0] ?? '';
  const known = value.match(/\b(?:Credential|SignedHeaders)=[^\s,]+/g) ?? [];
  return [scheme, ...known, MARK].filter((part) => part !== '').join(' ');
}

/** Longer forms are too large for a pattern: a token of an identity provider may have 64 KiB. */
const LONGEST_IN_PATTERN = 2048;

/** Replaces secrets in all forms in which they may be written. */
function valueEraser(secrets: readonly Secret[]): (text: string) => string {
  const forms = new Set(secrets.flatMap((secret) => formsOf(secret.reveal())));
  forms.delete('');
  // The longest first, so that one form that begins another does not leave its tail.
  const longestFirst = [...forms].sort((a, b) => b.length - a.length);
  const huge = longestFirst.filter(({ length }) => length > LONGEST_IN_PATTERN);
  const pattern = patternOf(longestFirst.slice(huge.length));
  return (text) => {
    const rest = huge.reduce((shown, form) => shown.replaceAll(form, MARK), text);
    return pattern === null ? rest : rest.replace(pattern, MARK);
  };
}

function patternOf(forms: readonly string[]): RegExp | null {
  if (forms.length === 0) return null;
  return new RegExp(forms.map((form) => form.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')).join('|'), 'g');
}

function formsOf(value: string): string[] {
  const percent = encodeURIComponent(Buffer.from(value).toString()); // throws on a lone surrogate, which this replaces
  const strict = percent.replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  const json = JSON.stringify(value).slice(1, -1);
  const base64 = Buffer.from(value).toString('base64');
  const encoded = [percent, strict, strict.replaceAll('%20', '+'), encodeURIComponent(base64)];
  const lower = encoded.map((form) => form.replace(/%[0-9A-F]{2}/g, (hex) => hex.toLowerCase()));
  const bare = [base64.replace(/=+$/, ''), Buffer.from(value).toString('base64url')];
  return [value, json, json.replaceAll('/', '\\/'), base64, ...bare, ...encoded, ...lower];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** PEM armour, the DER of a private key in base64, or any base64 that is long and not an OpenSSH public key. */
function holdsPrivateKey(text: string): boolean {
  if (/PRIVATE KEY/i.test(text)) return true;
  const runs = text.replace(/\\[nr]|[\r\n]/g, '').match(/[A-Za-z0-9+/_-]{40,}/g) ?? [];
  return runs.some((run) => (run.length > 200 && !run.startsWith('AAAA')) || privateKeyStart(run));
}

/** `SEQUENCE { INTEGER 0 or 1, …` (RFC 8017 A.1.2, RFC 5208 5, RFC 5915 3), or OpenSSH's own format, anywhere. */
function privateKeyStart(run: string): boolean {
  for (const { index } of run.matchAll(/(?=M[A-L]|b3BlbnNzaC1rZXkt)/g)) {
    if (run.startsWith('b3', index)) return true;
    const der = Buffer.from(run.slice(index, index + 16), 'base64');
    const length = der[1] ?? 0;
    const body = length < 0x80 ? 2 : 2 + (length & 0x7f);
    if (der[0] !== 0x30 || body > 5) continue;
    const version = der.subarray(body, body + 4);
    if (
      version[0] === 2 &&
      version[1] === 1 &&
      (version[2] ?? 9) <= 1 &&
      [2, 4, 0x30].includes(version[3] ?? 0)
    ) {
      return true;
    }
  }
  return false;
}
