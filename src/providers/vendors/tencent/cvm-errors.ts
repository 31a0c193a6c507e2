import type { ErrorRow, ErrorTable } from '../../error-table.ts';
import { HINTS } from '../../hints.ts';

/** The states in which an instance cannot be bound to a key pair, besides running (Associate- and DisassociateInstancesKeyPairs). */
const STATES = [
  'Banning',
  'EnterRescueMode',
  'EnterServiceLiveMigrate',
  'ExitRescueMode',
  'Freezing',
  'Isolating',
  'Pending',
  'Rebooting',
  'RescueMode',
  'Shutdown',
  'Starting',
  'Stopping',
  'Terminating',
];

/** The codes of CVM's key-pair actions, which API 3.0 and its forerunner on the v2 gateway share. */
export const CVM_ERRORS: ErrorTable = {
  'FailedOperation.DisassociateKeyPairFailed': { code: 'CONFLICT', hint: HINTS.unbound },
  'FailedOperation.TagKeyReserved': { code: 'USAGE', hint: HINTS.tags },
  InvalidFilter: { code: 'FAILURE', hint: HINTS.report },
  'InvalidFilterValue.LimitExceeded': { code: 'FAILURE', hint: HINTS.report },
  'InvalidInstance.NotSupported': { code: 'CONFLICT', hint: HINTS.unsupported },
  'InvalidInstanceId.Malformed': { code: 'USAGE', hint: HINTS.instance },
  'InvalidInstanceId.NotFound': { code: 'NOT_FOUND', hint: HINTS.instance },
  InvalidKeyPair: { code: 'CONFLICT', hint: HINTS.inUse },
  'InvalidKeyPair.LimitExceeded': { code: 'CONFLICT', hint: HINTS.quota },
  'InvalidKeyPairId.Malformed': { code: 'USAGE', hint: HINTS.absent },
  'InvalidKeyPairId.NotFound': { code: 'NOT_FOUND', hint: HINTS.absent },
  'InvalidKeyPairName.Duplicate': { code: 'CONFLICT', hint: HINTS.taken },
  InvalidKeyPairNameEmpty: { code: 'USAGE', hint: HINTS.name },
  InvalidKeyPairNameIncludeIllegalChar: { code: 'USAGE', hint: HINTS.name },
  InvalidKeyPairNameTooLong: { code: 'USAGE', hint: HINTS.name },
  'InvalidParameterValue.InstanceIdMalformed': { code: 'USAGE', hint: HINTS.instance },
  'InvalidParameterValue.KeyPairNotSupported': { code: 'CONFLICT', hint: HINTS.inUse },
  'InvalidParameterValue.LimitExceeded': { code: 'USAGE', hint: HINTS.input },
  InvalidParameterValueLimit: { code: 'FAILURE', hint: HINTS.report },
  InvalidParameterValueOffset: { code: 'FAILURE', hint: HINTS.report },
  'InvalidProjectId.NotFound': { code: 'NOT_FOUND', hint: HINTS.project },
  'InvalidPublicKey.Duplicate': { code: 'CONFLICT', hint: HINTS.keyExists },
  'InvalidPublicKey.Malformed': { code: 'USAGE', hint: HINTS.publicKey },
  'LimitExceeded.TagResourceQuota': { code: 'CONFLICT', hint: HINTS.tagQuota },
  MutexOperation: { code: 'CONFLICT', hint: HINTS.busy },
  'MutexOperation.TaskRunning': { code: 'CONFLICT', hint: HINTS.busy },
  'OperationDenied.InstanceOperationInProgress': { code: 'CONFLICT', hint: HINTS.busy },
  'UnauthorizedOperation.InvalidToken': { code: 'AUTH', hint: HINTS.token },
  'UnauthorizedOperation.MFAExpired': { code: 'AUTH', hint: HINTS.mfa },
  'UnauthorizedOperation.MFANotFound': { code: 'AUTH', hint: HINTS.mfa },
  'UnsupportedOperation.InstanceOsWindows': { code: 'USAGE', hint: HINTS.linux },
  'UnsupportedOperation.InstanceStateRunning': { code: 'CONFLICT', hint: HINTS.running },
  'UnsupportedOperation.StoppedModeStopCharging': { code: 'CONFLICT', hint: HINTS.noCharge },
  ...Object.fromEntries(
    STATES.map((state): [string, ErrorRow] => [
      `UnsupportedOperation.InstanceState${state}`,
      { code: 'CONFLICT', hint: HINTS.state },
    ]),
  ),
};
