import type { Secret } from '../../secret.ts';
import { readTemporary, type Temporary, type ReportedSession } from '../temporary.ts';
import type { Credentials } from '../../providers/credentials.ts';
import type { Send } from '../../http/types.ts';
import { createRedactor } from '../../http/redact.ts';
import type { Answer } from '../../providers/response.ts';
import { lineOf } from '../../providers/parse.ts';

/** How to call a vendor's Security Token Service (STS). */
export interface StsOptions {
  /** `https://sts.aliyuncs.com`. */
  readonly endpoint: URL;
  readonly send: Send;
  readonly now: () => Date;
  readonly nonce: () => string;
  /** The program's name for services: `keypair/0.1.0`. */
  readonly sender: string;
  readonly signal: AbortSignal;
}

/** The parameters of AssumeRole. Null leaves a field to the vendor. */
export interface RoleSession {
  readonly roleArn: string;
  readonly sessionName: string;
  readonly externalId: string | null;
  readonly durationSeconds: number | null;
  /** JSON. */
  readonly policy: string | null;
}

/** The parameters of AssumeRoleWithWebIdentity (Tencent) and AssumeRoleWithOIDC (Alibaba). */
export interface WebSession {
  readonly roleArn: string;
  readonly providerId: string;
  readonly token: Secret;
  readonly sessionName: string;
  readonly region: string | null;
}

/** The owner of credentials, as the vendor reports it. Null if it does not report a field. */
export interface CallerIdentity {
  /** The account: Tencent's uin, Alibaba's account id. */
  readonly account: string | null;
  /** ARN or the like: `acs:ram::1000000000000001:user/admin`. */
  readonly identity: string | null;
  /** The vendor's term: `CAMUser`, `RAMUser`, `AssumedRoleUser`. */
  readonly type: string | null;
  readonly requestId: string | null;
}

/**
 * One vendor's STS. Each method makes one request and changes nothing in the cloud.
 *
 * @throws KeypairError by the service's error codes; `FAILURE` for an incomplete answer.
 */
export interface Sts {
  assumeRole(session: RoleSession, base: Credentials, options: StsOptions): Promise<Temporary>;
  /** Unsigned: the token identifies the caller. */
  assumeRoleWithWebIdentity(session: WebSession, options: StsOptions): Promise<Temporary>;
  callerIdentity(credentials: Credentials, options: StsOptions): Promise<CallerIdentity>;
}

/** @throws KeypairError `FAILURE`, which quotes nothing of the answer, if the credentials in it are not usable. */
export function temporaryIn(answer: Answer, reported: ReportedSession, now: Date): Temporary {
  const read = readTemporary(reported, now);
  if (typeof read === 'string') throw answer.malformed(read);
  return read;
}

/** The longest line, in characters: longer than any ARN. */
const LONGEST_LINE = 512;

/**
 * A line of an answer about an identity, or null for anything else. It is printed, so secrets in it are redacted: a
 * service may quote the credentials.
 */
export function identityLine(value: unknown, { secret, token }: Credentials): string | null {
  const line = lineOf(value);
  if (line === null || line.length > LONGEST_LINE) return null;
  return createRedactor(secretsOf({ secret, token })).text(line);
}

/** The secret parts of credentials. */
export function secretsOf({ secret, token }: Pick<Credentials, 'secret' | 'token'>): readonly Secret[] {
  return token === null ? [secret] : [secret, token];
}
