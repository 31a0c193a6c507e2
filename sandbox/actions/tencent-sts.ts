import { fields, integer, list, optional, text } from '../params.ts';
import { ApiError } from '../api-error.ts';
import { ACCOUNTS, assumedRoleOf, findRole, readWebIdentity, type Role, trusts, USERS } from '../accounts.ts';
import { expiryOf, isoSeconds, issueCredentials } from '../sessions.ts';
import { action, type Actions, type Call, type Result } from './action.ts';

/** The account's identity provider. */
const PROVIDER = 'sandbox-oidc';

const MAX_SECONDS = 43_200;

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
    'GetCallerIdentity',
    action(20, fields({}), (_params, call) => {
      const assumed = assumedRoleOf(call.caller);
      const [account, user] = [ACCOUNTS.tencent, USERS.tencent];
      if (assumed === null) {
        const Arn = `qcs::cam:${account}:uin/${user}`;
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
  const seconds = DurationSeconds ?? 7200;
  if (seconds < 1) throw invalidParameter('DurationSeconds');
  if (seconds > MAX_SECONDS) {
    throw new ApiError('InvalidParameter.OverTimeError', 'The DurationSeconds exceeds the limit.');
  }
  const expiresAt = expiryOf(call.now, call.behaviour.sessionSeconds ?? seconds);
  const { secretId, secretKey, token } = issueCredentials({
    vendor: 'tencent',
    role: role.name,
    name,
    expiresAt,
  });
  return {
    Credentials: { TmpSecretId: secretId, TmpSecretKey: secretKey, Token: token },
    ExpiredTime: expiresAt.getTime() / 1000,
    Expiration: isoSeconds(expiresAt),
  };
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
  return new ApiError('UnauthorizedOperation', 'You are not authorized to assume this role.');
}
