import type { Secret } from '../secret.ts';

/** One HTTP request, complete and signed: the transport adds nothing that a signature covers. */
export interface HttpRequest {
  /** PUT is for the metadata services of instances alone. */
  readonly method: 'GET' | 'POST' | 'PUT';
  /** Absolute. The path and query go out exactly as in `url.pathname + url.search`. */
  readonly url: URL;
  /** Sent with these names and values. `host` and `content-length` are set by the transport when absent. */
  readonly headers: Readonly<Record<string, string>>;
  /** UTF-8 text. */
  readonly body?: string;
}

/** A complete answer, of any status. */
export interface HttpResponse {
  readonly status: number;
  /** Lower-case names; repeated headers joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  /** The decoded body (gzip, deflate and br undone). At most 1 MiB. */
  readonly body: Buffer;
  /** With `keep`, where the body is no JSON: all bytes of the connection, the head and what followed the body too. */
  readonly raw?: Buffer;
}

/**
 * Sends one request once: no retry, no redirect followed, and resolves with the whole answer, whatever its status
 * (only a 3xx is an error: somebody else has answered).
 *
 * @throws KeypairError `UNAVAILABLE` when there is no whole answer. Its `outcome` is `none` while the request cannot
 * have left (name not resolved, refused, TLS or proxy failure, timeout before the connection stood) and `unknown`
 * afterwards (reset, cut answer, timeout, redirect, body too large or undecodable); `answer` then holds what came of
 * the body (with `keep`: of the connection), in base64 where it is not UTF-8. `CANCELLED` when the signal aborted it;
 * its `outcome` follows the same rule.
 */
export type Send = (
  request: HttpRequest,
  options?: {
    readonly signal?: AbortSignal;
    /** What this request is signed with or carries: the trace must not show it in any form. */
    readonly secrets?: readonly Secret[];
    /**
     * The answer may be the only copy of a private key: what the parser of HTTP refuses is read to its end all the same,
     * up to 8 MiB.
     */
    readonly keep?: boolean;
  },
) => Promise<HttpResponse>;
