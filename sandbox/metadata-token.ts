import { deriveToken, readToken } from './derive-token.ts';
import { endOf } from './sessions.ts';

const PURPOSE = 'metadata-token';

/** A token of Alibaba's metadata service, for so many seconds. Every sandbox knows it. */
export function issueMetadataToken(now: Date, seconds: number): string {
  return deriveToken(PURPOSE, String(endOf(now, seconds).getTime()));
}

/** Whether a sandbox issued this token and it has not ended. */
export function isMetadataToken(token: string, now: Date): boolean {
  const until = readToken(PURPOSE, token);
  return until !== null && Number(until) > now.getTime();
}
