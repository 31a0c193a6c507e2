import { createHash, createHmac, randomInt, randomUUID } from 'node:crypto';
import { request } from 'node:http';

import { createSandbox, type Sandbox, type SandboxOptions } from '../../../sandbox/server.ts';

/** Who signs. */
export interface Pair {
  readonly secretId: string;
  readonly secretKey: string;
  readonly token?: string;
}

/** A request as it is to go over the wire. */
export interface Sent {
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A whole answer. */
export interface Got {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** A sandbox that listens, with small keys and no rate limits, closed by `using`. */
export async function startSandbox(
  options: Partial<SandboxOptions> = {},
): Promise<{ readonly sandbox: Sandbox; readonly port: number; [Symbol.asyncDispose](): Promise<void> }> {
  const behaviour = { keyBits: 1024, requestsPerSecond: null, ...options.behaviour };
  const sandbox = createSandbox({ stateDir: null, ...options, behaviour });
  const server = await sandbox.listen();
  return { sandbox, port: server.port, [Symbol.asyncDispose]: () => server.close() };
}

/** Sends one request to loopback, Host header and all, and waits for the whole answer. */
export function send(port: number, { method, target, headers, body }: Sent): Promise<Got> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ port, host: '127.0.0.1', method, path: target, headers, agent: false }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** A JSON answer's content, to look into with `toMatchObject`. */
export function json(got: Got): unknown {
  return JSON.parse(got.text);
}

/** What the vendor's code is in an answer, whatever its envelope; null for a success. */
export function codeOf(got: Got): string | number | null {
  const content = JSON.parse(got.text) as {
    readonly Response?: { readonly Error?: { readonly Code: string } };
    readonly Code?: string;
    readonly code?: number | string;
  };
  const code = content.Response?.Error?.Code ?? content.Code ?? content.code ?? null;
  return code === 0 ? null : code;
}

const seconds = (): string => String(Math.floor(Date.now() / 1000));
const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
const form = (params: Readonly<Record<string, string>>): string =>
  Object.entries(params)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .join('&');

/** What may differ from an ordinary TC3 request. */
export interface Tc3Change {
  readonly host?: string;
  readonly service?: string;
  readonly version?: string;
  readonly region?: string | null;
  readonly timestamp?: string;
  readonly method?: string;
  readonly contentType?: string;
  readonly target?: string;
  /** In place of the parameters' JSON. */
  readonly body?: string;
  /** The signature covers this text in place of the body. */
  readonly payload?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const VERSIONS = {
  cvm: '2017-03-12',
  lighthouse: '2020-03-24',
  tat: '2020-10-28',
  sts: '2018-08-13',
  tag: '2018-08-13',
} as const;

/** Signs an API 3.0 call in the `content-type;host;x-tc-action` form. */
export function tc3(
  pair: Pair,
  service: keyof typeof VERSIONS,
  action: string,
  params: object = {},
  change: Tc3Change = {},
): Sent {
  const host = change.host ?? `${service}.tencentcloudapi.com`;
  const timestamp = change.timestamp ?? seconds();
  const contentType = change.contentType ?? 'application/json';
  const method = change.method ?? 'POST';
  const target = change.target ?? '/';
  const body = change.body ?? JSON.stringify(params);
  const date = new Date(Number(timestamp) * 1000).toISOString().slice(0, 10);
  const scope = `${date}/${change.service ?? service}/tc3_request`;
  const signed = 'content-type;host;x-tc-action';
  const sha = (text: string): string => createHash('sha256').update(text).digest('hex');
  const mac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
  const [path = '', query = ''] = target.split('?');
  const headers = `content-type:${contentType.toLowerCase()}\nhost:${host}\nx-tc-action:${action.toLowerCase()}\n`;
  const canonical = [method, path, query, headers, signed, sha(change.payload ?? body)].join('\n');
  const toSign = ['TC3-HMAC-SHA256', timestamp, scope, sha(canonical)].join('\n');
  const key = scope.split('/').reduce<string | Buffer>(mac, `TC3${pair.secretKey}`);
  const signature = mac(key, toSign).toString('hex');
  const region = change.region === undefined ? 'ap-guangzhou' : change.region;
  return {
    method,
    target,
    headers: {
      host,
      'content-type': contentType,
      'x-tc-action': action,
      'x-tc-version': change.version ?? VERSIONS[service],
      'x-tc-timestamp': timestamp,
      ...(region === null ? {} : { 'x-tc-region': region }),
      ...(pair.token === undefined ? {} : { 'x-tc-token': pair.token }),
      ...change.headers,
      authorization: `TC3-HMAC-SHA256 Credential=${pair.secretId}/${scope}, SignedHeaders=${signed}, Signature=${signature}`,
    },
    body,
  };
}

/** Signs a call by its parameters: of the v2 gateway, or of API 3.0 with `path: '/'`. */
export function v1(
  pair: Pair,
  params: Readonly<Record<string, string>>,
  change: { readonly host?: string; readonly path?: string; readonly method?: 'GET' | 'POST' } = {},
): Sent {
  const { host = 'cvm.api.qcloud.com', path = '/v2/index.php', method = 'GET' } = change;
  const all: Readonly<Record<string, string>> = {
    Region: 'gz',
    SecretId: pair.secretId,
    Timestamp: seconds(),
    Nonce: String(randomInt(1, 2 ** 31)),
    SignatureMethod: 'HmacSHA256',
    ...(pair.token === undefined ? {} : { Token: pair.token }),
    ...params,
  };
  const names = Object.keys(all).sort();
  const text = `${method}${host}${path}?${names.map((name) => `${name}=${all[name] ?? ''}`).join('&')}`;
  const algorithm = all['SignatureMethod'] === 'HmacSHA256' ? 'sha256' : 'sha1';
  const query = form({
    ...all,
    Signature: createHmac(algorithm, pair.secretKey).update(text).digest('base64'),
  });
  const get = method === 'GET';
  return {
    method,
    target: get ? `${path}?${query}` : path,
    headers: { host, ...(get ? {} : { 'content-type': 'application/x-www-form-urlencoded' }) },
    body: get ? '' : query,
  };
}

/** Signs an ECS call by its parameters (RPC V1). */
export function rpc(
  pair: Pair,
  action: string,
  params: Readonly<Record<string, string>> = {},
  change: { readonly host?: string; readonly method?: string } = {},
): Sent {
  const { host = 'ecs-cn-hangzhou.aliyuncs.com', method = 'GET' } = change;
  const all = {
    Action: action,
    Version: '2014-05-26',
    Format: 'JSON',
    RegionId: 'cn-hangzhou',
    AccessKeyId: pair.secretId,
    SignatureMethod: 'HMAC-SHA1',
    SignatureVersion: '1.0',
    SignatureNonce: randomUUID(),
    Timestamp: new Date().toISOString().replace(/\.\d+Z/, 'Z'),
    ...(pair.token === undefined ? {} : { SecurityToken: pair.token }),
    ...params,
  };
  const toSign = `${method}&%2F&${encode(form(all))}`;
  const signature = createHmac('sha1', `${pair.secretKey}&`).update(toSign).digest('base64');
  return { method, target: `/?${form({ ...all, Signature: signature })}`, headers: { host }, body: '' };
}
