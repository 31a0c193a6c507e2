import type { Service, SignedInterface } from '../behaviour.ts';
import { parseNested, type Dialect } from '../params.ts';
import { ApiError, tencentMissingParameter } from '../api-error.ts';
import { isFinance, REGIONLESS_ACTIONS } from '../regions.ts';
import { SignatureError, type SignatureReason } from '../signatures/verification.ts';
import { TENCENT_V1_PARAMS, verifyTc3, verifyTencentV1 } from '../signatures/tencent-signatures.ts';
import { header, isLoopback, withoutPort } from '../wire.ts';
import {
  serializeJson,
  type VerifiedRequest,
  type VerificationContext,
  type Protocol,
  type IncomingRequest,
} from './protocol.ts';

const KIB = 1024;

/** A product of API 3.0. */
interface TencentProduct {
  readonly id: SignedInterface;
  /** The first label of the host and the service in the credential scope. */
  readonly product: 'cvm' | 'lighthouse' | 'tat' | 'region' | 'sts' | 'tag';
  readonly version: string;
  readonly regions: ReadonlySet<string>;
  /** The service whose key pairs it manages; null for none. */
  readonly service: Service | null;
  /** The actions that accept `Authorization: SKIP`. */
  readonly unsigned: ReadonlySet<string>;
}

/** The protocol of an API 3.0 product at `/`, signed with TC3 headers or v1 parameters. */
export function tencentV3(product: TencentProduct): Protocol {
  return {
    id: product.id,
    vendor: 'tencent',
    errorStatus: 200,
    action: (incoming) => commonParam(incoming, 'Action'),
    verify: (incoming, context) => verify(product, incoming, context),
    wrapResult: (result, requestId) => ({
      status: 200,
      content: { Response: { ...result, RequestId: requestId } },
    }),
    wrapError: (error, requestId) => ({
      status: 200,
      content: {
        Response: { Error: { Code: error.code, Message: error.message }, RequestId: requestId },
      },
    }),
    serialize: serializeJson,
    unknownAction: (action) =>
      new ApiError(
        'InvalidAction',
        `The request action=\`${action}\` is invalid or not found in version \`${product.version}\`.`,
      ),
    throttled: (limit) =>
      new ApiError(
        'RequestLimitExceeded',
        `Your current request times equals to \`${limit + 1}\` in a second, which exceeds the frequency limit \`${limit}\` for a second. Please reduce the frequency of calls.`,
      ),
    internal: () => new ApiError('InternalError', 'An internal error has occurred.'),
  };
}

/** Whether the common parameters are headers: with TC3 or `Authorization: SKIP`. */
function isTc3({ request }: IncomingRequest): boolean {
  return /^(TC3-|SKIP$)/.test(header(request, 'authorization'));
}

/** A common parameter: a header with TC3, a form parameter with v1. */
function commonParam(incoming: IncomingRequest, name: 'Action' | 'Version' | 'Region'): string {
  return isTc3(incoming) ? header(incoming.request, `x-tc-${name.toLowerCase()}`) : (incoming.form.get(name) ?? '');
}

function verify(product: TencentProduct, incoming: IncomingRequest, context: VerificationContext): VerifiedRequest {
  checkShape(incoming);
  const caller = callerOf(product, incoming, context);
  const version = commonParam(incoming, 'Version');
  if (version === '') throw tencentMissingParameter('Version');
  if (version !== product.version) throw new ApiError('NoSuchVersion', 'The specified version does not exist.');
  const action = commonParam(incoming, 'Action');
  if (action === '') throw tencentMissingParameter('Action');
  const region = commonParam(incoming, 'Region') || (REGIONLESS_ACTIONS.has(action) ? 'ap-guangzhou' : '');
  if (region === '') throw tencentMissingParameter('Region');
  if (!isServed(withoutPort(header(incoming.request, 'host')), product, region)) {
    throw new ApiError('UnsupportedRegion', 'The specified region is not supported by this API.');
  }
  const text = !(isTc3(incoming) && incoming.request.method === 'POST');
  const params = text ? fromText(incoming) : fromJson(incoming);
  return { service: product.service, region, caller, params, dialect: dialect(text) };
}

/** Checks method, media type and size: document "Request structure" of API 3.0. */
function checkShape(incoming: IncomingRequest): void {
  const { request, wellFormed } = incoming;
  if (request.method !== 'GET' && request.method !== 'POST') {
    throw new ApiError('UnsupportedProtocol', 'HTTP(S) protocol error. Only GET and POST requests are supported.');
  }
  const tc3 = isTc3(incoming);
  const post = request.method === 'POST';
  const largest = post ? (tc3 ? 10 * KIB * KIB : KIB * KIB) : 32 * KIB;
  if ((post ? request.body.length : request.query.length) > largest) {
    throw new ApiError('RequestSizeLimitExceeded', 'The request size exceeds the upper limit.');
  }
  const type = header(request, 'content-type').split(';')[0]?.trim().toLowerCase() ?? '';
  const wanted = post && tc3 ? 'application/json' : 'application/x-www-form-urlencoded';
  if ((post || tc3) && type !== wanted) {
    throw new ApiError('InvalidRequest', `The Content-Type of this request must be ${wanted}.`);
  }
  if (!wellFormed || (post ? request.query : request.body.toString()) !== '') {
    throw new ApiError('InvalidRequest', 'The parameters of the request cannot be read.');
  }
}

/** The id that signed the request; null for an unsigned action. */
function callerOf(
  { id, product, unsigned }: TencentProduct,
  incoming: IncomingRequest,
  context: VerificationContext,
): string | null {
  const host = withoutPort(header(incoming.request, 'host'));
  if (!isLoopback(host) && !/^(cvm|lighthouse|tat|region|sts|tag)(\.[a-z0-9-]+)?\.tencentcloudapi\.com$/.test(host)) {
    throw new ApiError('NoSuchProduct', 'The specified product does not exist.');
  }
  if (!isLoopback(host) && host.split('.')[0] !== product) throw signatureError('mismatch', '');
  const skipped = header(incoming.request, 'authorization') === 'SKIP';
  if (skipped && unsigned.has(commonParam(incoming, 'Action'))) return null;
  const rules = {
    accountFor: context.accountFor,
    now: context.now,
    skewSeconds: context.behaviour.skewSeconds[id],
  };
  try {
    if (!isTc3(incoming)) return verifyTencentV1(incoming.request, incoming.form, rules).id;
    const signed = verifyTc3(incoming.request, rules);
    // A derived key is valid for the service in its scope only. Clients take the service from the host that they are
    // told, so on loopback it is whatever stands there.
    if (!isLoopback(host) && signed.service !== product) throw new SignatureError('mismatch');
    return signed.id;
  } catch (error) {
    throw error instanceof SignatureError ? signatureError(error.reason, error.detail) : error;
  }
}

function isServed(host: string, { regions }: TencentProduct, region: string): boolean {
  if (!regions.has(region)) return false;
  if (isLoopback(host)) return true;
  const middle = host.split('.').slice(1, -2).join('.');
  return isFinance(region) || isFinance(middle)
    ? middle === region
    : middle === '' || middle === 'intl' || regions.has(middle);
}

function fromText(incoming: IncomingRequest): unknown {
  const params = parseNested(incoming.form, isTc3(incoming) ? new Set() : TENCENT_V1_PARAMS);
  if (params === null) throw new ApiError('InvalidParameter', 'A parameter is given both as a value and as a group.');
  return params;
}

function fromJson({ request }: IncomingRequest): unknown {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(request.body);
    const params: unknown = JSON.parse(text);
    if (typeof params === 'object' && params !== null && !Array.isArray(params)) return params;
  } catch {
    // The error below covers both malformed JSON and another type.
  }
  throw new ApiError('InvalidRequest', 'The request body is not a JSON object.');
}

function dialect(text: boolean): Dialect {
  return {
    text,
    missing: tencentMissingParameter,
    unknown: (name) => new ApiError('UnknownParameter', `The parameter \`${name}\` is not recognized.`),
    wrongType: (name) => new ApiError('InvalidParameter', `The type of parameter \`${name}\` is not valid.`),
  };
}

function signatureError(reason: SignatureReason, detail: string): ApiError {
  switch (reason) {
    case 'missing':
      return tencentMissingParameter(detail);
    case 'unknown-id':
      return new ApiError(
        'AuthFailure.SecretIdNotFound',
        'The SecretId is not found, please ensure that your SecretId is correct.',
      );
    case 'expired':
      return new ApiError(
        'AuthFailure.SignatureExpire',
        'The signature has expired. The timestamp is more than five minutes off.',
      );
    case 'token-missing':
    case 'token-wrong':
    case 'token-expired':
      return new ApiError('AuthFailure.TokenFailure', 'The token is invalid.');
    case 'mismatch':
      return new ApiError(
        'AuthFailure.SignatureFailure',
        'The provided credentials could not be validated. Please check your signature is correct.',
      );
    case 'time-format':
    case 'malformed':
    case 'method':
    case 'incomplete':
      return new ApiError('AuthFailure.InvalidAuthorization', 'The authorization of the request is malformed.');
  }
}
