import { cvm } from './cvm.ts';
import { listRegions } from './regions.ts';
import { tc3Caller } from './api.ts';
import type { AdapterFactory } from '../../types.ts';
import { cvmErrors } from './errors.ts';
import { cvmService } from './descriptors.ts';

/** Tencent Cloud CVM over API 3.0. */
export const adapt: AdapterFactory = (options) => ({
  ...cvm(tc3Caller(cvmService, 'cvm', cvmErrors, options), cvmService),
  listRegions: (signal) => listRegions(cvmService, 'cvm', cvmErrors, options, signal),
});
