import { t } from '../i18n/t.ts';
import { Secret } from '../secret.ts';
import type { Credentials } from '../providers/credentials.ts';

/** Temporary credentials as a service gives them: where they are from is for the one who asked to say. */
export type Temporary = Omit<Credentials, 'source'>;

/** The fields of an answer that should hold temporary credentials. Each may be anything. */
export interface ReportedSession {
  readonly id: unknown;
  readonly secret: unknown;
  readonly token: unknown;
  /** When they end: seconds since 1970, or `2026-11-22T00:00:00Z`. */
  readonly expiresAt: unknown;
}

/** Tencent's documents: 1024 bytes for id and secret, 4096 for the token; Alibaba's give none. It has to fit a header. */
const LONGEST = { id: 1024, secret: 1024, token: 16_384 } as const;

/**
 * Temporary credentials out of an answer, or what is wrong with them, in words that follow `answered`: never with
 * anything that the answer holds.
 */
export function readTemporary(told: ReportedSession, now: Date): Temporary | string {
  const id = wordIn(told.id, LONGEST.id);
  const secret = wordIn(told.secret, LONGEST.secret);
  const token = wordIn(told.token, LONGEST.token);
  if (id === null || secret === null || token === null) return t`without usable credentials`;
  const expiresAt = timeIn(told.expiresAt);
  if (expiresAt === null) return t`without the time at which the credentials end`;
  if (expiresAt <= now) return t`with credentials that have expired already`;
  return { id, secret: new Secret(secret), token: new Secret(token), expiresAt };
}

/** Only what can be seen, without spaces: it goes into headers. */
function wordIn(value: unknown, longest: number): string | null {
  return typeof value === 'string' && value.length <= longest && /^[\x21-\x7e]+$/.test(value) ? value : null;
}

/** The end of the year 9999 in seconds: later ones cannot be written as ISO 8601. */
const LAST_SECOND = 253_402_300_799;

function timeIn(value: unknown): Date | null {
  if (typeof value === 'number') {
    return Number.isInteger(value) && value > 0 && value <= LAST_SECOND ? new Date(value * 1000) : null;
  }
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z$/.test(value)) return null;
  const time = new Date(value);
  // The 30th of February would become a day in March.
  return !Number.isNaN(time.getTime()) && time.toISOString().startsWith(value.slice(0, 19)) ? time : null;
}
