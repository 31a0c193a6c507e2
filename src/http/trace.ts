import type { HttpRequest, HttpResponse } from './types.ts';
import type { Progress } from './phases.ts';
import type { Redactor } from './redact.ts';
import type { Route } from './route.ts';
import { printable } from '../sanitize.ts';

/** The longest line of a trace, in UTF-16 units. */
const LINE = 8000;

/** Tells one request and its answer in a few lines, without secrets and safe for a terminal. */
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
