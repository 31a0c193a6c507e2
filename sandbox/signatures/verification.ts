import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

import type { Account, AccountFor } from '../accounts.ts';

/** Why a signature is invalid. Each interface has its own errors for these. */
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

/** An invalid signature. */
export class SignatureError extends Error {
  override readonly name = 'SignatureError';
  readonly reason: SignatureReason;
  /** The name of a missing parameter; for `mismatch` and `incomplete`, what the server signed. */
  readonly detail: string;

  constructor(reason: SignatureReason, detail = '') {
    super(detail === '' ? reason : `${reason}: ${detail}`);
    this.reason = reason;
    this.detail = detail;
  }
}

/** What the verification of a signature depends on. */
export interface VerificationRules {
  readonly accountFor: AccountFor;
  readonly now: Date;
  /** The allowed clock skew in both directions. */
  readonly skewSeconds: number;
}

/** A verified signature. */
export interface VerifiedSignature {
  readonly id: string;
  /** Detects replays; null where the scheme has none (TC3). */
  readonly nonce: string | null;
}

/** Finds the account of an id. @throws SignatureError `unknown-id` */
export function findAccount(rules: VerificationRules, id: string): Account {
  const account = rules.accountFor(id);
  if (account === null) throw new SignatureError('unknown-id');
  return account;
}

/** Checks the token and its expiry. @throws SignatureError `token-…` */
export function checkToken(rules: VerificationRules, account: Account, token: string | undefined): void {
  if (account.token !== null && (token ?? '') === '') throw new SignatureError('token-missing');
  if (!constantTimeEqual(account.token ?? '', token ?? '')) throw new SignatureError('token-wrong');
  if (account.expiresAt !== null && account.expiresAt <= rules.now) throw new SignatureError('token-expired');
}

/** Checks the clock skew. @throws SignatureError `expired` */
export function checkClock(rules: VerificationRules, milliseconds: number): void {
  if (!(Math.abs(rules.now.getTime() - milliseconds) <= rules.skewSeconds * 1000)) {
    throw new SignatureError('expired');
  }
}

/** Compares two strings in constant time. */
export function constantTimeEqual(a: string, b: string): boolean {
  const [x, y] = [Buffer.from(a), Buffer.from(b)];
  return x.length === y.length && timingSafeEqual(x, y);
}

/** A hash as lower-case hex. */
export function hash(algorithm: 'sha256' | 'sm3', data: string | Buffer): string {
  return createHash(algorithm).update(data).digest('hex');
}

/** The bytes of an HMAC. */
export function hmac(algorithm: 'sha1' | 'sha256' | 'sm3', key: string | Buffer, data: string): Buffer {
  return createHmac(algorithm, key).update(data).digest();
}
