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
  /** Who sends: `keypair/0.1.0`. */
  readonly sender: string;
  readonly signal: AbortSignal;
}

/** What is asked for with AssumeRole. Null leaves a field to the vendor. */
export interface RoleSession {
  readonly roleArn: string;
  readonly sessionName: string;
  readonly externalId: string | null;
  readonly durationSeconds: number | null;
  /** JSON. */
  readonly policy: string | null;
}

/** What is asked for with a token of an identity provider: AssumeRoleWithWebIdentity, AssumeRoleWithOIDC. */
export interface WebSession {
  readonly roleArn: string;
  readonly providerId: string;
  readonly token: Secret;
  readonly sessionName: string;
  readonly region: string | null;
}

/** Whose credentials they are, as the vendor says. Null is what it did not say. */
export interface CallerIdentity {
  /** The account: Tencent's uin, Alibaba's account id. */
  readonly account: string | null;
  /** ARN or the like: `acs:ram::1000000000000001:user/admin`. */
  readonly identity: string | null;
  /** The vendor's word: `CAMUser`, `RAMUser`, `AssumedRoleUser`. */
  readonly type: string | null;
  readonly requestId: string | null;
}

/**
 * One vendor's STS. Each method makes one request and changes nothing in the cloud.
 *
 * @throws KeypairError as the service's error codes say; `FAILURE` for an answer without what was asked for.
 */
export interface Sts {
  assumeRole(session: RoleSession, base: Credentials, options: StsOptions): Promise<Temporary>;
  /** Unsigned: the token says who asks. */
  assumeRoleWithWebIdentity(session: WebSession, options: StsOptions): Promise<Temporary>;
  callerIdentity(credentials: Credentials, options: StsOptions): Promise<CallerIdentity>;
}

/** @throws KeypairError `FAILURE` where the answer holds no usable credentials; it repeats nothing of the answer. */
export function temporaryIn(answer: Answer, reported: ReportedSession, now: Date): Temporary {
  const read = readTemporary(reported, now);
  if (typeof read === 'string') throw answer.malformed(read);
  return read;
}

/** Longer than any ARN: what is longer is none. */
const LONGEST_LINE = 512;

/**
 * A line of an answer on an identity, or null where it is none: it is shown, so that a service that quotes the
 * credentials must not bring them to light.
 */
export function identityLine(value: unknown, { secret, token }: Credentials): string | null {
  const line = lineOf(value);
  if (line === null || line.length > LONGEST_LINE) return null;
  return createRedactor(secretsOf({ secret, token })).text(line);
}

/** What of credentials must be seen nowhere. */
export function secretsOf({ secret, token }: Pick<Credentials, 'secret' | 'token'>): readonly Secret[] {
  return token === null ? [secret] : [secret, token];
}
