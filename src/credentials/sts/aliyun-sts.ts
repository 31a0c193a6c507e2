import { stringify } from 'node:querystring';
import type { Credentials } from '../../providers/credentials.ts';
import type { HttpRequest } from '../../http/types.ts';
import { t } from '../../i18n/t.ts';
import { type Answer, type Call, type ErrorTable, HINTS, requireRequestId } from '../../providers/response.ts';
import { identityLine, secretsOf, temporaryIn, type Sts, type StsOptions, type WebSession } from './sts.ts';
import { fieldsOf } from '../../providers/parse.ts';
import { acs3Request, openAnswer } from '../../providers/vendors/aliyun/api.ts';
import { GATEWAY_ERRORS } from '../../providers/vendors/aliyun/errors.ts';

const service = {
  id: 'aliyun',
  title: t`Alibaba Cloud STS`,
  documentation: 'https://help.aliyun.com/zh/ram/developer-reference/api-sts-2015-04-01-errorcodes',
} as const;

const BAD_SESSION = { code: 'AUTH', hint: HINTS.session } as const;
const NO_ROLE = { code: 'AUTH', hint: HINTS.role } as const;

/** The codes of AssumeRole and AssumeRoleWithOIDC (the document above), and the gateway's. */
const errors: ErrorTable = {
  ...GATEWAY_ERRORS,
  AuthenticationFail: { code: 'AUTH', hint: HINTS.assume },
  'AuthenticationFail.OIDCToken': { code: 'AUTH', hint: HINTS.webToken },
  EntityNotExist: NO_ROLE,
  InvalidParameter: BAD_SESSION,
  'InvalidParameter.PolicyGrammar': { code: 'AUTH', hint: HINTS.policy },
  'InvalidParameter.PolicySize': { code: 'AUTH', hint: HINTS.policy },
  'InvalidParameter.RoleArn': NO_ROLE,
  NoPermission: { code: 'AUTH', hint: HINTS.assume },
};

const VERSION = '2015-04-01';

/** The default session length of the vendor's credentials library. */
const DURATION_SECONDS = 3600;

/** Alibaba Cloud's STS, API of 2015-04-01. */
export const sts: Sts = {
  async assumeRole({ roleArn, sessionName, durationSeconds, policy, externalId }, base, options) {
    const parameters = {
      DurationSeconds: durationSeconds ?? DURATION_SECONDS,
      ...(externalId === null ? {} : { ExternalId: externalId }),
      ...(policy === null ? {} : { Policy: policy }),
      RoleArn: roleArn,
      RoleSessionName: sessionName,
    };
    return credentialsIn(await signed('AssumeRole', parameters, base, options), options);
  },
  async assumeRoleWithWebIdentity(session, options) {
    const redacted = { id: '', secret: session.token, token: null };
    return credentialsIn(await call('AssumeRoleWithOIDC', oidcRequest(session, options), redacted, options), options);
  },
  async callerIdentity(credentials, options) {
    const answer = await signed('GetCallerIdentity', {}, credentials, options);
    requireRequestId(answer);
    const line = (value: unknown): string | null => identityLine(value, credentials);
    return {
      account: line(answer.fields['AccountId']),
      identity: line(answer.fields['Arn']),
      type: line(answer.fields['IdentityType']),
      requestId: line(answer.requestId),
    };
  },
};

function signed(
  action: string,
  parameters: Readonly<Record<string, unknown>>,
  credentials: Credentials,
  options: StsOptions,
): Promise<Answer> {
  const { endpoint, now, nonce } = options;
  const signing = { endpoint, apiVersion: VERSION, now, nonce };
  const request = acs3Request(action, parameters, credentials, signing);
  return call(action, request, credentials, options);
}

/**
 * The request as the vendor's credentials library sends it: RPC style, unsigned, the token in the body, which is never
 * logged.
 */
function oidcRequest(session: WebSession, { endpoint, now }: StsOptions): HttpRequest {
  const query = stringify({
    Version: VERSION,
    Action: 'AssumeRoleWithOIDC',
    Format: 'JSON',
    Timestamp: now()
      .toISOString()
      .replace(/\.\d{3}Z$/, 'Z'),
  });
  return {
    method: 'POST',
    url: new URL(`/?${query}`, endpoint),
    headers: {
      host: endpoint.host,
      accept: 'application/json',
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: stringify({
      OIDCProviderArn: session.providerId,
      OIDCToken: session.token.reveal(),
      RoleArn: session.roleArn,
      RoleSessionName: session.sessionName,
      DurationSeconds: DURATION_SECONDS,
    }),
  };
}

async function call(
  action: string,
  request: HttpRequest,
  redacted: Call['credentials'],
  { send, signal }: StsOptions,
): Promise<Answer> {
  const response = await send(request, { signal, secrets: secretsOf(redacted) });
  return openAnswer({ service, action, changes: false, credentials: redacted, errors }, response);
}

function credentialsIn(answer: Answer, { now }: StsOptions) {
  const credentials = fieldsOf(answer.fields['Credentials']);
  const reported = {
    id: credentials?.['AccessKeyId'],
    secret: credentials?.['AccessKeySecret'],
    token: credentials?.['SecurityToken'],
    expiresAt: credentials?.['Expiration'],
  };
  return temporaryIn(answer, reported, now());
}
