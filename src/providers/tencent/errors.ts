import type { ErrorTable } from '../error-table.ts';
import { CVM_ERRORS } from '../tencent-cloud/cvm-errors.ts';
import { COMMON_ERRORS } from '../tencent-cloud/errors.ts';

/** The codes that CVM's key-pair actions may give over API 3.0. */
export const errors: ErrorTable = { ...COMMON_ERRORS, ...CVM_ERRORS };
