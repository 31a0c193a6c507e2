import { causedBy, KeypairError } from '../errors.ts';
import { withLabel } from '../i18n/phrases.ts';
import { t } from '../i18n/t.ts';
import type { Credentials, CredentialSource } from '../providers/credentials.ts';
import { Secret } from '../secret.ts';

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

/** How long before their end temporary credentials are renewed, in milliseconds: longer than any one request takes. */
const MARGIN_MS = 5 * 60_000;

/** Of short sessions this part of their life is the margin: else they would be renewed for each request. */
const MARGIN_PART = 1 / 4;

/** Credentials that cannot be renewed are still used until this long before their end, in milliseconds. */
const LAST_USE_MS = 30_000;

/** How long after a failed renewal the next is tried while the old ones are good, in milliseconds. */
const PAUSE_MS = 60_000;

/**
 * Temporary credentials, in memory only: asked for when they are first needed and again before they end. Several that
 * need them at once share one request, which goes on until the last of them has gone. A failure is forgotten, so that
 * the next one may try again, unless it is final; while the old ones are good for a while it is no failure at all.
 *
 * @param obtain asks for new ones. Its signal is aborted when nobody waits any more.
 */
export function renewableSource(
  source: string,
  obtain: (signal: AbortSignal) => Promise<Credentials>,
  now: () => Date,
): CredentialSource {
  let held: CachedCredentials | null = null;
  let asking: PendingRenewal | null = null;
  let refused: KeypairError | null = null;

  const renew = async (signal: AbortSignal): Promise<Credentials> => {
    if (refused !== null) throw refused;
    try {
      const credentials = await obtain(signal);
      held = { credentials, renewAt: renewalOf(credentials, now().getTime()) };
      return credentials;
    } catch (error) {
      const time = now().getTime();
      if (held === null || signal.aborted || endOf(held.credentials) - time < LAST_USE_MS) {
        if (error instanceof KeypairError && error.final) refused = error;
        throw error;
      }
      held = { ...held, renewAt: time + PAUSE_MS };
      return held.credentials;
    }
  };
  const ask = (): PendingRenewal => {
    const gone = new AbortController();
    const mine: PendingRenewal = { waiting: 0, gone, answer: renew(gone.signal) };
    const forget = (): void => {
      if (asking === mine) asking = null;
    };
    // Who waits hears of a failure; that the last one may have gone is no fault.
    mine.answer.then(forget, forget);
    return mine;
  };
  return {
    source,
    current: async (signal) => {
      const time = now().getTime();
      if (held !== null && time < Math.min(held.renewAt, endOf(held.credentials))) return held.credentials;
      if (signal.aborted) throw cancelled();
      const mine = (asking ??= ask());
      mine.waiting++;
      try {
        return await unlessAborted(mine.answer, signal);
      } finally {
        mine.waiting--;
        if (mine.waiting === 0) {
          if (asking === mine) asking = null;
          mine.gone.abort();
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

/** One request for new credentials, and how many wait for it. */
interface PendingRenewal {
  waiting: number;
  readonly gone: AbortController;
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
 * The error for credentials that could not be had: what was tried, and why it failed. Nothing has changed in the
 * cloud, even where the answer was lost, and whoever waits for credentials is told `AUTH`, whatever the service found
 * wrong with the request (`USAGE` or `NOT_FOUND` would be about the key pairs).
 *
 * @param attempt `cannot assume the role …`.
 * @param hints in place of the failure's own.
 * @throws what is no KeypairError: a fault of this program.
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
