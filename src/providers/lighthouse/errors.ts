import type { ErrorTable } from '../error-table.ts';
import { HINTS } from '../hints.ts';
import { COMMON_ERRORS } from '../tencent-cloud/errors.ts';

/** The codes that Lighthouse's key-pair actions may give (https://cloud.tencent.com/document/api/1207/55543 and its neighbours). */
export const errors: ErrorTable = {
  ...COMMON_ERRORS,
  'FailedOperation.CreateKeyPairFailed': { code: 'UNAVAILABLE', hint: HINTS.again, outcome: 'unknown' },
  'FailedOperation.DeleteKeyPairFailed': { code: 'UNAVAILABLE', hint: HINTS.again, outcome: 'unknown' },
  'FailedOperation.ImportKeyPairFailed': { code: 'UNAVAILABLE', hint: HINTS.again, outcome: 'unknown' },
  'InvalidParameter.InvalidFilter': { code: 'FAILURE', hint: HINTS.report },
  'InvalidParameter.ParameterConflict': { code: 'FAILURE', hint: HINTS.report },
  'InvalidParameterValue.DuplicateParameterValue': { code: 'CONFLICT', hint: HINTS.taken },
  'InvalidParameterValue.Duplicated': { code: 'USAGE', hint: HINTS.input },
  'InvalidParameterValue.InvalidKeyPairNameEmpty': { code: 'USAGE', hint: HINTS.name },
  'InvalidParameterValue.InvalidKeyPairNameIncludeIllegalChar': { code: 'USAGE', hint: HINTS.name },
  'InvalidParameterValue.InvalidKeyPairNameTooLong': { code: 'USAGE', hint: HINTS.name },
  'InvalidParameterValue.KeyPairIdMalformed': { code: 'USAGE', hint: HINTS.absent },
  'InvalidParameterValue.KeyPairPublicKeyDuplicated': { code: 'CONFLICT', hint: HINTS.keyExists },
  'InvalidParameterValue.KeyPairPublicKeyMalformed': { code: 'USAGE', hint: HINTS.publicKey },
  'InvalidParameterValue.LimitExceeded': { code: 'FAILURE', hint: HINTS.report },
  'InvalidParameterValue.Negative': { code: 'FAILURE', hint: HINTS.report },
  'InvalidParameterValue.OutOfRange': { code: 'FAILURE', hint: HINTS.report },
  'LimitExceeded.KeyPairLimitExceeded': { code: 'CONFLICT', hint: HINTS.quota },
  'ResourceInUse.KeyPairInUse': { code: 'CONFLICT', hint: HINTS.inUse },
  'ResourceNotFound.KeyIdNotFound': { code: 'NOT_FOUND', hint: HINTS.absent },
  'UnauthorizedOperation.NoPermission': { code: 'AUTH', hint: HINTS.permission },
  'UnsupportedOperation.KeyPairBindToBlueprints': { code: 'CONFLICT', hint: HINTS.inUse },
};
