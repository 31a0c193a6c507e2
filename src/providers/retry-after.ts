/** A day: whoever asks for more is not waited for anyway. */
const MOST_MS = 86_400_000;

/**
 * How long a service asks to wait, in milliseconds, or undefined where it does not say: `x-acs-retry-after`
 * (milliseconds, what Alibaba's own client heeds) or `Retry-After` (RFC 9110 §10.2.3: seconds, or a time, which is
 * held against the answer's own `Date`, since our clock may be off).
 *
 * @param headers with lower-case names.
 */
export function retryAfterMs(headers: Readonly<Record<string, string>>): number | undefined {
  const exact = headers['x-acs-retry-after'];
  if (exact !== undefined && /^\d{1,9}$/.test(exact)) return bounded(Number(exact));
  const told = headers['retry-after'];
  if (told === undefined) return undefined;
  return /^\d{1,9}$/.test(told)
    ? bounded(Number(told) * 1000)
    : bounded(Date.parse(told) - Date.parse(headers['date'] ?? ''));
}

function bounded(milliseconds: number): number | undefined {
  return Number.isNaN(milliseconds) ? undefined : Math.min(Math.max(milliseconds, 0), MOST_MS);
}
