import { randomBytes } from 'node:crypto';
import { deriveBytes, deriveToken, readToken } from './derive-token.ts';

/** The two clouds. They share no credentials. */
export type Vendor = 'tencent' | 'aliyun';

/** A session of an assumed role, or of the sub-user itself. */
export interface Session {
  readonly vendor: Vendor;
  /** Null: the sub-user itself, by GetFederationToken or GetSessionToken. */
  readonly role: string | null;
  /** The RoleSessionName, or the name of the federated user. */
  readonly name: string;
  /** When the credentials expire, in whole seconds. */
  readonly expiresAt: Date;
}

/** Temporary credentials. */
export interface TemporaryCredentials {
  readonly secretId: string;
  readonly secretKey: string;
  readonly token: string;
}

const PREFIX = { tencent: 'AKID', aliyun: 'STS.' } as const;

/**
 * Issues new credentials for a session.
 *
 * The id contains the session; secret and token are derived from the id. So no state is needed, and every sandbox in any
 * process accepts the credentials.
 */
export function issueCredentials({ vendor, role, name, expiresAt }: Session): TemporaryCredentials {
  const session = JSON.stringify([expiresAt.getTime() / 1000, role, name, randomBytes(6).toString('base64url')]);
  return credentialsOf(`${PREFIX[vendor]}${deriveToken(vendor, session)}`);
}

/** The session of an id, expired or not; null when no sandbox issued it. */
export function sessionOf(id: string): Session | null {
  const vendor = id.startsWith(PREFIX.aliyun) ? 'aliyun' : 'tencent';
  if (!id.startsWith(PREFIX[vendor])) return null;
  const session = readToken(vendor, id.slice(PREFIX[vendor].length));
  if (session === null) return null;
  const [seconds, role, name] = JSON.parse(session) as [number, string | null, string];
  return { vendor, role, name, expiresAt: new Date(seconds * 1000) };
}

/** The credentials of an issued id. The token has characters that a query must escape. */
export function credentialsOf(secretId: string): TemporaryCredentials {
  return {
    secretId,
    secretKey: deriveBytes('key', secretId).toString('base64url').slice(0, 32),
    token: `sandbox+/${deriveBytes('token', secretId).toString('base64')}`,
  };
}

/** The expiry of a session that starts now, in whole seconds. */
export function expiryOf(now: Date, seconds: number): Date {
  return new Date((Math.floor(now.getTime() / 1000) + seconds) * 1000);
}

/** A time, also one in ISO 8601 with milliseconds, as `YYYY-MM-DDThh:mm:ssZ`, the format of both clouds. */
export function isoSeconds(time: Date | string): string {
  return new Date(time).toISOString().replace(/\.\d+Z$/, 'Z');
}

const PURPOSE = 'metadata-token';

/** A token of Alibaba's metadata service. Every sandbox accepts it. */
export function issueMetadataToken(now: Date, seconds: number): string {
  return deriveToken(PURPOSE, String(expiryOf(now, seconds).getTime()));
}

/** Whether a sandbox issued this token and it has not expired. */
export function isMetadataToken(token: string, now: Date): boolean {
  const expiresAt = readToken(PURPOSE, token);
  return expiresAt !== null && Number(expiresAt) > now.getTime();
}
