import { Problem } from '../problem.ts';
import type { SignatureReason } from '../signatures/fault.ts';

/** A service and version that the host does not have. */
export function apiNotFound(): Problem {
  return new Problem(
    'InvalidApi.NotFound',
    'Specified api is not found, please check your url and method.',
    404,
  );
}

/** The gateway's words for a parameter that is not there. */
export function missing(name: string): Problem {
  return new Problem(`Missing${name}`, `${name} is mandatory for this action.`, 400);
}

/** The gateway's words for a refused signature, which differ in one place between ACS3 and RPC V1. */
export function refusal(reason: SignatureReason, detail: string, acs3: boolean): Problem {
  switch (reason) {
    case 'missing':
      return missing(detail);
    case 'unknown-id':
      return new Problem('InvalidAccessKeyId.NotFound', 'Specified access key is not found.', 404);
    case 'time-format':
      return new Problem(
        'InvalidTimeStamp.Format',
        'Specified time stamp or date value is not well formatted.',
        400,
      );
    case 'expired':
      return new Problem('InvalidTimeStamp.Expired', 'Specified time stamp or date value is expired.', 400);
    case 'token-missing':
      return new Problem('MissingSecurityToken', 'SecurityToken is mandatory for this action.', 400);
    case 'token-wrong':
      return new Problem(
        'InvalidSecurityToken.Malformed',
        'The specified parameter "SecurityToken" is not valid.',
        400,
      );
    case 'token-expired':
      return new Problem('InvalidSecurityToken.Expired', 'Specified SecurityToken is expired.', 400);
    case 'method':
      return new Problem('InvalidSignatureMethod', 'Specified signature method is not valid.', 400);
    case 'mismatch': {
      const text = acs3
        ? 'Specified signature does not match our calculation.'
        : 'Specified signature is not matched with our calculation.';
      return new Problem('SignatureDoesNotMatch', `${text} ${detail}`, 400);
    }
    case 'malformed':
    case 'incomplete': {
      const text = 'The request signature does not conform to Aliyun standards.';
      return new Problem('IncompleteSignature', `${text} ${detail}`.trimEnd(), 400);
    }
  }
}
