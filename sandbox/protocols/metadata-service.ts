import type { Dialect } from '../params.ts';
import { isMetadataToken, type Vendor } from '../sessions.ts';
import { ApiError } from '../api-error.ts';
import { header, isLoopback, withoutPort } from '../wire.ts';
import type { VerificationContext, Protocol, IncomingRequest } from './protocol.ts';

const HOSTS = { tencent: 'metadata.tencentyun.com', aliyun: '100.100.100.200' } as const;

const META = '/latest/meta-data/';
const PATHS: Readonly<Record<Vendor, Readonly<Record<string, RegExp>>>> = {
  tencent: {
    'metadata:region': /^placement\/region$/,
    'metadata:role': /^cam\/security-credentials\/?$/,
    'metadata:credentials': /^cam\/security-credentials\/([^/]+)$/,
  },
  aliyun: {
    'metadata:region': /^region-id$/,
    'metadata:role': /^ram\/security-credentials\/?$/,
    'metadata:credentials': /^ram\/security-credentials\/([^/]+)$/,
  },
};

/** The vendor of a metadata request, from its host, or on loopback from its path; null for other requests. */
export function metadataVendor({ request }: IncomingRequest): Vendor | null {
  const host = withoutPort(header(request, 'host'));
  if (host === HOSTS.tencent) return 'tencent';
  if (host === HOSTS.aliyun) return 'aliyun';
  if (!isLoopback(host) || !request.path.startsWith('/latest/')) return null;
  return nameOf('tencent', request.path) === '' ? 'aliyun' : 'tencent';
}

/** The metadata service of one vendor: plain http, no signature, responses as text. */
export function metadata(vendor: Vendor): Protocol {
  return {
    id: 'metadata',
    vendor,
    errorStatus: 500,
    action: ({ request }) => nameOf(vendor, request.path),
    verify(incoming, context) {
      const action = nameOf(vendor, incoming.request.path);
      const method = action === 'metadata:token' ? 'PUT' : 'GET';
      if (incoming.request.method !== method) throw new ApiError('MethodNotAllowed', 'Method Not Allowed', 405);
      if (vendor === 'aliyun' && action !== 'metadata:token') checkToken(incoming, context);
      const params =
        action === 'metadata:token'
          ? { ttl: header(incoming.request, 'x-aliyun-ecs-metadata-token-ttl-seconds') }
          : { role: roleOf(vendor, incoming.request.path) };
      return { service: null, region: REGIONS[vendor], caller: null, params, dialect: DIALECT };
    },
    wrapResult: (content) => ({ status: 200, content }),
    wrapError: ({ status, message }) => ({ status, content: { text: `${status} - ${message}` } }),
    // A result with a `text` is that text; other results are JSON.
    serialize: (content) => ({
      type: 'text/plain',
      text: textOf(content) ?? JSON.stringify(content, null, 2),
    }),
    unknownAction: () => new ApiError('NotFound', 'Not Found', 404),
    throttled: () => new ApiError('TooManyRequests', 'Too Many Requests', 429),
    internal: () => new ApiError('InternalError', 'Internal Server Error', 500),
  };
}

/** The region of the instance. */
const REGIONS = { tencent: 'ap-guangzhou', aliyun: 'cn-hangzhou' } as const;

function nameOf(vendor: Vendor, path: string): string {
  if (vendor === 'aliyun' && path === '/latest/api/token') return 'metadata:token';
  if (!path.startsWith(META)) return '';
  const rest = path.slice(META.length);
  return Object.entries(PATHS[vendor]).find(([, shape]) => shape.test(rest))?.[0] ?? '';
}

function roleOf(vendor: Vendor, path: string): string {
  return PATHS[vendor]['metadata:credentials']?.exec(path.slice(META.length))?.[1] ?? '';
}

function checkToken({ request }: IncomingRequest, { now, behaviour }: VerificationContext): void {
  const token = request.headers['x-aliyun-ecs-metadata-token'];
  if (token === undefined && behaviour.metadataTokens === 'optional') return;
  if (!isMetadataToken(token ?? '', now)) throw new ApiError('Forbidden', 'Forbidden', 403);
}

function textOf(content: unknown): string | null {
  const text: unknown = typeof content === 'object' && content !== null && 'text' in content && content.text;
  return typeof text === 'string' ? text : null;
}

function badRequest(): ApiError {
  return new ApiError('BadRequest', 'Bad Request', 400);
}

const DIALECT: Dialect = {
  text: true,
  missing: badRequest,
  unknown: () => null,
  wrongType: badRequest,
};
