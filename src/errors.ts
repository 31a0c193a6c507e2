import type { Secret } from './secret.ts';

/** The error codes of the command line's contract, with their exit codes. */
export const EXIT_CODES = {
  FAILURE: 1,
  USAGE: 2,
  NOT_FOUND: 3,
  AUTH: 4,
  CONFLICT: 5,
  UNAVAILABLE: 6,
  PARTIAL: 7,
  CANCELLED: 130,
} as const;

/** One of the contract's error codes. */
export type ErrorCode = keyof typeof EXIT_CODES;

/**
 * What a failed call may have done in the cloud.
 *
 * - `none`: it never left, or the service refused it: nothing was changed.
 * - `unknown`: it left and no usable answer came back: the cloud may have acted.
 */
export type Outcome = 'none' | 'unknown';

/** What a KeypairError can carry besides its code and message. */
export interface ErrorDetails {
  /** What to do next, one line each: lower case, no full stop. */
  readonly hints?: readonly string[];
  /** The provider's id, if any. */
  readonly provider?: string;
  /** The region of the request, if any. */
  readonly region?: string;
  /** The provider's own error code, unchanged. */
  readonly providerCode?: string;
  readonly requestId?: string;
  /** Default `none`. */
  readonly outcome?: Outcome;
  /**
   * The service refused only because of the number of requests: the same request may be sent again later. Default
   * false.
   */
  readonly throttled?: boolean;
  /** The wait that the service asks for, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
  /** The same request would fail again: reads are not retried. Default false. */
  readonly final?: boolean;
  /** The raw answer, if one was received but could not be used: it may hold the only copy of a private key. */
  readonly answer?: Secret;
  readonly cause?: unknown;
}

/**
 * The only error that this program throws on purpose. Its message is lower case, without a full stop, and never holds a
 * secret. Its code is set where it is thrown and never derived from its message.
 */
export class KeypairError extends Error {
  override readonly name = 'KeypairError';
  readonly code: ErrorCode;
  readonly hints: readonly string[];
  readonly provider: string | undefined;
  readonly region: string | undefined;
  readonly providerCode: string | undefined;
  readonly requestId: string | undefined;
  readonly outcome: Outcome;
  readonly throttled: boolean;
  readonly retryAfterMs: number | undefined;
  readonly final: boolean;
  readonly answer: Secret | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.hints = details.hints ?? [];
    this.provider = details.provider;
    this.region = details.region;
    this.providerCode = details.providerCode;
    this.requestId = details.requestId;
    this.outcome = details.outcome ?? 'none';
    this.throttled = details.throttled ?? false;
    this.retryAfterMs = details.retryAfterMs;
    this.final = details.final ?? false;
    this.answer = details.answer;
  }

  /** The process's exit code for this error. */
  get exitCode(): number {
    return EXIT_CODES[this.code];
  }
}

/** The details to copy from an error that becomes the cause of another: all but its message and hints. */
export function causedBy(error: KeypairError): ErrorDetails {
  return {
    ...(error.provider === undefined ? {} : { provider: error.provider }),
    ...(error.region === undefined ? {} : { region: error.region }),
    ...(error.providerCode === undefined ? {} : { providerCode: error.providerCode }),
    ...(error.requestId === undefined ? {} : { requestId: error.requestId }),
    ...(error.answer === undefined ? {} : { answer: error.answer }),
    outcome: error.outcome,
    throttled: error.throttled,
    final: error.final,
    retryAfterMs: error.retryAfterMs,
    cause: error,
  };
}

/** The same error with more hints, after its own. */
export function withHints(error: KeypairError, hints: readonly string[]): KeypairError {
  return new KeypairError(error.code, error.message, {
    ...causedBy(error),
    hints: [...error.hints, ...hints],
  });
}

/** The same error with this outcome. */
export function withOutcome(error: KeypairError, outcome: Outcome): KeypairError {
  if (error.outcome === outcome) return error;
  return new KeypairError(error.code, error.message, { ...causedBy(error), hints: error.hints, outcome });
}

/**
 * Some of several items failed, and each failure has been reported. The exit code is 7 if any failure has it, else that
 * of the first.
 */
export class SeveralFailures extends Error {
  override readonly name = 'SeveralFailures';
  readonly failures: readonly KeypairError[];

  constructor(failures: readonly KeypairError[]) {
    super(`${failures.length} failed`);
    this.failures = failures;
  }

  get exitCode(): number {
    const partial = this.failures.find(({ code }) => code === 'PARTIAL');
    return (partial ?? this.failures[0])?.exitCode ?? EXIT_CODES.FAILURE;
  }
}

/** A program that had the terminal ended with this status, which is ours. It has printed its own errors. */
export class ExitStatus extends Error {
  override readonly name = 'ExitStatus';
  readonly exitCode: number;

  constructor(exitCode: number) {
    super(`exit status ${exitCode}`);
    this.exitCode = exitCode;
  }
}
