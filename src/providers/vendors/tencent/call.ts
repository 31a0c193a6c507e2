import type { Answer } from '../../response.ts';

/**
 * Calls one action and gives its answer; only those that change the cloud leave a failure's outcome unknown.
 * Parameters are in the spelling of API 3.0, as the SDK's request types have them.
 */
export type CallAction = (
  action: string,
  parameters: object,
  how: { readonly changes: boolean; readonly signal: AbortSignal },
) => Promise<Answer>;
