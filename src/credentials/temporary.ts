import { causedBy, KeypairError } from '../errors.ts';
import { t, withLabel } from '../i18n/t.ts';
import type { Credentials, CredentialSource } from '../providers/credentials.ts';
import { Secret } from '../secret.ts';

/** Temporary credentials as a service returns them; the caller adds their source. */
export type Temporary = Omit<Credentials, 'source'>;

/** The fields of an answer that should hold temporary credentials. Each may be anything. */
export interface ReportedSession {
  readonly id: unknown;
  readonly secret: unknown;
  readonly token: unknown;
  /** When they expire: seconds since 1970, or `2026-11-22T00:00:00Z`. */
  readonly expiresAt: unknown;
}

/**
 * The longest values. Tencent documents 1024 bytes for id and secret, 4096 for the token; Alibaba documents none. All
 * go into headers.
 */
const LONGEST = { id: 1024, secret: 1024, token: 16_384 } as const;

/**
 * Reads temporary credentials from an answer. For an unusable answer it returns a text that follows `answered` and
 * quotes nothing of the answer.
 */
export function readTemporary(reported: ReportedSession, now: Date): Temporary | string {
  const id = wordIn(reported.id, LONGEST.id);
  const secret = wordIn(reported.secret, LONGEST.secret);
  const token = wordIn(reported.token, LONGEST.token);
  if (id === null || secret === null || token === null) return t`without usable credentials`;
  const expiresAt = timeIn(reported.expiresAt);
  if (expiresAt === null) return t`without the time when the credentials expire`;
  if (expiresAt <= now) return t`with credentials that have expired already`;
  return { id, secret: new Secret(secret), token: new Secret(token), expiresAt };
}

/** Visible ASCII without spaces: it goes into headers. */
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

/**
 * How long before their expiry temporary credentials are renewed, in milliseconds: longer than any one request takes.
 */
const MARGIN_MS = 5 * 60_000;

/** The margin of short sessions, as a part of their lifetime: else every request would renew them. */
const MARGIN_PART = 1 / 4;

/** Credentials that cannot be renewed are used until this long before their expiry, in milliseconds. */
const LAST_USE_MS = 30_000;

/** The pause after a failed renewal, while the old credentials are valid, in milliseconds. */
const PAUSE_MS = 60_000;

/**
 * A source of temporary credentials, which are kept in memory only. It requests them on first use and again before they
 * expire. Concurrent callers share one request, which is aborted when all of them are. The next caller retries a failed
 * request, unless the failure is final. While the old credentials are valid, it returns these instead.
 *
 * @param obtain requests new ones. Its signal is aborted when no caller waits any more.
 */
export function renewableSource(
  source: string,
  obtain: (signal: AbortSignal) => Promise<Credentials>,
  now: () => Date,
): CredentialSource {
  let cached: CachedCredentials | null = null;
  let pending: PendingRenewal | null = null;
  let refused: KeypairError | null = null;

  const renew = async (signal: AbortSignal): Promise<Credentials> => {
    if (refused !== null) throw refused;
    try {
      const credentials = await obtain(signal);
      cached = { credentials, renewAt: renewalOf(credentials, now().getTime()) };
      return credentials;
    } catch (error) {
      const time = now().getTime();
      if (cached === null || signal.aborted || endOf(cached.credentials) - time < LAST_USE_MS) {
        if (error instanceof KeypairError && error.final) refused = error;
        throw error;
      }
      cached = { ...cached, renewAt: time + PAUSE_MS };
      return cached.credentials;
    }
  };
  const ask = (): PendingRenewal => {
    const controller = new AbortController();
    const renewal: PendingRenewal = { waiting: 0, controller, answer: renew(controller.signal) };
    const forget = (): void => {
      if (pending === renewal) pending = null;
    };
    // The waiting callers get the error; without any, the rejection counts as handled.
    renewal.answer.then(forget, forget);
    return renewal;
  };
  return {
    source,
    current: async (signal) => {
      const time = now().getTime();
      if (cached !== null && time < Math.min(cached.renewAt, endOf(cached.credentials))) return cached.credentials;
      if (signal.aborted) throw cancelled();
      const renewal = (pending ??= ask());
      renewal.waiting++;
      try {
        return await unlessAborted(renewal.answer, signal);
      } finally {
        renewal.waiting--;
        if (renewal.waiting === 0) {
          if (pending === renewal) pending = null;
          renewal.controller.abort();
        }
      }
    },
  };
}

interface CachedCredentials {
  readonly credentials: Credentials;
  /** In milliseconds since 1970. */
  readonly renewAt: number;
}

/** One request for new credentials, and the number of callers that wait for it. */
interface PendingRenewal {
  waiting: number;
  readonly controller: AbortController;
  readonly answer: Promise<Credentials>;
}

function endOf({ expiresAt }: Credentials): number {
  return expiresAt?.getTime() ?? Infinity;
}

function renewalOf(credentials: Credentials, time: number): number {
  const end = endOf(credentials);
  return end - Math.min(MARGIN_MS, Math.max(0, end - time) * MARGIN_PART);
}

async function unlessAborted<T>(answer: Promise<T>, signal: AbortSignal): Promise<T> {
  let abort = (): void => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    abort = () => {
      reject(cancelled());
    };
  });
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([answer, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

function cancelled(): KeypairError {
  return new KeypairError('CANCELLED', t`cancelled while waiting for temporary credentials`);
}

/**
 * The error for credentials that could not be obtained: what was tried, and why it failed. Its outcome is `none`, even
 * if the answer was lost: nothing has changed in the cloud. A bad request gives `AUTH`, too: `USAGE` or `NOT_FOUND`
 * would be about key pairs.
 *
 * @param attempt `cannot assume the role …`.
 * @param hints in place of the failure's own.
 * @throws the failure itself if it is no KeypairError.
 */
export function credentialError(attempt: string, error: unknown, hints?: readonly string[]): KeypairError {
  if (!(error instanceof KeypairError)) throw error;
  const details = {
    ...causedBy(error),
    hints: hints ?? error.hints,
    outcome: 'none',
    throttled: error.throttled,
    retryAfterMs: error.retryAfterMs,
  } as const;
  switch (error.code) {
    case 'CANCELLED':
      return new KeypairError('CANCELLED', error.message, details);
    case 'UNAVAILABLE':
    case 'FAILURE':
      return new KeypairError(error.code, withLabel(attempt, error.message), details);
    default:
      return new KeypairError('AUTH', withLabel(attempt, error.message), details);
  }
}
