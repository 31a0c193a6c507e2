import { printable } from '../sanitize.ts';
import type { Secret } from '../secret.ts';
import { holdsPrivateKey, unescaped } from './key-shape.ts';
import type { Progress, Route } from './route.ts';
import type { HttpRequest, HttpResponse } from './types.ts';

const MARK = '[secret]';

/**
 * Names of JSON fields, query parameters and headers whose values are not shown. Excluded are `SecretId` (the public
 * access key id), `SignatureMethod`, `-Version`, `-Nonce`, `-Type`, and the private addresses of instances.
 */
const SENSITIVE =
  /private(?!_?(?:ip|addr))|secret(?![-_]?id)|token|password|cookie|signature(?![-_]?(?:method|version|nonce|type))/i;

/** Removes secrets from text that users may paste into bug reports. */
export interface Redactor {
  /** Replaces every known secret in any encoding, and the whole text if it contains a private key. */
  text(text: string): string;
  /** Replaces every known secret and nothing else. */
  values(text: string): string;
  /** A URL, without the values of sensitive query parameters and without user and password. */
  url(url: URL): string;
  /** A header's value. `Authorization` keeps only the scheme, the credential scope and the list of signed names. */
  header(name: string, value: string): string;
  /** A form body without the values of sensitive fields. */
  form(body: string): string;
  /** A JSON body without its sensitive fields; null if it is not JSON. Such a body is not shown at all. */
  json(body: string): string | null;
}

/** Creates a redactor. It recognizes these secrets by value and others by name and shape. */
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
          return SENSITIVE.test(name) ? MARK : withoutKeysInNames(value);
        });
        // Check the whole text again: the sender chooses the names too.
        return withoutKnown(shown);
      } catch {
        return null; // not JSON, or nested too deep to be written again
      }
    },
  };
}

/** Replaces object keys that contain a private key: the sender chooses the names too. */
function withoutKeysInNames(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !Object.keys(value).some((name) => holdsPrivateKey(name)))
    return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [holdsPrivateKey(name) ? MARK : name, item as unknown]),
  );
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

/**
 * Redacts `TC3-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…` and similar: keeps only the parts known to be
 * public.
 */
function authorization(value: string): string {
  const scheme = /^[\w-]+(?= )/.exec(value)?.[0] ?? '';
  const known = value.match(/\b(?:Credential|SignedHeaders)=[^\s,]+/g) ?? [];
  return [scheme, ...known, MARK].filter((part) => part !== '').join(' ');
}

/** Longer secrets are too large for a pattern: an identity provider's token may have 64 KiB. */
const LONGEST_IN_PATTERN = 2048;

/** Shorter secrets are not searched in hexadecimal or inside other base64: they would match many words. */
const SHORTEST_WITHIN = 12;

/** Returns a function that replaces secrets in all encodings. */
function valueEraser(secrets: readonly Secret[]): (text: string) => string {
  // The longest first: a secret may begin with another one, and its rest must not remain.
  const values = [...new Set(secrets.map((secret) => secret.reveal()))]
    .filter((value) => value !== '')
    .sort((a, b) => b.length - a.length);
  const huge = values.filter(({ length }) => length > LONGEST_IN_PATTERN).flatMap(plainForms);
  const sources = values.slice(values.filter(({ length }) => length > LONGEST_IN_PATTERN).length).flatMap(patternsOf);
  const pattern = sources.length === 0 ? null : new RegExp(sources.join('|'), 'gu');
  const isHidden = hiddenIn(values);
  // No encoding is shorter than its secret.
  const shortest = Math.min(...values.map((value) => value.replace(BREAKS, '').length));
  return (text) => {
    if (text.length < shortest) return text;
    const rest = huge.reduce((shown, form) => shown.replaceAll(form, MARK), text);
    const shown = pattern === null ? rest : rest.replace(pattern, MARK);
    return isHidden(shown) ? MARK : shown;
  };
}

/** Returns a test for secrets whose characters are all escaped or separated by whitespace and colons. */
function hiddenIn(values: readonly string[]): (text: string) => boolean {
  const long = values.filter(({ length }) => length >= SHORTEST_WITHIN);
  const forms = long.flatMap((value) => [value.replace(BREAKS, ''), ...withinBase64(Buffer.from(value))]);
  const hexes = long.map((value) => Buffer.from(value).toString('hex'));
  return (text) => {
    const plain = unescaped(text).replace(BREAKS, '');
    const lower = plain.toLowerCase();
    return forms.some((form) => plain.includes(form)) || hexes.some((form) => lower.includes(form));
  };
}

const BREAKS = /[\s:]+/g;

/** The encodings of a secret that is too long for a pattern. */
function plainForms(value: string): string[] {
  const bytes = Buffer.from(value);
  const percent = encodeURIComponent(bytes.toString()); // throws on a lone surrogate, which this replaces
  const base64 = [bytes.toString('base64'), bytes.toString('base64url')];
  const forms = [value, JSON.stringify(value).slice(1, -1), percent, encodeURIComponent(percent), ...base64];
  return [...forms, bytes.toString('hex'), ...withinBase64(bytes)];
}

/** Patterns for a secret: each character escaped in any way and any number of times, base64, hexadecimal. */
function patternsOf(value: string): string[] {
  const bytes = Buffer.from(value);
  const whole = bytes.toString('base64');
  const texts = [value, whole, whole.replace(/=+$/, ''), bytes.toString('base64url')];
  if (bytes.length < SHORTEST_WITHIN) return texts.map(escapedPattern);
  const hex = bytes.toString('hex').replace(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`);
  return [...[...texts, ...withinBase64(bytes)].map(escapedPattern), hex];
}

/** The base64 of these bytes inside a longer text, at each of the three offsets. */
function withinBase64(bytes: Buffer): string[] {
  return [0, 1, 2].flatMap((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const whole = Math.floor(((before + bytes.length) * 8) / 6);
    const core = text.slice(before === 0 ? 0 : before + 1, whole);
    return [core, core.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

const NAMED: Readonly<Record<string, string>> = {
  '&': 'amp',
  '<': 'lt',
  '>': 'gt',
  '"': 'quot',
  "'": 'apos',
};

function escapedPattern(text: string): string {
  return Array.from(text, characterPattern).join('');
}

/** A pattern for one character: plain, percent-encoded (once or twice), as an HTML entity, or with a JSON escape. */
function characterPattern(character: string): string {
  if (/[A-Za-z0-9]/.test(character)) return character;
  const hex = (number: number, digits = 1): string =>
    number
      .toString(16)
      .padStart(digits, '0')
      .replace(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`);
  const code = character.codePointAt(0) ?? 0;
  const bytes = [...Buffer.from(character)];
  const json = JSON.stringify(character).slice(1, -1);
  const name = NAMED[character];
  const forms = [
    `\\\\{0,4}${literal(character)}`,
    bytes.map((byte) => `%(?:25){0,4}${hex(byte, 2)}`).join(''),
    `\\\\{1,4}u${hex(code, 4)}`,
    `&(?:amp;){0,4}#0{0,6}${String(code)};`,
    `&(?:amp;){0,4}#[xX]0{0,6}${hex(code)};`,
    ...(json === character ? [] : [literal(json)]),
    ...(name === undefined ? [] : [`&(?:amp;){0,4}${name};`]),
    ...(character === ' ' ? ['\\+'] : []),
  ];
  return `(?:${forms.join('|')})`;
}

/** Escapes a text for a pattern with the flag `u`. */
function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The maximum length of a trace line, in UTF-16 units. */
const LINE = 8000;

/** Describes one request and its response in a few lines, without secrets and safe for a terminal. */
export class Trace {
  readonly #write: (line: string) => void;
  readonly #redactor: Redactor;

  constructor(write: (line: string) => void, redactor: Redactor) {
    this.#write = write;
    this.#redactor = redactor;
  }

  request(request: HttpRequest, headers: Readonly<Record<string, string>>, route: Route): void {
    this.#line(`> ${request.method} ${this.#redactor.url(request.url)}`);
    if (route.proxy !== null) this.#line(`* through the proxy ${route.proxy.url.origin}`);
    if (route.sandbox) this.#line(`* dialling the sandbox at ${route.dialHost}:${route.dialPort}`);
    this.#message('>', headers, Buffer.from(request.body ?? ''));
  }

  /** @param tls the TLS version, or null without TLS. */
  connected(address: string | undefined, tls: string | null): void {
    this.#line(`* connected to ${address ?? '?'}${tls === null ? ', no TLS' : `, ${tls}`}`);
  }

  response(response: HttpResponse, progress: Progress): void {
    this.#line(`< ${response.status}`);
    this.#message('<', response.headers, response.body);
    this.#line(`* ${progress.describe()}`);
  }

  failure(error: Error, progress: Progress): void {
    this.#line(`! ${this.#redactor.text(error.message)}`);
    this.#line(`* ${progress.describe()}`);
  }

  #message(sign: string, headers: Readonly<Record<string, string>>, body: Buffer): void {
    for (const [name, value] of Object.entries(headers)) {
      this.#line(`${sign} ${this.#redactor.text(name)}: ${this.#redactor.header(name, value)}`);
    }
    if (body.length === 0) return;
    const type = headers['content-type'] ?? headers['Content-Type'] ?? 'no content-type';
    this.#line(`${sign} ${this.#body(type, body)}`);
  }

  #body(type: string, body: Buffer): string {
    const text = body.toString('utf8');
    if (type === 'application/x-www-form-urlencoded') return this.#redactor.form(text);
    return this.#redactor.json(text) ?? `(${body.length} bytes, ${this.#redactor.text(type)})`;
  }

  #line(text: string): void {
    this.#write(printable(text, LINE));
  }
}
