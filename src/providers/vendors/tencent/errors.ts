import { type ErrorRow, type ErrorTable, HINTS } from '../../response.ts';

const THROTTLED: ErrorRow = { code: 'UNAVAILABLE', hint: HINTS.slower, throttled: true };

/** The error codes of every service of Tencent Cloud's API 3.0 ("Common Error Codes"). */
export const COMMON_ERRORS: ErrorTable = {
  ActionOffline: { code: 'FAILURE', hint: HINTS.upgrade },
  AuthFailure: { code: 'AUTH', hint: HINTS.permission },
  'AuthFailure.InvalidAuthorization': { code: 'AUTH', hint: HINTS.secretKey },
  'AuthFailure.InvalidSecretId': { code: 'AUTH', hint: HINTS.secretId },
  'AuthFailure.MFAFailure': { code: 'AUTH', hint: HINTS.mfa },
  'AuthFailure.SecretIdNotFound': { code: 'AUTH', hint: HINTS.secretId },
  'AuthFailure.SignatureExpire': { code: 'AUTH', hint: HINTS.clock },
  'AuthFailure.SignatureFailure': { code: 'AUTH', hint: HINTS.secretKey },
  'AuthFailure.TokenFailure': { code: 'AUTH', hint: HINTS.token },
  'AuthFailure.UnauthorizedOperation': { code: 'AUTH', hint: HINTS.permission },
  DryRunOperation: { code: 'FAILURE', hint: HINTS.report },
  FailedOperation: { code: 'UNAVAILABLE', hint: HINTS.again, outcome: 'unknown' },
  InternalError: { code: 'UNAVAILABLE', hint: HINTS.again, outcome: 'unknown' },
  InternalServerError: { code: 'UNAVAILABLE', hint: HINTS.again, outcome: 'unknown' },
  InvalidAction: { code: 'FAILURE', hint: HINTS.upgrade },
  InvalidParameter: { code: 'USAGE', hint: HINTS.input },
  InvalidParameterValue: { code: 'USAGE', hint: HINTS.input },
  InvalidRequest: { code: 'FAILURE', hint: HINTS.report },
  IpInBlacklist: { code: 'AUTH', hint: HINTS.address },
  IpNotInWhitelist: { code: 'AUTH', hint: HINTS.address },
  LimitExceeded: { code: 'CONFLICT', hint: HINTS.quota },
  MissingParameter: { code: 'FAILURE', hint: HINTS.report },
  NoSuchProduct: { code: 'FAILURE', hint: HINTS.upgrade },
  NoSuchVersion: { code: 'FAILURE', hint: HINTS.upgrade },
  OperationDenied: { code: 'CONFLICT', hint: HINTS.busy },
  RequestLimitExceeded: THROTTLED,
  'RequestLimitExceeded.GlobalRegionUinLimitExceeded': THROTTLED,
  'RequestLimitExceeded.IPLimitExceeded': THROTTLED,
  'RequestLimitExceeded.UinLimitExceeded': THROTTLED,
  RequestSizeLimitExceeded: { code: 'USAGE', hint: HINTS.input },
  ResourceInUse: { code: 'CONFLICT', hint: HINTS.inUse },
  ResourceInsufficient: { code: 'UNAVAILABLE', hint: HINTS.again },
  ResourceNotFound: { code: 'NOT_FOUND', hint: HINTS.absent },
  ResourceUnavailable: { code: 'UNAVAILABLE', hint: HINTS.again },
  ResponseSizeLimitExceeded: { code: 'FAILURE', hint: HINTS.report, outcome: 'unknown' },
  ServiceUnavailable: { code: 'UNAVAILABLE', hint: HINTS.again, outcome: 'unknown' },
  UnauthorizedOperation: { code: 'AUTH', hint: HINTS.permission },
  UnknownParameter: { code: 'FAILURE', hint: HINTS.report },
  UnsupportedOperation: { code: 'FAILURE', hint: HINTS.upgrade },
  UnsupportedProtocol: { code: 'FAILURE', hint: HINTS.report },
  UnsupportedRegion: { code: 'NOT_FOUND', hint: HINTS.region },
};

/**
 * The states, besides running, in which an instance cannot be bound to a key pair (Associate- and
 * DisassociateInstancesKeyPairs).
 */
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

/** The codes of CVM's key pair actions, in API 3.0 and on the v2 gateway. */
export const CVM_ACTION_ERRORS: ErrorTable = {
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

/** All codes of CVM's actions on key pairs, instances and launch templates over API 3.0. */
export const cvmErrors: ErrorTable = {
  ...COMMON_ERRORS,
  ...CVM_ACTION_ERRORS,
  'InvalidParameterValue.LaunchTemplateIdMalformed': { code: 'FAILURE', hint: HINTS.report },
  // It was deleted meanwhile.
  'InvalidParameterValue.LaunchTemplateIdNotExisted': { code: 'NOT_FOUND', hint: HINTS.again },
  'InvalidParameterValue.LaunchTemplateIdVerNotExisted': { code: 'NOT_FOUND', hint: HINTS.again },
  'InvalidParameterValue.LaunchTemplateNotFound': { code: 'NOT_FOUND', hint: HINTS.again },
  'InvalidParameterValue.LaunchTemplateVersion': { code: 'FAILURE', hint: HINTS.report },
};

/** What is wrong with a request of ours, by the last part of the code: `InvalidParameterValue.Range`. */
const TAT_FAULTS = [
  'CommandContentInvalid',
  'CommandNameDuplicated',
  'InvalidCommandId',
  'InvalidCommandName',
  'InvalidContent',
  'InvalidFilter',
  'InvalidInvocationId',
  'InvalidInvocationTaskId',
  'InvalidWorkingDirectory',
  'LackOfParameterInfo',
  'LackOfParameters',
  'LimitExceeded',
  'ParameterDisabled',
  'ParameterInvalidJsonFormat',
  'ParameterKeyContainsInvalidChar',
  'ParameterKeyDuplicated',
  'ParameterKeyLenExceeded',
  'ParameterNumberExceeded',
  'ParameterValueNotString',
  'Range',
  'SupportParametersOnlyIfEnableParameter',
  'TooLong',
];

/** All codes of TAT's actions that run scripts (its SDKs list them at each action). */
export const tatErrors: ErrorTable = {
  ...COMMON_ERRORS,
  'FailedOperation.CVMError': { code: 'UNAVAILABLE', hint: HINTS.again, outcome: 'unknown' },
  'FailedOperation.LighthouseError': { code: 'UNAVAILABLE', hint: HINTS.again, outcome: 'unknown' },
  'InvalidParameter.ConflictParameter': { code: 'FAILURE', hint: HINTS.report },
  'InvalidParameter.InvalidUsername': { code: 'USAGE', hint: HINTS.account },
  'InvalidParameter.ParameterNameDuplicated': { code: 'FAILURE', hint: HINTS.report },
  ...Object.fromEntries(
    TAT_FAULTS.map((fault): [string, ErrorRow] => [
      `InvalidParameterValue.${fault}`,
      { code: 'FAILURE', hint: HINTS.report },
    ]),
  ),
  'InvalidParameterValue.AgentUnsupportedCommandType': { code: 'USAGE', hint: HINTS.linux },
  'InvalidParameterValue.InconsistentInstance': { code: 'USAGE', hint: HINTS.instance },
  'InvalidParameterValue.InvalidInstanceId': { code: 'NOT_FOUND', hint: HINTS.instance },
  'InvalidParameterValue.InvalidUsername': { code: 'USAGE', hint: HINTS.account },
  'ResourceNotFound.CommandNotFound': { code: 'FAILURE', hint: HINTS.report },
  'ResourceNotFound.InstanceNotFound': { code: 'NOT_FOUND', hint: HINTS.instance },
  'ResourceNotFound.RoleNotFound': { code: 'AUTH', hint: HINTS.refused },
  'ResourceUnavailable.AgentNotInstalled': { code: 'CONFLICT', hint: HINTS.agent },
  'ResourceUnavailable.AgentStatusNotOnline': { code: 'CONFLICT', hint: HINTS.agent },
  'ResourceUnavailable.CommandInExecuting': { code: 'CONFLICT', hint: HINTS.busy },
  'ResourceUnavailable.InstanceStateNotRunning': { code: 'CONFLICT', hint: HINTS.agentState },
  'ResourceUnavailable.LighthouseUnsupportedRegion': { code: 'FAILURE', hint: HINTS.region },
  'UnauthorizedOperation.AssumeRoleUnauthorized': { code: 'AUTH', hint: HINTS.refused },
  'UnauthorizedOperation.CamAuthFailed': { code: 'AUTH', hint: HINTS.permission },
  'UnauthorizedOperation.InvalidToken': { code: 'AUTH', hint: HINTS.token },
  'UnauthorizedOperation.MFAExpired': { code: 'AUTH', hint: HINTS.mfa },
  'UnauthorizedOperation.MFANotFound': { code: 'AUTH', hint: HINTS.mfa },
};

/** What is wrong with the tags of a request, by the last part of the code. */
const TAG_FAULTS = [
  'TagKeyCharacterIllegal',
  'TagKeyEmpty',
  'TagKeyLengthExceeded',
  'TagValueCharacterIllegal',
  'TagValueLengthExceeded',
];

/** All codes of ModifyResourceTags, by which CVM pairs get other tags (its SDKs list them). */
export const tagErrors: ErrorTable = {
  ...COMMON_ERRORS,
  'InvalidParameter.ReservedTagKey': { code: 'USAGE', hint: HINTS.tags },
  'InvalidParameter.Tag': { code: 'USAGE', hint: HINTS.tags },
  'InvalidParameterValue.DeleteTagsParamError': { code: 'FAILURE', hint: HINTS.report },
  'InvalidParameterValue.ResourceDescriptionError': { code: 'NOT_FOUND', hint: HINTS.absent },
  ...Object.fromEntries(
    TAG_FAULTS.map((fault): [string, ErrorRow] => [
      `InvalidParameterValue.${fault}`,
      { code: 'USAGE', hint: HINTS.tags },
    ]),
  ),
  'LimitExceeded.Quota': { code: 'CONFLICT', hint: HINTS.tagQuota },
  'LimitExceeded.ResourceAttachedTags': { code: 'CONFLICT', hint: HINTS.tagQuota },
  'LimitExceeded.TagKey': { code: 'CONFLICT', hint: HINTS.tagQuota },
  'LimitExceeded.TagValue': { code: 'CONFLICT', hint: HINTS.tagQuota },
};

/**
 * All codes of Lighthouse's key pair actions (https://cloud.tencent.com/document/api/1207/55543 and its neighbours).
 */
export const lighthouseErrors: ErrorTable = {
  ...COMMON_ERRORS,
  'FailedOperation.CreateKeyPairFailed': { code: 'UNAVAILABLE', hint: HINTS.again, outcome: 'unknown' },
  'FailedOperation.DeleteKeyPairFailed': { code: 'UNAVAILABLE', hint: HINTS.again, outcome: 'unknown' },
  'FailedOperation.DescribeInstanceStatus': { code: 'UNAVAILABLE', hint: HINTS.again, outcome: 'unknown' },
  'FailedOperation.ImportKeyPairFailed': { code: 'UNAVAILABLE', hint: HINTS.again, outcome: 'unknown' },
  'FailedOperation.InstanceOperationFailed': { code: 'UNAVAILABLE', hint: HINTS.again, outcome: 'unknown' },
  'InvalidParameter.InvalidFilter': { code: 'FAILURE', hint: HINTS.report },
  'InvalidParameter.ParameterConflict': { code: 'FAILURE', hint: HINTS.report },
  'InvalidParameterValue.DuplicateParameterValue': { code: 'CONFLICT', hint: HINTS.taken },
  'InvalidParameterValue.Duplicated': { code: 'USAGE', hint: HINTS.input },
  'InvalidParameterValue.InstanceIdMalformed': { code: 'USAGE', hint: HINTS.instance },
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
  'OperationDenied.InstanceCreating': { code: 'CONFLICT', hint: HINTS.busy },
  'OperationDenied.InstanceOperationInProgress': { code: 'CONFLICT', hint: HINTS.busy },
  'ResourceInUse.KeyPairInUse': { code: 'CONFLICT', hint: HINTS.inUse },
  'ResourceNotFound.InstanceIdNotFound': { code: 'NOT_FOUND', hint: HINTS.instance },
  'ResourceNotFound.InstanceNotFound': { code: 'NOT_FOUND', hint: HINTS.instance },
  'ResourceNotFound.KeyIdNotFound': { code: 'NOT_FOUND', hint: HINTS.absent },
  'UnauthorizedOperation.MFAExpired': { code: 'AUTH', hint: HINTS.mfa },
  'UnauthorizedOperation.MFANotFound': { code: 'AUTH', hint: HINTS.mfa },
  'UnauthorizedOperation.NoPermission': { code: 'AUTH', hint: HINTS.permission },
  'UnsupportedOperation.InstanceDisplayAreaNotSupportOperation': {
    code: 'CONFLICT',
    hint: HINTS.unsupported,
  },
  'UnsupportedOperation.InvalidInstanceState': { code: 'CONFLICT', hint: HINTS.state },
  'UnsupportedOperation.KeyPairBindDuplicate': { code: 'CONFLICT', hint: HINTS.bound },
  'UnsupportedOperation.KeyPairBindToBlueprints': { code: 'CONFLICT', hint: HINTS.inUse },
  'UnsupportedOperation.KeyPairNotBoundToInstance': { code: 'CONFLICT', hint: HINTS.unbound },
  'UnsupportedOperation.KeyPairUnbindUsernameMismatch': { code: 'USAGE', hint: HINTS.user },
  'UnsupportedOperation.LatestOperationUnfinished': { code: 'CONFLICT', hint: HINTS.busy },
  'UnsupportedOperation.WindowsNotAllowToAssociateKeyPair': { code: 'USAGE', hint: HINTS.linux },
  'UnsupportedOperation.WindowsNotSupportKeyPair': { code: 'USAGE', hint: HINTS.linux },
};
