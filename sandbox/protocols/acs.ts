import { ApiError } from '../api-error.ts';
import type { Service, SignedInterface } from '../behaviour.ts';
import { type Dialect, parseNested } from '../params.ts';
import { verifyAcs3, verifyRpcV1 } from '../signatures/aliyun-signatures.ts';
import { SignatureError, type SignatureReason } from '../signatures/verification.ts';
import { header, isLoopback, withoutPort } from '../wire.ts';
import {
  type IncomingRequest,
  type Protocol,
  serializeJson,
  type VerificationContext,
  type VerifiedRequest,
} from './protocol.ts';

/** An RPC-style product of Alibaba Cloud. */
interface AcsProduct {
  readonly id: SignedInterface;
  /** The name in links to the documents. */
  readonly name: string;
  readonly version: string;
  readonly hosts: RegExp;
  /** The service whose key pairs it manages; null for none. */
  readonly service: Service | null;
  /** The actions that need no signature. */
  readonly unsigned: ReadonlySet<string>;
  /** The region of a request. @param host without port @throws ApiError */
  region(incoming: IncomingRequest, action: string, host: string): string;
  missing(name: string): ApiError;
}

const COMMON: ReadonlySet<string> = new Set([
  ...['Action', 'Version', 'Format', 'AccessKeyId', 'Signature', 'SignatureMethod', 'SignatureVersion'],
  ...['SignatureNonce', 'Timestamp', 'SecurityToken', 'RegionId'],
]);

/** The protocol of an RPC-style product at `/`, signed with ACS3 headers or V1 parameters. */
export function acs(product: AcsProduct): Protocol {
  return {
    id: product.id,
    vendor: 'aliyun',
    errorStatus: 400,
    action: (incoming) => commonParam(incoming, 'Action'),
    verify: (incoming, context) => verify(product, incoming, context),
    wrapResult: (result, requestId) => ({
      status: 200,
      content: { ...result, RequestId: requestId.toUpperCase() },
    }),
    wrapError: (error, requestId, { request }) => ({
      status: error.status,
      content: {
        RequestId: requestId.toUpperCase(),
        HostId: withoutPort(header(request, 'host')),
        Code: error.code,
        Message: error.message,
        Recommend: `https://api.aliyun.com/troubleshoot?q=${error.code}&product=${product.name}`,
      },
    }),
    serialize(content, incoming) {
      const format = incoming.form.get('Format') ?? header(incoming.request, 'accept');
      if (/json/i.test(format)) return serializeJson(content);
      const failed = typeof content === 'object' && content !== null && 'Code' in content;
      return {
        type: 'text/xml;charset=utf-8',
        text: serializeXml(failed ? 'Error' : `${commonParam(incoming, 'Action')}Response`, content),
      };
    },
    unknownAction: () => apiNotFound(),
    throttled: () => new ApiError('Throttling.User', 'Request was denied due to user flow control.', 400),
    internal: () => new ApiError('InternalError', 'The request processing has failed due to some unknown error.', 500),
  };
}

/** Whether the Authorization header has an ACS3 signature. */
function isAcs3(incoming: IncomingRequest): boolean {
  return header(incoming.request, 'authorization').startsWith('ACS3-');
}

function isUnsigned({ request, form }: IncomingRequest): boolean {
  return header(request, 'authorization') === '' && !form.has('AccessKeyId') && !form.has('Signature');
}

/** A common parameter: a header with ACS3, a form parameter with V1, either of them without a signature. */
function commonParam(incoming: IncomingRequest, name: 'Action' | 'Version'): string {
  const inHeader = header(incoming.request, `x-acs-${name.toLowerCase()}`);
  const inForm = incoming.form.get(name) ?? '';
  if (isAcs3(incoming)) return inHeader;
  return isUnsigned(incoming) ? inForm || inHeader : inForm;
}

function verify(product: AcsProduct, incoming: IncomingRequest, context: VerificationContext): VerifiedRequest {
  const { request, form } = incoming;
  if (request.method !== 'GET' && request.method !== 'POST') {
    throw new ApiError('UnsupportedHTTPMethod', 'This http method is not supported.', 400);
  }
  const type = header(request, 'content-type').split(';')[0]?.trim().toLowerCase();
  if (request.body.length > 0 && (request.method === 'GET' || type !== 'application/x-www-form-urlencoded')) {
    throw new ApiError('InvalidParameter', 'The body of the request is not a form.', 400);
  }
  if (!incoming.wellFormed)
    throw new ApiError('InvalidParameter', 'The parameters of the request cannot be read.', 400);
  const host = withoutPort(header(request, 'host'));
  if (!isLoopback(host) && !product.hosts.test(host)) throw apiNotFound();

  const caller = callerOf(product, incoming, context);
  const action = commonParam(incoming, 'Action');
  if (commonParam(incoming, 'Version') !== product.version || action === '') throw apiNotFound();
  const region = product.region(incoming, action, host);
  const params = parseNested(form, COMMON);
  if (params === null) throw new ApiError('InvalidParameter', 'A parameter is both a value and a group.', 400);
  return { service: product.service, region, caller, params, dialect: dialect(product) };
}

/** The id that signed the request; null for an unsigned action. */
function callerOf(
  { id, unsigned }: AcsProduct,
  incoming: IncomingRequest,
  context: VerificationContext,
): string | null {
  if (isUnsigned(incoming) && unsigned.has(commonParam(incoming, 'Action'))) return null;
  const skewSeconds = context.behaviour.skewSeconds[id];
  const rules = { accountFor: context.accountFor, now: context.now, skewSeconds };
  try {
    const signed = isAcs3(incoming)
      ? verifyAcs3(incoming.request, rules)
      : verifyRpcV1(incoming.request, incoming.form, rules);
    if (!context.nonces.isNew(`${id}/${signed.id}/${signed.nonce ?? ''}`, context.now, skewSeconds)) {
      throw new ApiError('SignatureNonceUsed', 'Specified signature nonce was used already.', 400);
    }
    return signed.id;
  } catch (error) {
    throw error instanceof SignatureError ? signatureError(error.reason, error.detail, isAcs3(incoming)) : error;
  }
}

function dialect(product: AcsProduct): Dialect {
  return {
    text: true,
    missing: (name) => product.missing(name),
    unknown: () => null,
    wrongType: (name) =>
      new ApiError('InvalidParameter.Format', `The specified parameter "${name}" is not valid.`, 400),
  };
}

/** The error for a host, version or action that does not exist. */
export function apiNotFound(): ApiError {
  return new ApiError('InvalidApi.NotFound', 'Specified api is not found, please check your url and method.', 404);
}

/** The common error for a missing parameter. */
export function missingParameter(name: string): ApiError {
  return new ApiError(`Missing${name}`, `${name} is mandatory for this action.`, 400);
}

/** The error for a bad signature. One message differs between ACS3 and RPC V1. */
export function signatureError(reason: SignatureReason, detail: string, acs3: boolean): ApiError {
  switch (reason) {
    case 'missing':
      return missingParameter(detail);
    case 'unknown-id':
      return new ApiError('InvalidAccessKeyId.NotFound', 'Specified access key is not found.', 404);
    case 'time-format':
      return new ApiError('InvalidTimeStamp.Format', 'Specified time stamp or date value is not well formatted.', 400);
    case 'expired':
      return new ApiError('InvalidTimeStamp.Expired', 'Specified time stamp or date value is expired.', 400);
    case 'token-missing':
      return new ApiError('MissingSecurityToken', 'SecurityToken is mandatory for this action.', 400);
    case 'token-wrong':
      return new ApiError(
        'InvalidSecurityToken.Malformed',
        'The specified parameter "SecurityToken" is not valid.',
        400,
      );
    case 'token-expired':
      return new ApiError('InvalidSecurityToken.Expired', 'Specified SecurityToken is expired.', 400);
    case 'method':
      return new ApiError('InvalidSignatureMethod', 'Specified signature method is not valid.', 400);
    case 'mismatch': {
      const text = acs3
        ? 'Specified signature does not match our calculation.'
        : 'Specified signature is not matched with our calculation.';
      return new ApiError('SignatureDoesNotMatch', `${text} ${detail}`, 400);
    }
    case 'malformed':
    case 'incomplete': {
      const text = 'The request signature does not conform to Aliyun standards.';
      return new ApiError('IncompleteSignature', `${text} ${detail}`.trimEnd(), 400);
    }
  }
}

/** Serializes JSON as XML, as Alibaba's gateway does: a list repeats its element. */
function serializeXml(root: string, content: unknown): string {
  return `<?xml version='1.0' encoding='UTF-8'?>${element(root, content)}`;
}

function element(name: string, value: unknown): string {
  if (Array.isArray(value)) return value.map((item: unknown) => element(name, item)).join('');
  if (typeof value === 'object' && value !== null) {
    const inside = Object.entries(value).map(([key, item]) => element(key, item));
    return `<${name}>${inside.join('')}</${name}>`;
  }
  return `<${name}>${escape(String(value))}</${name}>`;
}

function escape(text: string): string {
  return text.replace(/[&<>]/g, (c) => (c === '&' ? '&amp;' : c === '<' ? '&lt;' : '&gt;'));
}
