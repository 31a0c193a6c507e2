import { cvm } from './cvm.ts';
import { listRegions } from './list-regions.ts';
import { tc3Caller } from './tc3.ts';
import type { AdapterFactory } from '../../types.ts';
import { errors } from './cvm-create-errors.ts';
import { service } from './cvm-service.ts';

/** Tencent Cloud CVM over API 3.0. */
export const adapt: AdapterFactory = (options) => ({
  ...cvm(tc3Caller(service, 'cvm', errors, options), service),
  listRegions: (signal) => listRegions(service, 'cvm', errors, options, signal),
});
