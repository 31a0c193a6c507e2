import { type ErrorTable, HINTS } from '../../../response.ts';
import { CVM_ACTION_ERRORS, COMMON_ERRORS } from '../errors.ts';

/** The numbers of the v2 interface (https://cloud.tencent.com/document/product/213/1718). */
export const NUMBERS: ErrorTable = {
  '4000': { code: 'USAGE', hint: HINTS.input },
  '4100': { code: 'AUTH', hint: HINTS.secretKey },
  '4101': { code: 'AUTH', hint: HINTS.permission },
  '4102': { code: 'AUTH', hint: HINTS.permission },
  '4103': { code: 'AUTH', hint: HINTS.permission },
  '4104': { code: 'AUTH', hint: HINTS.secretId },
  '4105': { code: 'AUTH', hint: HINTS.token },
  '4106': { code: 'AUTH', hint: HINTS.mfa },
  '4110': { code: 'AUTH', hint: HINTS.permission },
  '4200': { code: 'AUTH', hint: HINTS.clock },
  '4300': { code: 'AUTH', hint: HINTS.refused },
  '4400': { code: 'UNAVAILABLE', hint: HINTS.slower, throttled: true },
  // A nonce used twice, or a clock that is off; if the former, the first request may have made the pair.
  '4500': { code: 'AUTH', hint: HINTS.clock, outcome: 'unknown' },
  '4600': { code: 'FAILURE', hint: HINTS.report },
  '5000': { code: 'NOT_FOUND', hint: HINTS.absent },
  '5100': { code: 'FAILURE', hint: HINTS.again, outcome: 'unknown' },
  '5200': { code: 'FAILURE', hint: HINTS.billing },
  '5300': { code: 'FAILURE', hint: HINTS.billing },
  '5400': { code: 'PARTIAL', hint: HINTS.absent, outcome: 'unknown' },
  '5500': { code: 'AUTH', hint: HINTS.refused },
  '6000': { code: 'UNAVAILABLE', hint: HINTS.again, outcome: 'unknown' },
  '6100': { code: 'FAILURE', hint: HINTS.upgrade },
  '6200': { code: 'UNAVAILABLE', hint: HINTS.again },
};

/** The codes of 2017-03-12 on the v2 gateway: an older scheme than API 3.0's. */
const OLDER_ERRORS: ErrorTable = {
  'InternalError.CAMInnerError': { code: 'UNAVAILABLE', hint: HINTS.again, outcome: 'unknown' },
  'InternalError.ResourceOpFailed': { code: 'UNAVAILABLE', hint: HINTS.again, outcome: 'unknown' },
  'InvalidAction.ActionUnavailable': { code: 'UNAVAILABLE', hint: HINTS.again },
  'InvalidAction.NotFound': { code: 'FAILURE', hint: HINTS.upgrade },
  InvalidKeyPairDescriptionTooLong: { code: 'USAGE', hint: HINTS.description },
  'InvalidParameter.SecretIdNotFound': { code: 'AUTH', hint: HINTS.secretId },
  'InvalidParameter.SignatureFailure': { code: 'AUTH', hint: HINTS.secretKey },
  'InvalidRequest.Forbidden': { code: 'AUTH', hint: HINTS.refused },
  'InvalidRequest.LimitExceeded': { code: 'UNAVAILABLE', hint: HINTS.slower, throttled: true },
  'InvalidRequest.MFACheckFailed': { code: 'AUTH', hint: HINTS.mfa },
  'InvalidRequest.ReplayAttack': { code: 'AUTH', hint: HINTS.clock, outcome: 'unknown' },
  'InvalidRequest.RequestConcurrencyExceeded': { code: 'UNAVAILABLE', hint: HINTS.slower, throttled: true },
  'InvalidRequest.TokenCheckFailed': { code: 'AUTH', hint: HINTS.token },
  'InvalidRequest.UnsupportedProtocol': { code: 'FAILURE', hint: HINTS.report },
};

/** The codes that the gateway may give, in either version. */
export const errors: ErrorTable = { ...COMMON_ERRORS, ...CVM_ACTION_ERRORS, ...OLDER_ERRORS, ...NUMBERS };

/**
 * What the numbers mean for one of the key pairs in an answer to DeleteKeyPair. By the vendor's page a pair is kept
 * only while it is bound; so 5100, which says that an operation failed, is taken for that.
 */
export const DELETE_ERRORS: ErrorTable = { ...errors, '5100': { code: 'CONFLICT', hint: HINTS.inUse } };

/** What the numbers mean for BindInstanceKey and UnBindInstanceKey, which are for stopped Linux instances only. */
export const BIND_ERRORS: ErrorTable = { ...errors, '5100': { code: 'CONFLICT', hint: HINTS.stopped } };
