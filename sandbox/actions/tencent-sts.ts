import { fields, integer, list, optional, text } from '../params.ts';
import { ApiError } from '../api-error.ts';
import {
  ACCOUNTS,
  assumedRoleOf,
  federatedUserOf,
  findRole,
  readWebIdentity,
  type Role,
  TEMPORARY,
  trusts,
  USERS,
} from '../accounts.ts';
import { expiryOf, isoSeconds, issueCredentials, type Session, sessionOf } from '../sessions.ts';
import { action, type Actions, type Call, type Result } from './action.ts';

/** The account's identity provider. */
const PROVIDER = 'sandbox-oidc';

const MAX_SECONDS = 43_200;

/** The longest session of a sub-user itself. */
const USER_MAX_SECONDS = 129_600;

/** The MFA device of the sub-user. */
const MFA_DEVICE = `qcs::cam:uin/${ACCOUNTS.tencent}::mfa/softToken`;

/** Tencent Cloud STS 2018-08-13. The rate limits are the documents' numbers. */
export const TENCENT_STS_ACTIONS: Actions = new Map([
  [
    'AssumeRole',
    action(
      600,
      fields({
        RoleArn: text,
        RoleSessionName: text,
        DurationSeconds: optional(integer),
        Policy: optional(text),
        ExternalId: optional(text),
        Tags: optional(list(fields({ Key: text, Value: text }))),
        SourceIdentity: optional(text),
        SerialNumber: optional(text),
        TokenCode: optional(text),
      }),
      (params, call) => {
        const role = roleAt(params.RoleArn);
        checkPolicy(params.Policy);
        checkTags(params.Tags ?? []);
        if (params.ExternalId !== undefined && !/^[\w+=,.@:/-]{2,128}$/.test(params.ExternalId)) {
          throw invalidParameter('ExternalId');
        }
        if (role === null) {
          throw new ApiError('ResourceNotFound.RoleNotFound', 'The role of the account does not exist.');
        }
        if (!trusts(role, params.ExternalId)) throw unauthorized();
        return assume(role, params, call);
      },
    ),
  ],
  [
    'AssumeRoleWithWebIdentity',
    action(
      80,
      fields({
        ProviderId: text,
        WebIdentityToken: text,
        RoleArn: text,
        RoleSessionName: text,
        DurationSeconds: optional(integer),
      }),
      (params, call) => {
        const role = roleAt(params.RoleArn);
        if (params.ProviderId !== PROVIDER) throw invalidParameter('ProviderId');
        if (typeof readWebIdentity(params.WebIdentityToken, call.now) === 'string') {
          throw new ApiError('InvalidParameter.WebIdentityTokenError', 'The WebIdentityToken is not valid.');
        }
        // This is the only code in the document that fits an unknown role.
        if (role === null) throw new ApiError('InternalError.GetRoleError', 'Failed to get the role.');
        if (!trusts(role, undefined)) throw unauthorized();
        return assume(role, params, call);
      },
    ),
  ],
  [
    'GetFederationToken',
    action(600, fields({ Name: text, Policy: text, DurationSeconds: optional(integer) }), (params, call) => {
      checkPermanent(call);
      if (!/^[A-Za-z]{1,128}$/.test(params.Name)) throw invalidParameter('Name');
      checkPolicy(params.Policy);
      return issue({ role: null, name: params.Name }, params.DurationSeconds ?? 1800, USER_MAX_SECONDS, call);
    }),
  ],
  [
    'GetSessionToken',
    action(
      100,
      fields({ SerialNumber: text, TokenCode: text, DurationSeconds: optional(integer) }),
      ({ SerialNumber, TokenCode, DurationSeconds = 1800 }, call) => {
        checkPermanent(call);
        if (SerialNumber !== MFA_DEVICE) throw invalidParameter('SerialNumber');
        // The sandbox has no secret of the device: any six digits but these are right.
        if (!/^\d{6}$/.test(TokenCode) || TokenCode === '000000') {
          throw new ApiError('FailedOperation.CheckMFAError', 'The MFA code is not valid.');
        }
        return issue({ role: null, name: '' }, DurationSeconds, USER_MAX_SECONDS, call);
      },
    ),
  ],
  [
    'GetCallerIdentity',
    action(20, fields({}), (_params, call) => {
      const assumed = assumedRoleOf(call.caller);
      const [account, user] = [ACCOUNTS.tencent, USERS.tencent];
      if (assumed === null) {
        const Arn = `qcs::cam:${account}:uin/${user}`;
        const federated = federatedUserOf(call.caller);
        if (federated !== null) {
          return {
            Arn: `qcs::sts:${account}:federated-user/${federated}`,
            AccountId: account,
            UserId: `${user}:${federated}`,
            PrincipalId: user,
            Type: 'FederatedUser',
          };
        }
        return { Arn, AccountId: account, UserId: user, PrincipalId: user, Type: 'CAMUser' };
      }
      return {
        Arn: `qcs::sts:${account}:assumed-role/${assumed.role.id}`,
        AccountId: account,
        UserId: `${assumed.role.id}:${assumed.session}`,
        PrincipalId: user,
        Type: 'CAMRole',
      };
    }),
  ],
]);

interface SessionRequest {
  readonly RoleSessionName: string;
  readonly DurationSeconds: number | undefined;
}

function assume(role: Role, { RoleSessionName: name, DurationSeconds }: SessionRequest, call: Call): Result {
  if (!/^[\w+=,.@-]{2,128}$/.test(name)) throw invalidParameter('RoleSessionName');
  return issue({ role: role.name, name }, DurationSeconds ?? 7200, MAX_SECONDS, call);
}

/** Issues the credentials of a session. @throws ApiError for a duration that is not allowed */
function issue(who: Pick<Session, 'role' | 'name'>, seconds: number, most: number, call: Call): Result {
  if (seconds < 1) throw invalidParameter('DurationSeconds');
  if (seconds > most) {
    throw new ApiError('InvalidParameter.OverTimeError', 'The DurationSeconds exceeds the limit.');
  }
  const expiresAt = expiryOf(call.now, call.behaviour.sessionSeconds ?? seconds);
  const { secretId, secretKey, token } = issueCredentials({ vendor: 'tencent', ...who, expiresAt });
  return {
    Credentials: { TmpSecretId: secretId, TmpSecretKey: secretKey, Token: token },
    ExpiredTime: expiresAt.getTime() / 1000,
    Expiration: isoSeconds(expiresAt),
  };
}

/** Only permanent credentials get a session of the user. @throws ApiError */
function checkPermanent({ caller }: Call): void {
  if (caller === null || caller === TEMPORARY.secretId || sessionOf(caller) !== null) throw unauthorized();
}

/** The role that an ARN names, by name or id; null when it does not exist. @throws ApiError for a malformed ARN */
function roleAt(arn: string): Role | null {
  const [, account, name = ''] = /^qcs::cam::uin\/(\d{1,20}):(?:roleName|role)\/([\w+=,.@/-]{1,256})$/.exec(arn) ?? [];
  if (account === undefined) throw invalidParameter('RoleArn');
  return account === ACCOUNTS.tencent ? findRole(name) : null;
}

/** Checks a policy: URL-encoded JSON. @throws ApiError */
function checkPolicy(policy: string | undefined): void {
  if (policy === undefined) return;
  try {
    JSON.parse(decodeURIComponent(policy));
  } catch {
    throw new ApiError('InvalidParameter.StrategyFormatError', 'The policy has a syntax error.');
  }
}

function checkTags(tags: readonly { readonly Key: string }[]): void {
  if (tags.length > 50 || new Set(tags.map(({ Key }) => Key)).size < tags.length) throw invalidParameter('Tags');
}

function invalidParameter(name: string): ApiError {
  return new ApiError('InvalidParameter.ParamError', `The parameter ${name} is not valid.`);
}

function unauthorized(): ApiError {
  return new ApiError('UnauthorizedOperation', 'You are not authorized to do this.');
}
