import { ApiError } from '../api-error.ts';
import { serializeJson, type Protocol } from './protocol.ts';
import { verifyV2, type V2Reason } from './tencent-v2.ts';

/** The names that go with the numbers of the v2 error table. */
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

/** CVM legacy v2 at `/v2/index.php`: camelCase parameters, numbers for errors, HTTP 200 for everything. */
export const legacy: Protocol = {
  id: 'legacy',
  vendor: 'tencent',
  errorStatus: 200,
  action: ({ form }) => form.get('Action') ?? '',
  verify: (incoming, context) => verifyV2('legacy', incoming, context, errorFor),
  wrapResult: (result) => ({ status: 200, content: { code: 0, message: '', ...result } }),
  wrapError: (error) => ({
    status: 200,
    content: {
      // One example of the documents has this code as text.
      code: error.code === '5100' || !/^\d+$/.test(error.code) ? error.code : Number(error.code),
      message: error.message,
      codeDesc: CODE_NAMES[error.code] ?? 'InternalError',
    },
  }),
  serialize: serializeJson,
  unknownAction: (action) => new ApiError('6100', `(100001)action ${action} does not exist`),
  throttled: () => new ApiError('4400', '(100002)quota of requests exceeded'),
  internal: () => new ApiError('6000', '(100003)internal error'),
};

function errorFor(reason: V2Reason, detail: string): ApiError {
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
