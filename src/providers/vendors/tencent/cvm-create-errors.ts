import type { ErrorTable } from '../../error-table.ts';
import { CVM_ERRORS } from './cvm-errors.ts';
import { COMMON_ERRORS } from './errors.ts';

/** The codes that CVM's key-pair actions may give over API 3.0. */
export const cvmErrors: ErrorTable = { ...COMMON_ERRORS, ...CVM_ERRORS };
