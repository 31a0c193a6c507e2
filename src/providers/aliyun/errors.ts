import type { ErrorTable } from '../error-table.ts';
import { HINTS } from '../hints.ts';

/** The codes of Alibaba Cloud's gateway, which come before any service is reached. */
const GATEWAY_ERRORS: ErrorTable = {
  Forbidden: { code: 'AUTH', hint: HINTS.permission },
  'Forbidden.AccessKeyDisabled': { code: 'AUTH', hint: HINTS.secretId },
  'Forbidden.RAM': { code: 'AUTH', hint: HINTS.permission },
  IncompleteSignature: { code: 'AUTH', hint: HINTS.secretKey },
  InternalError: { code: 'UNAVAILABLE', hint: HINTS.again, outcome: 'unknown' },
  InvalidAccessKeyId: { code: 'AUTH', hint: HINTS.secretId },
  'InvalidAccessKeyId.Inactive': { code: 'AUTH', hint: HINTS.secretId },
  'InvalidAccessKeyId.NotFound': { code: 'AUTH', hint: HINTS.secretId },
  'InvalidApi.NotFound': { code: 'FAILURE', hint: HINTS.upgrade },
  InvalidParameter: { code: 'USAGE', hint: HINTS.input },
  'InvalidParameter.Format': { code: 'USAGE', hint: HINTS.input },
  'InvalidProtocol.NeedSsl': { code: 'FAILURE', hint: HINTS.report },
  InvalidSecurityToken: { code: 'AUTH', hint: HINTS.token },
  'InvalidSecurityToken.Expired': { code: 'AUTH', hint: HINTS.token },
  'InvalidSecurityToken.Malformed': { code: 'AUTH', hint: HINTS.token },
  'InvalidSecurityToken.MismatchWithAccessKey': { code: 'AUTH', hint: HINTS.token },
  InvalidSignatureMethod: { code: 'FAILURE', hint: HINTS.report },
  InvalidTimeStamp: { code: 'AUTH', hint: HINTS.clock },
  'InvalidTimeStamp.Expired': { code: 'AUTH', hint: HINTS.clock },
  'InvalidTimeStamp.Format': { code: 'FAILURE', hint: HINTS.report },
  MissingParameter: { code: 'FAILURE', hint: HINTS.report },
  MissingSecurityToken: { code: 'AUTH', hint: HINTS.token },
  NoPermission: { code: 'AUTH', hint: HINTS.permission },
  'Rejected.Throttling': { code: 'UNAVAILABLE', hint: HINTS.slower },
  ServiceUnavailable: { code: 'UNAVAILABLE', hint: HINTS.again, outcome: 'unknown' },
  SignatureDoesNotMatch: { code: 'AUTH', hint: HINTS.secretKey },
  // Our nonces are never used twice: the first request with this one may have made the pair.
  SignatureNonceUsed: { code: 'UNAVAILABLE', hint: HINTS.replay, outcome: 'unknown' },
  Throttling: { code: 'UNAVAILABLE', hint: HINTS.slower },
  'Throttling.Api': { code: 'UNAVAILABLE', hint: HINTS.slower },
  'Throttling.User': { code: 'UNAVAILABLE', hint: HINTS.slower },
  UnsupportedHTTPMethod: { code: 'FAILURE', hint: HINTS.report },
};

/** The codes that ECS's key-pair actions may give, and those of the gateway before it. */
export const errors: ErrorTable = {
  ...GATEWAY_ERRORS,
  'Duplicate.TagKey': { code: 'USAGE', hint: HINTS.tags },
  InstanceKeyPairLimitExceeded: { code: 'USAGE', hint: HINTS.input },
  'InvalidKeyPair.NotFound': { code: 'NOT_FOUND', hint: HINTS.absent },
  'InvalidKeyPairName.Malformed': { code: 'USAGE', hint: HINTS.name },
  'InvalidKeyPairName.NotFound': { code: 'NOT_FOUND', hint: HINTS.absent },
  'InvalidKeyPairNames.ValueNotSupported': { code: 'USAGE', hint: HINTS.name },
  'InvalidParameter.KeypairAlreadyAttachedInstance': { code: 'CONFLICT', hint: HINTS.inUse },
  'InvalidPublicKeyBody.Malformed': { code: 'USAGE', hint: HINTS.publicKey },
  'InvalidRegionId.NotFound': { code: 'NOT_FOUND', hint: HINTS.region },
  'InvalidResourceGroup.NotFound': { code: 'NOT_FOUND', hint: HINTS.resourceGroup },
  'InvalidTagKey.Malformed': { code: 'USAGE', hint: HINTS.tags },
  'InvalidTagValue.Malformed': { code: 'USAGE', hint: HINTS.tags },
  'KeyPair.AlreadyExist': { code: 'CONFLICT', hint: HINTS.taken },
  QuotaExceed: { code: 'CONFLICT', hint: HINTS.quota },
  'QuotaExceed.KeyPair': { code: 'CONFLICT', hint: HINTS.quota },
  'QuotaExceed.Tags': { code: 'CONFLICT', hint: HINTS.tagQuota },
};
