import {
  expiryOf,
  isoSeconds,
  issueCredentials,
  issueMetadataToken,
  type TemporaryCredentials,
  type Vendor,
} from '../sessions.ts';
import { fields, integer, text } from '../params.ts';
import { ApiError } from '../api-error.ts';
import { action, type Action, type Actions, type Call, type Result } from './action.ts';

/** The documents give no rate limit. */
const UNLIMITED = Infinity;

/** Both vendors issue credentials for six hours. */
const SIX_HOURS = 6 * 60 * 60;

/** Tencent's metadata service: the region, the role's name, the role's credentials. */
export const TENCENT_METADATA: Actions = new Map([
  ['metadata:region', region()],
  ['metadata:role', role()],
  [
    'metadata:credentials',
    credentials('tencent', (issued, expiresAt) => ({
      TmpSecretId: issued.secretId,
      TmpSecretKey: issued.secretKey,
      ExpiredTime: expiresAt.getTime() / 1000,
      Expiration: isoSeconds(expiresAt),
      Token: issued.token,
      Code: 'Success',
    })),
  ],
]);

/** Alibaba's metadata service: the same, and the token that the other requests need. */
export const ALIYUN_METADATA: Actions = new Map([
  [
    'metadata:token',
    action(UNLIMITED, fields({ ttl: integer }), ({ ttl }, { now }) => {
      if (ttl < 1 || ttl > 21_600) throw new ApiError('BadRequest', 'Bad Request', 400);
      return { text: issueMetadataToken(now, ttl) };
    }),
  ],
  ['metadata:region', region()],
  ['metadata:role', role()],
  [
    'metadata:credentials',
    credentials('aliyun', (issued, expiresAt, now) => ({
      AccessKeyId: issued.secretId,
      AccessKeySecret: issued.secretKey,
      Expiration: isoSeconds(expiresAt),
      SecurityToken: issued.token,
      LastUpdated: isoSeconds(now),
      Code: 'Success',
    })),
  ],
]);

function region(): Action {
  return action(UNLIMITED, fields({}), (_params, call) => ({ text: call.region }));
}

function role(): Action {
  return action(UNLIMITED, fields({}), (_params, call) => ({ text: roleOf(call) }));
}

function credentials(
  vendor: Vendor,
  write: (issued: TemporaryCredentials, expiresAt: Date, now: Date) => Result,
): Action {
  return action(UNLIMITED, fields({ role: text }), (params, call) => {
    const name = roleOf(call);
    if (params.role !== name) throw notFound();
    const expiresAt = expiryOf(call.now, call.behaviour.sessionSeconds ?? SIX_HOURS);
    return write(issueCredentials({ vendor, role: name, name: 'instance', expiresAt }), expiresAt, call.now);
  });
}

function notFound(): ApiError {
  return new ApiError('NotFound', 'Not Found', 404);
}

function roleOf({ behaviour }: Call): string {
  if (behaviour.instanceRole === null) throw notFound();
  return behaviour.instanceRole;
}
