import { randomBytes } from 'node:crypto';
import { deriveBytes, deriveToken, readToken } from './derive-token.ts';

/** The two clouds: the credentials of one are unknown to the other. */
export type Vendor = 'tencent' | 'aliyun';

/** A role that somebody took on for a while. */
export interface Session {
  readonly vendor: Vendor;
  /** The role's name. */
  readonly role: string;
  /** RoleSessionName. */
  readonly name: string;
  /** From this moment on the credentials are refused. Whole seconds. */
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
 * Issues credentials for a session, different ones each time.
 *
 * The session stands in the id and the rest is derived from it, so nothing is kept and every sandbox, in this process
 * or another, knows them.
 */
export function issueCredentials({ vendor, role, name, expiresAt }: Session): TemporaryCredentials {
  const session = JSON.stringify([
    expiresAt.getTime() / 1000,
    role,
    name,
    randomBytes(6).toString('base64url'),
  ]);
  return credentialsOf(`${PREFIX[vendor]}${deriveToken(vendor, session)}`);
}

/** The session of an id, ended or not; null when no sandbox issued it. */
export function sessionOf(id: string): Session | null {
  const vendor = id.startsWith(PREFIX.aliyun) ? 'aliyun' : 'tencent';
  if (!id.startsWith(PREFIX[vendor])) return null;
  const session = readToken(vendor, id.slice(PREFIX[vendor].length));
  if (session === null) return null;
  const [seconds, role, name] = JSON.parse(session) as [number, string, string];
  return { vendor, role, name, expiresAt: new Date(seconds * 1000) };
}

/** The credentials that go with an id that was issued. The token has characters that must be escaped in a query. */
export function credentialsOf(secretId: string): TemporaryCredentials {
  return {
    secretId,
    secretKey: deriveBytes('key', secretId).toString('base64url').slice(0, 32),
    token: `sandbox+/${deriveBytes('token', secretId).toString('base64')}`,
  };
}

/** The end of a session that begins now and lasts so many seconds. */
export function expiryOf(now: Date, seconds: number): Date {
  return new Date((Math.floor(now.getTime() / 1000) + seconds) * 1000);
}

/** `YYYY-MM-DDThh:mm:ssZ`, as both vendors write Expiration. */
export function isoSeconds(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z');
}

const PURPOSE = 'metadata-token';

/** A token of Alibaba's metadata service, for so many seconds. Every sandbox knows it. */
export function issueMetadataToken(now: Date, seconds: number): string {
  return deriveToken(PURPOSE, String(expiryOf(now, seconds).getTime()));
}

/** Whether a sandbox issued this token and it has not ended. */
export function isMetadataToken(token: string, now: Date): boolean {
  const expiresAt = readToken(PURPOSE, token);
  return expiresAt !== null && Number(expiresAt) > now.getTime();
}
