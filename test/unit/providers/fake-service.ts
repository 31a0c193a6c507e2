import { atOnce } from '../../../src/http/rate-limit.ts';
import { Secret } from '../../../src/secret.ts';
import { staticSource } from '../../../src/credentials/environment.ts';
import type { Credentials } from '../../../src/providers/credentials.ts';
import { KeypairError } from '../../../src/errors.ts';
import type { AdapterOptions, CreateRequest, Descriptor, Provider } from '../../../src/providers/types.ts';
import type { HttpRequest, HttpResponse, Send } from '../../../src/http/types.ts';

/** An answer of a fake service: a body as text, or as what JSON makes of it. */
export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** A `send` that gives these replies in turn (the last one for ever) and keeps what it was asked. */
export function fakeSend(...replies: readonly [Reply, ...Reply[]]): { send: Send; requests: HttpRequest[] } {
  const requests: HttpRequest[] = [];
  const send: Send = (request) => {
    const reply = replies[Math.min(requests.length, replies.length - 1)]!;
    requests.push(request);
    return Promise.resolve(responseOf(reply));
  };
  return { send, requests };
}

export function responseOf({ status = 200, headers = {}, body }: Reply): HttpResponse {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { status, headers, body: Buffer.from(text) };
}

export const TENCENT: Credentials = {
  id: 'AKIDEXAMPLE00000000000000000000000',
  secret: new Secret('SecretKeyExample0000000000000000'),
  token: null,
  source: 'a test',
  expiresAt: null,
};

export const ALIBABA: Credentials = {
  id: 'LTAIEXAMPLE',
  secret: new Secret('SecretExample'),
  token: null,
  source: 'a test',
  expiresAt: null,
};

/** The nonce of the vectors of Alibaba; its first digits give 16384, the one of the vectors of Tencent, when zeroed. */
export const NONCE = '3bd2cc0c3e1e2ddf1cfbf15b18fe5abb072687477a993fafd1a24e9451b4f5eb';

export function optionsFor(descriptor: Descriptor, overrides: Partial<AdapterOptions>): AdapterOptions {
  const region = overrides.region ?? descriptor.defaultRegion;
  return {
    credentials: staticSource(descriptor.vendor === 'aliyun' ? ALIBABA : TENCENT),
    region,
    endpoint: new URL(`https://${descriptor.host(region, 'cn')}`),
    apiVersion: descriptor.apiVersions[0],
    send: () => Promise.reject(new Error('nothing was to be sent')),
    limiter: atOnce,
    now: () => new Date(1_700_000_000_000),
    nonce: () => NONCE,
    sender: 'keypair/0.0.0',
    ...overrides,
  };
}

export async function providerFor(descriptor: Descriptor, overrides: Partial<AdapterOptions>): Promise<Provider> {
  return (await descriptor.load())(optionsFor(descriptor, overrides));
}

export const signal = new AbortController().signal;

export function ask(name: string, more: Partial<CreateRequest> = {}): CreateRequest {
  return { name, tags: {}, projectId: 0, resourceGroupId: null, ...more };
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** The KeypairError that a promise rejects with; anything else is a failure of the test. */
export async function failureOf(promise: Promise<unknown>): Promise<KeypairError> {
  const outcome = await promise.then(
    (value: unknown) => new Error(`resolved with ${JSON.stringify(value)}`),
    (error: unknown) => error,
  );
  if (outcome instanceof KeypairError) return outcome;
  throw outcome;
}
