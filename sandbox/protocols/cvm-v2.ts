import { ApiError } from '../api-error.ts';
import { serializeJson, type Protocol } from './protocol.ts';
import { verifyV2, type V2Reason } from './tencent-v2.ts';

/** CVM `Version=2017-03-12` at `/v2/index.php`: the fields of API 3.0, the older scheme of common errors. */
export const cvmV2: Protocol = {
  id: 'cvm-v2',
  vendor: 'tencent',
  errorStatus: 200,
  action: ({ form }) => form.get('Action') ?? '',
  verify(incoming, context) {
    if (incoming.form.get('Version') !== '2017-03-12') {
      throw new ApiError('InvalidParameter', 'The specified version does not exist.');
    }
    return verifyV2('cvm-v2', incoming, context, errorFor);
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
    new ApiError(
      'InvalidRequest.RequestConcurrencyExceeded',
      'The number of requests per second exceeds the limit.',
    ),
  internal: () => new ApiError('InternalError', 'An internal error has occurred.'),
};

function errorFor(reason: V2Reason, detail: string): ApiError {
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
      return new ApiError(
        'InvalidRequest.ReplayAttack',
        'The Nonce was used before or the Timestamp is too far off.',
      );
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
