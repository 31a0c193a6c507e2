import type { ErrorTable } from '../error-table.ts';
import { HINTS } from '../hints.ts';

/** The codes of CVM's key-pair actions, which API 3.0 and its forerunner on the v2 gateway share. */
export const CVM_ERRORS: ErrorTable = {
  'FailedOperation.TagKeyReserved': { code: 'USAGE', hint: HINTS.tags },
  InvalidFilter: { code: 'FAILURE', hint: HINTS.report },
  'InvalidFilterValue.LimitExceeded': { code: 'FAILURE', hint: HINTS.report },
  InvalidKeyPair: { code: 'CONFLICT', hint: HINTS.inUse },
  'InvalidKeyPair.LimitExceeded': { code: 'CONFLICT', hint: HINTS.quota },
  'InvalidKeyPairId.Malformed': { code: 'USAGE', hint: HINTS.absent },
  'InvalidKeyPairId.NotFound': { code: 'NOT_FOUND', hint: HINTS.absent },
  'InvalidKeyPairName.Duplicate': { code: 'CONFLICT', hint: HINTS.taken },
  InvalidKeyPairNameEmpty: { code: 'USAGE', hint: HINTS.name },
  InvalidKeyPairNameIncludeIllegalChar: { code: 'USAGE', hint: HINTS.name },
  InvalidKeyPairNameTooLong: { code: 'USAGE', hint: HINTS.name },
  'InvalidParameterValue.KeyPairNotSupported': { code: 'CONFLICT', hint: HINTS.inUse },
  'InvalidParameterValue.LimitExceeded': { code: 'USAGE', hint: HINTS.input },
  InvalidParameterValueLimit: { code: 'FAILURE', hint: HINTS.report },
  InvalidParameterValueOffset: { code: 'FAILURE', hint: HINTS.report },
  'InvalidProjectId.NotFound': { code: 'NOT_FOUND', hint: HINTS.project },
  'InvalidPublicKey.Duplicate': { code: 'CONFLICT', hint: HINTS.keyExists },
  'InvalidPublicKey.Malformed': { code: 'USAGE', hint: HINTS.publicKey },
  'LimitExceeded.TagResourceQuota': { code: 'CONFLICT', hint: HINTS.tagQuota },
  'UnauthorizedOperation.InvalidToken': { code: 'AUTH', hint: HINTS.token },
};
