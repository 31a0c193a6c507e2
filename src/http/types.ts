import type { Secret } from '../secret.ts';

/** One complete and signed HTTP request. The transport adds nothing that the signature covers. */
export interface HttpRequest {
  /** Only the metadata services of instances use PUT. */
  readonly method: 'GET' | 'POST' | 'PUT';
  /** Absolute. The path and query are sent exactly as in `url.pathname + url.search`. */
  readonly url: URL;
  /** Sent with these names and values. The transport adds `host` and `content-length` if absent. */
  readonly headers: Readonly<Record<string, string>>;
  /** UTF-8 text. */
  readonly body?: string;
}

/** A complete response with any status. */
export interface HttpResponse {
  readonly status: number;
  /** Lower-case names. Repeated headers are joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body, decoded from gzip, deflate or br. At most 1 MiB. */
  readonly body: Buffer;
  /** With `keep`, if the body is not JSON or more data follows it: all bytes of the connection, including the head. */
  readonly raw?: Buffer;
}

/**
 * Sends one request once, without retries, and follows no redirects. Resolves with the complete response, whatever its
 * status. Only a 3xx is an error: another server has answered.
 *
 * @throws KeypairError `UNAVAILABLE` if there is no complete response. Its `outcome` is `none` if the request cannot
 * have been sent (name not resolved, connection refused, TLS or proxy failure, timeout before the connection was
 * ready), else `unknown` (reset, truncated response, timeout, redirect, body too large or undecodable). Then `answer`
 * holds the received part of the body (with `keep`: of the connection), in base64 if it is not UTF-8. `CANCELLED` if
 * the signal aborted the request, with the same rule for `outcome`.
 */
export type Send = (
  request: HttpRequest,
  options?: {
    readonly signal?: AbortSignal;
    /** The secrets that sign this request or that it contains. The trace must not show them in any form. */
    readonly secrets?: readonly Secret[];
    /**
     * The response may contain the only copy of a private key: read it to its end, up to 8 MiB, even if the HTTP parser
     * rejects it.
     */
    readonly keep?: boolean;
  },
) => Promise<HttpResponse>;
