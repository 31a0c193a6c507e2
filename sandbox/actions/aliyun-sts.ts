import { fields, integer, optional, text } from '../params.ts';
import { ApiError } from '../api-error.ts';
import { ACCOUNTS, assumedRoleOf, findRole, readWebIdentity, type Role, trusts, USERS } from '../accounts.ts';
import { expiryOf, isoSeconds, issueCredentials } from '../sessions.ts';
import { action, type Actions, type Call, type Result } from './action.ts';

const ACCOUNT = ACCOUNTS.aliyun;

/** The account's identity provider. */
const PROVIDER = `acs:ram::${ACCOUNT}:oidc-provider/sandbox`;

/** The documents give 6,000 a minute for AssumeRole and nothing for the others. */
const PER_SECOND = 100;

const sessionParams = {
  RoleArn: text,
  RoleSessionName: text,
  DurationSeconds: optional(integer),
  Policy: optional(text),
};

/** Alibaba Cloud STS 2015-04-01. */
export const ALIYUN_STS_ACTIONS: Actions = new Map([
  [
    'AssumeRole',
    action(PER_SECOND, fields({ ...sessionParams, ExternalId: optional(text) }), (params, call) => {
      const role = roleAt(params.RoleArn);
      checkSession(params);
      if (role === null) {
        throw new ApiError('EntityNotExist.Role', `The specified Role not exists: ${params.RoleArn} .`, 404);
      }
      if (!trusts(role, params.ExternalId)) {
        const message = 'You are not authorized to do this action. You should be authorized by RAM.';
        throw new ApiError('NoPermission', message, 403);
      }
      return assume(role, params, call);
    }),
  ],
  [
    'AssumeRoleWithOIDC',
    action(
      PER_SECOND,
      fields({ ...sessionParams, OIDCProviderArn: text, OIDCToken: optional(text) }),
      (params, call) => {
        const role = roleAt(params.RoleArn);
        checkSession(params);
        if (params.OIDCProviderArn !== PROVIDER) throw denied('No such OIDC Provider registered.');
        const token = params.OIDCToken ?? '';
        if (token === '') throw oidcTokenError('Invalid', 'The OIDCToken can not empty.');
        const claims = readWebIdentity(token, call.now);
        if (claims === 'expired') throw oidcTokenError('Expired', 'This JsonWebToken is expired.');
        if (claims === 'malformed' || token.length > 20_000) {
          throw oidcTokenError('Invalid', 'The Jwt content is invalid that cannot be recognized.');
        }
        if (role === null || !trusts(role, undefined)) throw denied('There is no permission');
        const { subject: Subject, issuer: Issuer, audience: ClientIds } = claims;
        return { ...assume(role, params, call), OIDCTokenInfo: { Subject, Issuer, ClientIds } };
      },
    ),
  ],
  [
    'GetCallerIdentity',
    action(PER_SECOND, fields({}), (_params, call) => {
      const assumed = assumedRoleOf(call.caller);
      if (assumed === null) {
        return {
          IdentityType: 'RAMUser',
          AccountId: ACCOUNT,
          PrincipalId: USERS.aliyun,
          UserId: USERS.aliyun,
          Arn: `acs:ram::${ACCOUNT}:user/sandbox`,
        };
      }
      return {
        IdentityType: 'AssumedRoleUser',
        AccountId: ACCOUNT,
        PrincipalId: `${assumed.role.id}:${assumed.session}`,
        RoleId: assumed.role.id,
        Arn: `acs:ram::${ACCOUNT}:assumed-role/${assumed.role.name}/${assumed.session}`,
      };
    }),
  ],
]);

interface SessionRequest {
  readonly RoleSessionName: string;
  readonly DurationSeconds: number | undefined;
  readonly Policy: string | undefined;
}

function checkSession({ RoleSessionName, DurationSeconds = 3600, Policy = '{}' }: SessionRequest): void {
  if (!/^[A-Za-z0-9.@_-]{2,64}$/.test(RoleSessionName)) throw malformedParameter('RoleSessionName');
  if (DurationSeconds < 900 || DurationSeconds > 43_200) {
    const message = 'The Min/Max value of DurationSeconds is 15min/12hr.';
    throw new ApiError('InvalidParameter.DurationSeconds', message, 400);
  }
  try {
    JSON.parse(Policy);
  } catch {
    const message = 'The parameter Policy has not passed grammar check.';
    throw new ApiError('InvalidParameter.PolicyGrammar', message, 400);
  }
}

function assume(role: Role, { RoleSessionName: name, DurationSeconds }: SessionRequest, call: Call): Result {
  const expiresAt = expiryOf(call.now, call.behaviour.sessionSeconds ?? DurationSeconds ?? 3600);
  const { secretId, secretKey, token } = issueCredentials({
    vendor: 'aliyun',
    role: role.name,
    name,
    expiresAt,
  });
  return {
    AssumedRoleUser: {
      Arn: `acs:ram::${ACCOUNT}:role/${role.name}/${name}`,
      AssumedRoleId: `${role.id}:${name}`,
    },
    Credentials: {
      AccessKeyId: secretId,
      AccessKeySecret: secretKey,
      SecurityToken: token,
      Expiration: isoSeconds(expiresAt),
    },
  };
}

/** The role that an ARN names; null when it does not exist. @throws ApiError for a malformed ARN */
function roleAt(arn: string): Role | null {
  const [, account, name = ''] = /^acs:ram::(\d{1,20}):role\/([A-Za-z0-9.-]{1,64})$/.exec(arn) ?? [];
  if (account === undefined) throw malformedParameter('RoleArn');
  const role = account === ACCOUNT ? findRole(name) : null;
  // Only Tencent accepts an id in an ARN.
  return role?.name === name ? role : null;
}

function malformedParameter(name: string): ApiError {
  return new ApiError(`InvalidParameter.${name}`, `The parameter ${name} is wrongly formed.`, 400);
}

function oidcTokenError(why: 'Invalid' | 'Expired', message: string): ApiError {
  return new ApiError(`AuthenticationFail.OIDCToken.${why}`, message, 401);
}

function denied(message: string): ApiError {
  return new ApiError('AuthenticationFail.NoPermission', message, 401);
}
