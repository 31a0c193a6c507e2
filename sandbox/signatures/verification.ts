import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

import type { Account, AccountFor } from '../accounts.ts';

/** Why a signature was refused; each interface has its own words for it. */
export type SignatureReason =
  | 'missing'
  | 'malformed'
  | 'method'
  | 'unknown-id'
  | 'time-format'
  | 'expired'
  | 'token-missing'
  | 'token-wrong'
  | 'token-expired'
  | 'incomplete'
  | 'mismatch';

/** A refused signature. */
export class SignatureError extends Error {
  override readonly name = 'SignatureError';
  readonly reason: SignatureReason;
  /** The parameter's name, or for `mismatch` and `incomplete` what the server signed. */
  readonly detail: string;

  constructor(reason: SignatureReason, detail = '') {
    super(detail === '' ? reason : `${reason}: ${detail}`);
    this.reason = reason;
    this.detail = detail;
  }
}

/** What a verification needs of the world. */
export interface VerificationRules {
  readonly accountFor: AccountFor;
  readonly now: Date;
  /** Allowed clock difference, both ways. */
  readonly skewSeconds: number;
}

/** Who signed, and what tells this request from its replay. */
export interface VerifiedSignature {
  readonly id: string;
  /** Null where the scheme has none (TC3). */
  readonly nonce: string | null;
}

/** The account of an id. @throws SignatureFault `unknown-id` */
export function findAccount(rules: VerificationRules, id: string): Account {
  const account = rules.accountFor(id);
  if (account === null) throw new SignatureError('unknown-id');
  return account;
}

/** Compares a token with the account's, and its end with now. @throws SignatureFault `token-…` */
export function checkToken(rules: VerificationRules, account: Account, token: string | undefined): void {
  if (account.token !== null && (token ?? '') === '') throw new SignatureError('token-missing');
  if (!constantTimeEqual(account.token ?? '', token ?? '')) throw new SignatureError('token-wrong');
  if (account.expiresAt !== null && account.expiresAt <= rules.now) throw new SignatureError('token-expired');
}

/** @throws SignatureFault `expired` when a time is further away than the rules allow. */
export function checkClock(rules: VerificationRules, milliseconds: number): void {
  if (!(Math.abs(rules.now.getTime() - milliseconds) <= rules.skewSeconds * 1000)) {
    throw new SignatureError('expired');
  }
}

/** Compares without telling by the time taken where the difference is. */
export function constantTimeEqual(a: string, b: string): boolean {
  const [x, y] = [Buffer.from(a), Buffer.from(b)];
  return x.length === y.length && timingSafeEqual(x, y);
}

/** Lower-case hex SHA-256. */
export function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}

/** An HMAC's bytes. */
export function hmac(algorithm: 'sha1' | 'sha256', key: string | Buffer, data: string): Buffer {
  return createHmac(algorithm, key).update(data).digest();
}
