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
  // A repeated nonce or a wrong clock. If the nonce was repeated, the first request may have created the pair.
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

/** The codes of 2017-03-12 on the v2 gateway, older than those of API 3.0. */
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

/** All codes of the gateway, both versions. */
export const errors: ErrorTable = { ...COMMON_ERRORS, ...CVM_ACTION_ERRORS, ...OLDER_ERRORS, ...NUMBERS };

/**
 * The codes for one key pair in a response to DeleteKeyPair. According to the vendor's page, a pair is kept only if it
 * is bound. So 5100 (an operation failed) means that the pair is in use.
 */
export const DELETE_ERRORS: ErrorTable = { ...errors, '5100': { code: 'CONFLICT', hint: HINTS.inUse } };

/** The codes of BindInstanceKey and UnBindInstanceKey, which need stopped Linux instances. */
export const BIND_ERRORS: ErrorTable = { ...errors, '5100': { code: 'CONFLICT', hint: HINTS.stopped } };
