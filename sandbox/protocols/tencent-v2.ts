import { ApiError } from '../api-error.ts';
import type { SignedInterface } from '../behaviour.ts';
import { type Dialect, parseNested } from '../params.ts';
import { REGIONLESS_ACTIONS, v2Region } from '../regions.ts';
import { TENCENT_V1_PARAMS, verifyTencentV1 } from '../signatures/tencent-signatures.ts';
import { SignatureError, type SignatureReason } from '../signatures/verification.ts';
import { header, isLoopback, withoutPort } from '../wire.ts';
import {
  type IncomingRequest,
  type Protocol,
  serializeJson,
  type VerificationContext,
  type VerifiedRequest,
} from './protocol.ts';

/** CVM `Version=2017-03-12` at `/v2/index.php`: the fields of API 3.0 with the common errors of v2. */
export const cvmV2: Protocol = {
  id: 'cvm-v2',
  vendor: 'tencent',
  errorStatus: 200,
  action: ({ form }) => form.get('Action') ?? '',
  verify(incoming, context) {
    if (incoming.form.get('Version') !== '2017-03-12') {
      throw new ApiError('InvalidParameter', 'The specified version does not exist.');
    }
    return verifyV2('cvm-v2', incoming, context, cvmV2Error);
  },
  wrapResult: (result, requestId) => ({
    status: 200,
    content: { Response: { ...result, RequestId: requestId } },
  }),
  wrapError: (error, requestId) => ({
    status: 200,
    content: { Response: { Error: { Code: error.code, Message: error.message }, RequestId: requestId } },
  }),
  serialize: serializeJson,
  unknownAction: (action) => new ApiError('InvalidAction.NotFound', `The action ${action} does not exist.`),
  throttled: () =>
    new ApiError('InvalidRequest.RequestConcurrencyExceeded', 'The number of requests per second exceeds the limit.'),
  internal: () => new ApiError('InternalError', 'An internal error has occurred.'),
};

/** The names of the error numbers, from the v2 error table. */
const CODE_NAMES: Readonly<Record<string, string>> = {
  4000: 'InvalidParameter',
  4100: 'AuthFailure',
  4104: 'SecretIdNotFound',
  4105: 'TokenFailure',
  4400: 'RequestLimitExceeded',
  4500: 'ReplayAttack',
  4600: 'UnsupportedProtocol',
  5000: 'ResourceNotFound',
  5100: 'ResourceOpFailed',
  6000: 'InternalError',
  6100: 'ActionNotFound',
};

/** CVM legacy v2 at `/v2/index.php`: camelCase parameters, error numbers, always HTTP 200. */
export const legacy: Protocol = {
  id: 'legacy',
  vendor: 'tencent',
  errorStatus: 200,
  action: ({ form }) => form.get('Action') ?? '',
  verify: (incoming, context) => verifyV2('legacy', incoming, context, legacyError),
  wrapResult: (result) => ({ status: 200, content: { code: 0, message: '', ...result } }),
  wrapError: (error) => ({
    status: 200,
    content: {
      code: /^\d+$/.test(error.code) ? Number(error.code) : error.code,
      message: error.message,
      codeDesc: CODE_NAMES[error.code] ?? 'InternalError',
    },
  }),
  serialize: serializeJson,
  unknownAction: (action) => new ApiError('6100', `(100001)action ${action} does not exist`),
  throttled: () => new ApiError('4400', '(100002)quota of requests exceeded'),
  internal: () => new ApiError('6000', '(100003)internal error'),
};

/** Why the v2 gateway rejects a request. Its two interfaces have different errors. */
type V2Reason = SignatureReason | 'protocol' | 'size' | 'unreadable' | 'host' | 'region' | 'replay' | 'wrong-type';

/**
 * Verifies a request to `/v2/index.php`, for both interfaces.
 *
 * @param errorFor makes the interface's error; `detail` is the name of a parameter or empty
 */
function verifyV2(
  id: Extract<SignedInterface, 'cvm-v2' | 'legacy'>,
  incoming: IncomingRequest,
  context: VerificationContext,
  errorFor: (reason: V2Reason, detail: string) => ApiError,
): VerifiedRequest {
  const { request, form } = incoming;
  const post = request.method === 'POST';
  if (!post && request.method !== 'GET') throw errorFor('protocol', '');
  // The v2 documents give no sizes; these are the ones of API 3.0.
  if (post ? request.body.length > 1024 * 1024 : request.query.length > 32 * 1024) throw errorFor('size', '');
  const type = header(request, 'content-type').split(';')[0]?.trim().toLowerCase();
  if (post && type !== 'application/x-www-form-urlencoded') throw errorFor('unreadable', '');
  if (!incoming.wellFormed || (post ? request.query : request.body.toString()) !== '') throw errorFor('unreadable', '');
  const host = header(request, 'host');
  if (!isLoopback(host) && withoutPort(host) !== 'cvm.api.qcloud.com') throw errorFor('host', '');

  const skewSeconds = context.behaviour.skewSeconds[id];
  let caller: string;
  try {
    const signed = verifyTencentV1(request, form, {
      accountFor: context.accountFor,
      now: context.now,
      skewSeconds,
    });
    if (!context.nonces.isNew(`v2/${signed.id}/${signed.nonce ?? ''}`, context.now, skewSeconds)) {
      throw errorFor('replay', '');
    }
    caller = signed.id;
  } catch (error) {
    throw error instanceof SignatureError ? errorFor(error.reason, error.detail) : error;
  }
  const action = form.get('Action') ?? '';
  if (action === '') throw errorFor('missing', 'Action');
  const code = (form.get('Region') ?? '') || (REGIONLESS_ACTIONS.has(action) ? 'gz' : '');
  if (code === '') throw errorFor('missing', 'Region');
  const region = v2Region(code);
  if (region === null) throw errorFor('region', '');
  const params = parseNested(form, TENCENT_V1_PARAMS);
  if (params === null) throw errorFor('unreadable', '');
  const dialect: Dialect = {
    text: true,
    missing: (name) => errorFor('missing', name),
    // Neither error table has a code for an unknown parameter.
    unknown: () => null,
    wrongType: (name) => errorFor('wrong-type', name),
  };
  return { service: 'cvm', region, caller, params, dialect };
}

function cvmV2Error(reason: V2Reason, detail: string): ApiError {
  switch (reason) {
    case 'missing':
      return new ApiError('MissingParameter', `The parameter ${detail} is missing.`);
    case 'unknown-id':
      return new ApiError('InvalidParameter.SecretIdNotFound', 'The SecretId does not exist.');
    case 'mismatch':
      return new ApiError('InvalidParameter.SignatureFailure', 'The signature does not match.');
    case 'token-missing':
    case 'token-wrong':
    case 'token-expired':
      return new ApiError('InvalidRequest.TokenCheckFailed', 'The token is invalid.');
    case 'expired':
    case 'replay':
      return new ApiError('InvalidRequest.ReplayAttack', 'The Nonce was used before or the Timestamp is too far off.');
    case 'protocol':
      return new ApiError('InvalidRequest.UnsupportedProtocol', 'Only GET and POST are supported.');
    case 'time-format':
    case 'malformed':
    case 'method':
    case 'incomplete':
    case 'size':
    case 'unreadable':
    case 'host':
    case 'region':
    case 'wrong-type':
      return new ApiError('InvalidParameter', `The parameter ${detail || reason} is invalid.`);
  }
}

function legacyError(reason: V2Reason, detail: string): ApiError {
  switch (reason) {
    case 'missing':
    case 'wrong-type':
      return new ApiError('4000', `(100004)${detail} is missing or not valid`);
    case 'mismatch':
      return new ApiError('4100', '(100005)signature verification failed');
    case 'unknown-id':
      return new ApiError('4104', '(100006)secretId does not exist');
    case 'token-missing':
    case 'token-wrong':
    case 'token-expired':
      return new ApiError('4105', '(100007)token verification failed');
    case 'expired':
    case 'replay':
      return new ApiError('4500', '(100008)nonce was used before or timestamp is too far off');
    case 'protocol':
      return new ApiError('4600', '(100009)protocol not supported');
    case 'time-format':
    case 'malformed':
    case 'method':
    case 'incomplete':
    case 'size':
    case 'unreadable':
    case 'host':
    case 'region':
      return new ApiError('4000', `(100010)${detail || reason} is not valid`);
  }
}
