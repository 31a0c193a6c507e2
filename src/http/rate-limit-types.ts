/** One request to a service, as the rate limiter sees it. */
export interface Call {
  /** The API's action (`CreateKeyPair`): services count requests for each. */
  readonly action: string;
  /** Whether the action changes the cloud: then it is repeated only when the service has refused to look at it. */
  readonly changes: boolean;
  readonly signal: AbortSignal;
}

/**
 * Makes one request when its turn has come, and again while it is right and worth while.
 *
 * @param attempt makes the request once: signs it (a signature ages while it waits, and a nonce serves once), sends it
 * and reads the answer, so that a refusal is thrown as a KeypairError.
 * @throws what the last attempt threw; KeypairError `CANCELLED` (outcome `none`) when the signal aborts a wait.
 */
export type RateLimiter = <T>(call: Call, attempt: () => Promise<T>) => Promise<T>;

/** No limit: makes the request at once and once. */
export const atOnce: RateLimiter = (_call, attempt) => attempt();
