import { Secret } from '../credentials/secret.ts';
import type { Credentials } from '../credentials/types.ts';
import { KeypairError, type ErrorCode } from '../errors.ts';
import type { HttpResponse } from '../transport/types.ts';
import { findRow, type ErrorTable } from './error-table.ts';
import { HINTS } from './hints.ts';
import { retryAfterMs } from './retry-after.ts';
import { serverText } from './server-text.ts';
import type { Service } from './service.ts';
import type { Fields } from './untrusted.ts';

/** One call to a service, as its failures tell of it. */
export interface Call {
  readonly service: Service;
  /** The API's action: `CreateKeyPair`. */
  readonly action: string;
  /** Whether the action changes the cloud: only then may a failure leave its outcome unknown. */
  readonly changes: boolean;
  readonly credentials: Credentials;
  /** The service's error codes. */
  readonly errors: ErrorTable;
}

/** A service's answer that reports success. Nothing is known yet of what its fields hold. */
export interface Answer {
  readonly fields: Fields;
  readonly requestId: string | null;
  /** The error to throw when the fields do not hold what they should; `why` ends `… answered CreateKeyPair`. */
  unusable(why: string): KeypairError;
  /** The error for one item that the answer tells was refused, while others were not. */
  refusal(code: string, message: unknown, errors?: ErrorTable): KeypairError;
}

/** A service's refusal, as it came. */
export interface Refusal {
  readonly code: string;
  readonly message: unknown;
  readonly requestId: string | null;
}

/**
 * The error for a refusal: classified by the service's table, with the service's own code, words and request id. A
 * code that is not in the table is `FAILURE`, or `UNAVAILABLE` when the HTTP status is 429 or 5xx.
 */
export function refused(call: Call, response: HttpResponse, refusal: Refusal): KeypairError {
  const { service, action, changes, credentials } = call;
  const row = findRow(call.errors, refusal.code);
  const throttled = row?.throttled ?? response.status === 429;
  const broken = response.status >= 500 && !throttled;
  const words = serverText(refusal.message, credentials);
  return new KeypairError(
    row?.code ?? (broken || throttled ? 'UNAVAILABLE' : 'FAILURE'),
    `${service.title} refused ${action}${words === '' ? '' : `: ${words}`}`,
    {
      hints: [row?.hint ?? (throttled ? HINTS.slower : `look the code up at ${service.documentation}`)],
      provider: service.id,
      providerCode: serverText(refusal.code, credentials, 100),
      ...requestIdOf(refusal.requestId, credentials),
      outcome: changes && (broken || row?.outcome === 'unknown') ? 'unknown' : 'none',
      throttled,
      retryAfterMs: retryAfterMs(response.headers),
    },
  );
}

/** The error for an answer that is none of the service's: no JSON, no envelope, a status that says nothing. */
export function unreadable(call: Call, response: HttpResponse, requestId: string | null): KeypairError {
  const { status, body } = response;
  const seen =
    body.length === 0
      ? 'an empty answer'
      : looksLikePage(response)
        ? 'a web page'
        : 'an answer that cannot be read';
  return useless(call, 'UNAVAILABLE', response, requestId, {
    message: `${seen} (HTTP ${status}) came for ${call.action} instead of ${call.service.title}'s`,
    hint: status >= 500 ? HINTS.again : HINTS.portal,
  });
}

/** An answer that reports success. */
export function answered(
  call: Call,
  response: HttpResponse,
  fields: Fields,
  requestId: string | null,
): Answer {
  return {
    fields,
    requestId,
    unusable: (why) =>
      useless(call, 'FAILURE', response, requestId, {
        message: `${call.service.title} answered ${call.action} ${why}`,
        hint: HINTS.upgrade,
      }),
    refusal: (code, message, errors = call.errors) =>
      refused({ ...call, errors }, response, { code, message, requestId }),
  };
}

/**
 * Sees to it that an answer without any content of its own is the service's: some have nothing but a request id.
 *
 * @throws KeypairError `FAILURE` where it has none: anybody's `{}` would do else.
 */
export function acknowledged(answer: Answer): void {
  if (answer.requestId === null) throw answer.unusable('without a request id');
}

function useless(
  call: Call,
  code: ErrorCode,
  response: HttpResponse,
  requestId: string | null,
  told: { readonly message: string; readonly hint: string },
): KeypairError {
  return new KeypairError(code, told.message, {
    hints: [told.hint],
    provider: call.service.id,
    ...requestIdOf(requestId, call.credentials),
    throttled: response.status === 429,
    retryAfterMs: retryAfterMs(response.headers),
    // What came may hold the only copy of a private key: it is handed on whole.
    ...(call.changes ? { outcome: 'unknown', answer: new Secret(response.body.toString('utf8')) } : {}),
  });
}

function requestIdOf(requestId: string | null, credentials: Credentials): { requestId?: string } {
  return requestId === null ? {} : { requestId: serverText(requestId, credentials, 100) };
}

function looksLikePage({ headers, body }: HttpResponse): boolean {
  const type = headers['content-type'] ?? '';
  return /html/i.test(type) || /^\s*<(?:!doctype|html)/i.test(body.subarray(0, 200).toString('latin1'));
}
