/**
 * An error of a service.
 *
 * Protocols and actions throw it. The protocol of the request wraps it in its envelope.
 */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** The service's error code. The legacy interface has numbers, as strings here: `4000`. */
  readonly code: string;
  /** The HTTP status. Tencent uses 200 for API errors. */
  readonly status: number;

  constructor(code: string, message: string, status = 200) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** Tencent's error of API 3.0 for a missing required parameter. */
export function tencentMissingParameter(name: string): ApiError {
  return new ApiError('MissingParameter', `The request is missing a required parameter \`${name}\`.`);
}

/** The error of ECS for a parameter that is out of range. */
export function aliyunInvalidParameter(name: string): ApiError {
  return new ApiError('InvalidParameter', `The specified parameter "${name}" is not valid.`, 400);
}
