import { causedBy, KeypairError } from '../errors.ts';
import { withLabel } from '../i18n/phrases.ts';

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
