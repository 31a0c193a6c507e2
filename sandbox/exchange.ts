import type { IncomingMessage, ServerResponse } from 'node:http';

import type { RawRequest, RawResponse } from './wire.ts';

/** What becomes of a request. */
export type Outcome =
  | { readonly kind: 'response'; readonly response: RawResponse }
  /** Half of the body under its whole length. */
  | { readonly kind: 'cut'; readonly response: RawResponse }
  | { readonly kind: 'drop' }
  | { readonly kind: 'hang' };

/** The largest body of any interface is 10 MB; one byte more is enough to know that it is too large. */
const LARGEST = 10 * 1024 * 1024 + 1;

/** Reads a whole request. A body beyond every limit is not kept to its end. Rejects when the client goes away. */
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

/** Sends what became of a request. */
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
