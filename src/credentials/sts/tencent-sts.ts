import type {
  AssumeRoleRequest,
  AssumeRoleWithWebIdentityRequest,
} from 'tencentcloud-sdk-nodejs/tencentcloud/services/sts/v20180813/sts_models.js';
import { t } from '../../i18n/t.ts';
import type { Credentials } from '../../providers/credentials.ts';
import { type Answer, type Call, type ErrorTable, HINTS, requireRequestId } from '../../providers/response.ts';
import { identityLine, secretsOf, temporaryIn, type Sts, type StsOptions } from './sts.ts';
import { fieldsOf } from '../../providers/parse.ts';
import { openEnvelope, tc3Request } from '../../providers/vendors/tencent/api.ts';
import { COMMON_ERRORS } from '../../providers/vendors/tencent/errors.ts';

const service = {
  id: 'tencent',
  title: t`Tencent Cloud STS`,
  documentation: 'https://cloud.tencent.com/document/api/1312/48197',
} as const;

const NO_ROLE = { code: 'AUTH', hint: HINTS.role } as const;
const BAD_SESSION = { code: 'AUTH', hint: HINTS.session } as const;
const BAD_POLICY = { code: 'AUTH', hint: HINTS.policy } as const;

/** The codes of AssumeRole and AssumeRoleWithWebIdentity (`sts/v20180813/errors.go` of the vendor's SDK for Go). */
const errors: ErrorTable = {
  ...COMMON_ERRORS,
  'InternalError.GetRoleError': NO_ROLE,
  'InternalError.IllegalRole': NO_ROLE,
  InvalidParameter: BAD_SESSION,
  'InvalidParameter.AccountNotAvaliable': NO_ROLE,
  'InvalidParameter.ExtendStrategyOverSize': BAD_POLICY,
  'InvalidParameter.GrantOtherResource': BAD_POLICY,
  'InvalidParameter.OverLimit': { code: 'UNAVAILABLE', hint: HINTS.slower, throttled: true },
  'InvalidParameter.OverTimeError': BAD_SESSION,
  'InvalidParameter.ParamError': BAD_SESSION,
  'InvalidParameter.PolicyTooLong': BAD_POLICY,
  'InvalidParameter.ResouceError': BAD_POLICY,
  'InvalidParameter.StrategyFormatError': BAD_POLICY,
  'InvalidParameter.StrategyInvalid': BAD_POLICY,
  'InvalidParameter.WebIdentityTokenError': { code: 'AUTH', hint: HINTS.webToken },
  InvalidParameterValue: BAD_SESSION,
  ResourceNotFound: NO_ROLE,
  'ResourceNotFound.RoleNotFound': NO_ROLE,
  UnauthorizedOperation: { code: 'AUTH', hint: HINTS.assume },
};

/** The region of a regional host; else the default of the SDK's `STSCredential`: sessions are valid in every region. */
function regionOf({ hostname }: URL): string {
  return /^sts\.([a-z]+-[a-z0-9-]+)\.tencentcloudapi\.com$/.exec(hostname)?.[1] ?? 'ap-guangzhou';
}

/** Tencent Cloud's STS, API 3.0 of 2018-08-13. */
export const sts: Sts = {
  async assumeRole({ roleArn, sessionName, durationSeconds, policy, externalId }, base, options) {
    const parameters: AssumeRoleRequest = {
      RoleArn: roleArn,
      RoleSessionName: sessionName,
      ...(durationSeconds === null ? {} : { DurationSeconds: durationSeconds }),
      // The service decodes it once more, whatever the content type.
      ...(policy === null ? {} : { Policy: encodeURIComponent(policy) }),
      ...(externalId === null ? {} : { ExternalId: externalId }),
    };
    return credentialsIn(
      await call('AssumeRole', parameters, base, base, regionOf(options.endpoint), options),
      options,
    );
  },
  async assumeRoleWithWebIdentity({ roleArn, sessionName, token, providerId, region }, options) {
    const parameters: AssumeRoleWithWebIdentityRequest = {
      RoleArn: roleArn,
      RoleSessionName: sessionName,
      WebIdentityToken: token.reveal(),
      ProviderId: providerId,
    };
    const redacted = { id: '', secret: token, token: null };
    const action = 'AssumeRoleWithWebIdentity';
    return credentialsIn(
      await call(action, parameters, null, redacted, region ?? regionOf(options.endpoint), options),
      options,
    );
  },
  async callerIdentity(credentials, options) {
    const answer = await call('GetCallerIdentity', {}, credentials, credentials, regionOf(options.endpoint), options);
    requireRequestId(answer);
    const line = (value: unknown): string | null => identityLine(value, credentials);
    return {
      account: line(answer.fields['AccountId']),
      identity: line(answer.fields['Arn']),
      type: line(answer.fields['Type']),
      requestId: line(answer.requestId),
    };
  },
};

async function call(
  action: string,
  parameters: object,
  signer: Credentials | null,
  redacted: Call['credentials'],
  region: string,
  { endpoint, now, sender, send, signal }: StsOptions,
): Promise<Answer> {
  const signing = { region, apiVersion: '2018-08-13', endpoint, now, sender };
  const request = tc3Request(action, JSON.stringify(parameters), 'sts', signer, signing);
  const response = await send(request, { signal, secrets: secretsOf(redacted) });
  return openEnvelope({ service, action, changes: false, credentials: redacted, errors }, response);
}

function credentialsIn(answer: Answer, { now }: StsOptions) {
  const { fields } = answer;
  const credentials = fieldsOf(fields['Credentials']);
  const reported = {
    id: credentials?.['TmpSecretId'],
    secret: credentials?.['TmpSecretKey'],
    token: credentials?.['Token'],
    expiresAt: fields['ExpiredTime'] ?? fields['Expiration'],
  };
  return temporaryIn(answer, reported, now());
}
