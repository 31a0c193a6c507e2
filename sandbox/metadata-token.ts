import { deriveToken, readToken } from './derive-token.ts';
import { expiryOf } from './sessions.ts';

const PURPOSE = 'metadata-token';

/** A token of Alibaba's metadata service, for so many seconds. Every sandbox knows it. */
export function issueMetadataToken(now: Date, seconds: number): string {
  return deriveToken(PURPOSE, String(expiryOf(now, seconds).getTime()));
}

/** Whether a sandbox issued this token and it has not ended. */
export function isMetadataToken(token: string, now: Date): boolean {
  const expiresAt = readToken(PURPOSE, token);
  return expiresAt !== null && Number(expiresAt) > now.getTime();
}
