import { KeypairError } from '../errors.ts';
import { t } from '../i18n/t.ts';
import type { Credentials, CredentialSource } from '../providers/credentials.ts';

/** How long before their end temporary credentials are renewed, in milliseconds: longer than any one request takes. */
const MARGIN_MS = 5 * 60_000;

/** Of short sessions this part of their life is the margin: else they would be renewed for each request. */
const MARGIN_PART = 1 / 4;

/** Credentials that cannot be renewed are still used until this long before their end, in milliseconds. */
const LAST_USE_MS = 30_000;

/** How long after a failed renewal the next is tried while the old ones are good, in milliseconds. */
const PAUSE_MS = 60_000;

/** Credentials that are what they are. */
export function fixed(credentials: Credentials): CredentialSource {
  return { source: credentials.source, current: () => Promise.resolve(credentials) };
}

/**
 * Temporary credentials, in memory only: asked for when they are first needed and again before they end. Several that
 * need them at once share one request, which goes on until the last of them has gone. A failure is forgotten, so that
 * the next one may try again, unless it is final; while the old ones are good for a while it is no failure at all.
 *
 * @param obtain asks for new ones. Its signal is aborted when nobody waits any more.
 */
export function renewing(
  source: string,
  obtain: (signal: AbortSignal) => Promise<Credentials>,
  now: () => Date,
): CredentialSource {
  let held: Held | null = null;
  let asking: Asking | null = null;
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
  const ask = (): Asking => {
    const gone = new AbortController();
    const mine: Asking = { waiting: 0, gone, answer: renew(gone.signal) };
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

interface Held {
  readonly credentials: Credentials;
  /** In milliseconds since 1970. */
  readonly renewAt: number;
}

/** One request for new credentials, and how many wait for it. */
interface Asking {
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
