/** An error that a service answers with. The gateway of the interface puts it into its envelope. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** The service's own code; the legacy interface's numbers are written as text: `4000`. */
  readonly code: string;
  /** The HTTP status. Tencent answers 200 to everything that it handled. */
  readonly status: number;

  constructor(code: string, message: string, status = 200) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** What API 3.0 of Tencent answers to a request without a required parameter. */
export function tencentMissingParameter(name: string): ApiError {
  return new ApiError('MissingParameter', `The request is missing a required parameter \`${name}\`.`);
}

/** What ECS answers to a parameter out of range. */
export function aliyunInvalidParameter(name: string): ApiError {
  return new ApiError('InvalidParameter', `The specified parameter "${name}" is not valid.`, 400);
}
