import { expect, test } from 'vitest';
import { tagErrors, tatErrors } from '../../../src/providers/vendors/tencent/errors.ts';
import { INTERFACES } from './interfaces.ts';

// Every code that the vendors' pages list for the actions on key pairs must have a row of its own: a prefix's row
// would give a poorer hint. What any service may say (InternalServerError, MissingParameter …) is listed once.

const STATES =
  'EnterServiceLiveMigrate ExitRescueMode Freezing Isolating Pending Rebooting RescueMode Running Shutdown Starting Stopping Terminating Banning EnterRescueMode';

const CVM = `
  FailedOperation.TagKeyReserved InternalServerError InvalidKeyPair.LimitExceeded InvalidKeyPairName.Duplicate
  InvalidKeyPairNameEmpty InvalidKeyPairNameIncludeIllegalChar InvalidKeyPairNameTooLong InvalidParameterValue
  InvalidProjectId.NotFound LimitExceeded.TagResourceQuota MissingParameter InvalidPublicKey.Duplicate
  InvalidPublicKey.Malformed InvalidFilter InvalidFilterValue.LimitExceeded InvalidKeyPairId.Malformed
  InvalidParameter InvalidParameterValue.LimitExceeded InvalidParameterValueLimit InvalidParameterValueOffset
  UnauthorizedOperation.InvalidToken UnsupportedOperation InvalidKeyPairId.NotFound
  InvalidParameterValue.KeyPairNotSupported InvalidInstance.NotSupported InvalidInstanceId.Malformed
  InvalidInstanceId.NotFound InvalidParameterValue.InstanceIdMalformed MutexOperation.TaskRunning
  OperationDenied.InstanceOperationInProgress UnauthorizedOperation.MFAExpired UnauthorizedOperation.MFANotFound
  UnsupportedOperation.InstanceOsWindows UnsupportedOperation.StoppedModeStopCharging
  FailedOperation.DisassociateKeyPairFailed
  ${STATES.split(' ')
    .map((state) => `UnsupportedOperation.InstanceState${state}`)
    .join(' ')}`;

const LIGHTHOUSE = `
  FailedOperation.CreateKeyPairFailed InvalidParameterValue.DuplicateParameterValue
  InvalidParameterValue.InvalidKeyPairNameEmpty InvalidParameterValue.InvalidKeyPairNameIncludeIllegalChar
  InvalidParameterValue.InvalidKeyPairNameTooLong LimitExceeded.KeyPairLimitExceeded
  UnauthorizedOperation.NoPermission FailedOperation.ImportKeyPairFailed FailedOperation.DeleteKeyPairFailed
  InvalidParameterValue.KeyPairPublicKeyDuplicated InvalidParameterValue.KeyPairPublicKeyMalformed FailedOperation
  InvalidParameter.InvalidFilter InvalidParameter.ParameterConflict InvalidParameterValue.Duplicated
  InvalidParameterValue.KeyPairIdMalformed InvalidParameterValue.LimitExceeded InvalidParameterValue.Negative
  InvalidParameterValue.OutOfRange ResourceInUse.KeyPairInUse ResourceNotFound.KeyIdNotFound
  UnsupportedOperation.KeyPairBindToBlueprints FailedOperation.DescribeInstanceStatus
  FailedOperation.InstanceOperationFailed InternalError InvalidParameterValue.InstanceIdMalformed
  OperationDenied.InstanceCreating OperationDenied.InstanceOperationInProgress
  ResourceNotFound.InstanceIdNotFound ResourceNotFound.InstanceNotFound UnauthorizedOperation.MFAExpired
  UnauthorizedOperation.MFANotFound UnsupportedOperation.InstanceDisplayAreaNotSupportOperation
  UnsupportedOperation.InvalidInstanceState UnsupportedOperation.KeyPairBindDuplicate
  UnsupportedOperation.LatestOperationUnfinished UnsupportedOperation.WindowsNotAllowToAssociateKeyPair
  UnsupportedOperation.WindowsNotSupportKeyPair UnsupportedOperation.KeyPairNotBoundToInstance
  UnsupportedOperation.KeyPairUnbindUsernameMismatch`;

const ECS = `
  InvalidKeyPairName.Malformed KeyPair.AlreadyExist Duplicate.TagKey InvalidTagKey.Malformed
  InvalidTagValue.Malformed QuotaExceed.KeyPair QuotaExceed.Tags InvalidRegionId.NotFound
  InvalidResourceGroup.NotFound InvalidPublicKeyBody.Malformed MissingParameter InternalError
  InvalidKeyPairNames.ValueNotSupported InvalidParameter.KeypairAlreadyAttachedInstance
  InstanceKeyPairLimitExceeded InvalidKeyPair.NotFound InvalidKeyPairName.NotFound
  InvalidInstanceIds.ValueNotSupported DependencyViolation.IoOptimize DependencyViolation.WindowsInstance
  RegionId.ApiNotSupported InvalidParameter.WorkingDir MissingParam.InstanceId InvalidClientToken.Malformed
  InvalidInstance.NotMatch InstanceIds.ExceedLimit Invocation.ExceedQuota CmdContent.ExceedLimit Username.ExceedLimit
  Operation.Forbidden IdempotentParameterMismatch IdempotentProcessing InvalidRepeatMode.NotFound
  InvalidInstance.NotFound InternalError.Dispatch`;

// Its pages on servers list only these; we know of none that lists those of key pairs.
const SWAS = 'InternalError IncorrectInstanceStatus InvalidInstanceId.NotFound';

const TAT = `
  FailedOperation.CVMError FailedOperation.LighthouseError InternalError InvalidParameter
  InvalidParameter.ConflictParameter InvalidParameter.InvalidUsername InvalidParameter.ParameterNameDuplicated
  InvalidParameterValue InvalidParameterValue.AgentUnsupportedCommandType
  InvalidParameterValue.CommandContentInvalid InvalidParameterValue.CommandNameDuplicated
  InvalidParameterValue.InconsistentInstance InvalidParameterValue.InvalidCommandName
  InvalidParameterValue.InvalidContent InvalidParameterValue.InvalidFilter InvalidParameterValue.InvalidInstanceId
  InvalidParameterValue.InvalidInvocationId InvalidParameterValue.InvalidInvocationTaskId
  InvalidParameterValue.InvalidUsername InvalidParameterValue.InvalidWorkingDirectory
  InvalidParameterValue.LackOfParameterInfo InvalidParameterValue.LimitExceeded InvalidParameterValue.Range
  InvalidParameterValue.TooLong MissingParameter ResourceNotFound.InstanceNotFound ResourceNotFound.RoleNotFound
  ResourceUnavailable ResourceUnavailable.AgentNotInstalled ResourceUnavailable.AgentStatusNotOnline
  ResourceUnavailable.InstanceStateNotRunning ResourceUnavailable.LighthouseUnsupportedRegion
  UnauthorizedOperation.AssumeRoleUnauthorized UnauthorizedOperation.CamAuthFailed
  UnauthorizedOperation.InvalidToken UnauthorizedOperation.MFAExpired UnauthorizedOperation.MFANotFound
  UnsupportedOperation`;

const TAG = `
  FailedOperation InvalidParameter.ReservedTagKey InvalidParameter.Tag InvalidParameterValue.DeleteTagsParamError
  InvalidParameterValue.ResourceDescriptionError InvalidParameterValue.TagKeyCharacterIllegal
  InvalidParameterValue.TagKeyEmpty InvalidParameterValue.TagKeyLengthExceeded
  InvalidParameterValue.TagValueCharacterIllegal InvalidParameterValue.TagValueLengthExceeded LimitExceeded.Quota
  LimitExceeded.ResourceAttachedTags LimitExceeded.TagKey LimitExceeded.TagValue`;

const V2 = `
  4000 4100 4101 4102 4103 4104 4105 4106 4110 4200 4300 4400 4500 4600 5000 5100 5200 5300 5400 5500 6000 6100 6200`;

test.each([
  ['tencent', CVM],
  ['lighthouse', LIGHTHOUSE],
  ['aliyun', ECS],
  ['swas', SWAS],
  ['qcloud 2017-03-12', `${CVM} InvalidKeyPairDescriptionTooLong`],
  ['qcloud v2', V2],
])('%s has a row for every documented code', (label, list) => {
  const table = INTERFACES.find((api) => api.label === label)!.table;
  const codes = list.trim().split(/\s+/);
  expect(codes.length).toBeGreaterThan(label === 'swas' ? 2 : 15);
  expect(codes.filter((code) => !Object.hasOwn(table, code))).toEqual([]);
});

test.each([
  ['TAT', TAT, tatErrors],
  ['Tag', TAG, tagErrors],
])('%s has a row for every documented code', (_label, list, table) => {
  const codes = list.trim().split(/\s+/);
  expect(codes.filter((code) => !Object.hasOwn(table, code))).toEqual([]);
  for (const row of Object.values(table)) expect(row.hint).toMatch(/^[a-z].*[^.]$/);
});

test('a state in which an instance cannot be bound is a conflict, with a way out', () => {
  const { table } = INTERFACES[0]!;
  for (const state of STATES.split(' ')) {
    expect(table[`UnsupportedOperation.InstanceState${state}`]).toMatchObject({ code: 'CONFLICT' });
  }
  expect(table['UnsupportedOperation.InstanceStateRunning']?.hint).toContain('--force-stop');
});
