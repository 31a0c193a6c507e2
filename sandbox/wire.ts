import type { IncomingMessage, ServerResponse } from 'node:http';

/** A request as received, without decoding. Signatures cover this. */
export interface RawRequest {
  readonly method: string;
  /** The path up to the question mark, as sent. */
  readonly path: string;
  /** The text after the question mark, as sent. */
  readonly query: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** A response as it will be sent. */
export interface RawResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The decoded parameters of a query or form body, with unique names. */
export type Form = ReadonlyMap<string, string>;

/** A header's value, or the empty string. */
export function header(request: RawRequest, name: string): string {
  return request.headers[name] ?? '';
}

/** Removes the port from a `host` value: `[::1]:80` becomes `[::1]`. */
export function withoutPort(host: string): string {
  return host.replace(/:\d+$/, '');
}

/**
 * Whether a `host` value is a loopback address, `localhost` or a name below it, which nobody can register (RFC 6761).
 * Every service accepts those.
 */
export function isLoopback(host: string): boolean {
  return /^(([a-z0-9-]+\.)*localhost|127(\.\d{1,3}){3}|\[::1\])$/i.test(withoutPort(host));
}

/**
 * Whether a web page sent a request. The credentials are public, so a page could sign. The sandbox has no pages, so one
 * of the same origin has a rebound name, or the port was another server's before.
 */
export function isFromBrowser(request: RawRequest): boolean {
  const site = header(request, 'sec-fetch-site');
  return 'origin' in request.headers || !['', 'none'].includes(site);
}

/**
 * Parses `a=b&c=d` (WHATWG form rules: `+` is a space).
 *
 * @returns null for a bad percent escape, invalid UTF-8, or a duplicate name.
 */
export function parseForm(text: string): Form | null {
  const form = new Map<string, string>();
  for (const pair of text.split('&')) {
    if (pair === '') continue;
    const at = pair.indexOf('=');
    const name = decode(at < 0 ? pair : pair.slice(0, at));
    const value = decode(at < 0 ? '' : pair.slice(at + 1));
    if (name === null || value === null || form.has(name)) return null;
    form.set(name, value);
  }
  return form;
}

/** Escapes all characters but `A-Z a-z 0-9 - _ . ~` (RFC 3986). */
export function percentEncode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return null;
  }
}

/** What the server does with a request. */
export type Outcome =
  | { readonly kind: 'response'; readonly response: RawResponse }
  /** Sends half of the body under the full content-length. */
  | { readonly kind: 'cut'; readonly response: RawResponse }
  | { readonly kind: 'drop' }
  | { readonly kind: 'hang' };

/** The largest body of any interface (10 MB) and one byte, which shows that a body is too large. */
const LARGEST = 10 * 1024 * 1024 + 1;

/** Reads a request. It discards the body beyond the largest limit. @throws when the client disconnects */
export async function readRequest(message: IncomingMessage): Promise<RawRequest> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    if (size < LARGEST) chunks.push(chunk.subarray(0, LARGEST - size));
    size += chunk.length;
  }
  const url = message.url ?? '';
  const at = url.indexOf('?');
  return {
    method: message.method ?? '',
    path: at < 0 ? url : url.slice(0, at),
    query: at < 0 ? '' : url.slice(at + 1),
    headers: Object.fromEntries(
      Object.entries(message.headers).map(([name, value]) => [
        name,
        Array.isArray(value) ? value.join(', ') : (value ?? ''),
      ]),
    ),
    body: Buffer.concat(chunks),
  };
}

/** Sends the outcome of a request. */
export function sendOutcome(outcome: Outcome, response: ServerResponse): void {
  if (outcome.kind === 'hang') return;
  if (outcome.kind === 'drop') {
    response.destroy();
    return;
  }
  const { status, headers, body } = outcome.response;
  const bytes = Buffer.from(body);
  response.writeHead(status, { ...headers, 'content-length': String(bytes.length) });
  if (outcome.kind === 'response') {
    response.end(bytes);
    return;
  }
  response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => response.destroy());
}
