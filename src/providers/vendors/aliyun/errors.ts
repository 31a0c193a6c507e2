import { type ErrorRow, type ErrorTable, HINTS } from '../../response.ts';

const THROTTLED: ErrorRow = { code: 'UNAVAILABLE', hint: HINTS.slower, throttled: true };

/** The codes of Alibaba Cloud's gateway, which answers before any service does. */
export const GATEWAY_ERRORS: ErrorTable = {
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
  'Rejected.Throttling': THROTTLED,
  ServiceUnavailable: { code: 'UNAVAILABLE', hint: HINTS.again, outcome: 'unknown' },
  SignatureDoesNotMatch: { code: 'AUTH', hint: HINTS.secretKey },
  // We never use a nonce twice, so something repeated the request. The first one may have created the pair.
  SignatureNonceUsed: { code: 'UNAVAILABLE', hint: HINTS.replay, outcome: 'unknown' },
  Throttling: THROTTLED,
  'Throttling.Api': THROTTLED,
  'Throttling.User': THROTTLED,
  UnsupportedHTTPMethod: { code: 'FAILURE', hint: HINTS.report },
};

/** The codes of the actions that ECS and Simple Application Server have in common. */
const SHARED: ErrorTable = {
  ...GATEWAY_ERRORS,
  ClientIsUpgrading: { code: 'CONFLICT', hint: HINTS.busy },
  ClientNeedUpgrade: { code: 'CONFLICT', hint: HINTS.agent },
  ClientNotRunning: { code: 'CONFLICT', hint: HINTS.agent },
  'CmdContent.ExceedLimit': { code: 'FAILURE', hint: HINTS.report },
  'DependencyViolation.WindowsInstance': { code: 'USAGE', hint: HINTS.linux },
  IncorrectInstanceStatus: { code: 'CONFLICT', hint: HINTS.state },
  InstanceKeyPairLimitExceeded: { code: 'USAGE', hint: HINTS.input },
  InstanceNotRunning: { code: 'CONFLICT', hint: HINTS.agentState },
  'InternalError.Dispatch': { code: 'UNAVAILABLE', hint: HINTS.again, outcome: 'unknown' },
  'InvalidInstance.NotFound': { code: 'NOT_FOUND', hint: HINTS.instance },
  // Its system or its state.
  'InvalidInstance.NotMatch': { code: 'CONFLICT', hint: HINTS.agentState },
  InvalidInstanceId: { code: 'NOT_FOUND', hint: HINTS.instance },
  'InvalidInstanceIds.ValueNotSupported': { code: 'USAGE', hint: HINTS.instance },
  'InvalidKeyPair.NotFound': { code: 'NOT_FOUND', hint: HINTS.absent },
  'InvalidKeyPairName.Malformed': { code: 'USAGE', hint: HINTS.name },
  'InvalidKeyPairName.NotFound': { code: 'NOT_FOUND', hint: HINTS.absent },
  'InvalidKeyPairNames.ValueNotSupported': { code: 'USAGE', hint: HINTS.name },
  'InvalidParameter.KeypairAlreadyAttachedInstance': { code: 'CONFLICT', hint: HINTS.inUse },
  'InvalidParameter.WorkingDir': { code: 'FAILURE', hint: HINTS.report },
  'InvalidPublicKeyBody.Malformed': { code: 'USAGE', hint: HINTS.publicKey },
  'InvalidRegionId.NotFound': { code: 'NOT_FOUND', hint: HINTS.region },
  'Invocation.ExceedQuota': { code: 'UNAVAILABLE', hint: HINTS.runs },
  'KeyPair.AlreadyExist': { code: 'CONFLICT', hint: HINTS.taken },
  'Operation.Forbidden': { code: 'CONFLICT', hint: HINTS.unsupported },
  QuotaExceed: { code: 'CONFLICT', hint: HINTS.quota },
  'QuotaExceed.KeyPair': { code: 'CONFLICT', hint: HINTS.quota },
  'Username.ExceedLimit': { code: 'USAGE', hint: HINTS.account },
};

/** The codes of ECS's actions on key pairs, of Cloud Assistant and launch templates, and of the gateway. */
export const ecsErrors: ErrorTable = {
  ...SHARED,
  'CmdContent.DecodeError': { code: 'FAILURE', hint: HINTS.report },
  'DependencyViolation.IoOptimize': { code: 'CONFLICT', hint: HINTS.unsupported },
  'Duplicate.TagKey': { code: 'USAGE', hint: HINTS.tags },
  IdempotentParameterMismatch: { code: 'FAILURE', hint: HINTS.report },
  // The request that this one repeats.
  IdempotentProcessing: { code: 'UNAVAILABLE', hint: HINTS.again, outcome: 'unknown' },
  'InstanceIds.ExceedLimit': { code: 'FAILURE', hint: HINTS.report },
  'InvalidClientToken.Malformed': { code: 'FAILURE', hint: HINTS.report },
  'InvalidLaunchTemplate.NotFound': { code: 'NOT_FOUND', hint: HINTS.again },
  'InvalidRepeatMode.NotFound': { code: 'FAILURE', hint: HINTS.upgrade },
  'InvalidResourceId.NotFound': { code: 'NOT_FOUND', hint: HINTS.absent },
  'InvalidResourceType.NotFound': { code: 'FAILURE', hint: HINTS.report },
  'InvalidResourceGroup.NotFound': { code: 'NOT_FOUND', hint: HINTS.resourceGroup },
  'InvalidTagKey.Malformed': { code: 'USAGE', hint: HINTS.tags },
  'InvalidTagValue.Malformed': { code: 'USAGE', hint: HINTS.tags },
  'MissingParam.InstanceId': { code: 'FAILURE', hint: HINTS.report },
  NumberExceed: { code: 'USAGE', hint: HINTS.tagQuota },
  'OperationDenied.QuotaExceed': { code: 'CONFLICT', hint: HINTS.tagQuota },
  'QuotaExceed.Tags': { code: 'CONFLICT', hint: HINTS.tagQuota },
  'RegionId.ApiNotSupported': { code: 'FAILURE', hint: HINTS.region },
};

/**
 * The codes of Simple Application Server. Its pages list two for servers, and name none for key pairs and scripts: those
 * of ECS, on which it runs, are expected there.
 */
export const swasErrors: ErrorTable = {
  ...SHARED,
  'InvalidInstanceId.NotFound': { code: 'NOT_FOUND', hint: HINTS.instance },
};
