import { ApiError } from '../api-error.ts';
import type { SignatureReason } from '../signatures/verification.ts';

/** A service and version that the host does not have. */
export function apiNotFound(): ApiError {
  return new ApiError(
    'InvalidApi.NotFound',
    'Specified api is not found, please check your url and method.',
    404,
  );
}

/** The gateway's words for a parameter that is not there. */
export function missingParameter(name: string): ApiError {
  return new ApiError(`Missing${name}`, `${name} is mandatory for this action.`, 400);
}

/** The gateway's words for a refused signature, which differ in one place between ACS3 and RPC V1. */
export function signatureError(reason: SignatureReason, detail: string, acs3: boolean): ApiError {
  switch (reason) {
    case 'missing':
      return missingParameter(detail);
    case 'unknown-id':
      return new ApiError('InvalidAccessKeyId.NotFound', 'Specified access key is not found.', 404);
    case 'time-format':
      return new ApiError(
        'InvalidTimeStamp.Format',
        'Specified time stamp or date value is not well formatted.',
        400,
      );
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
