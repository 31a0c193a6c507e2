import { cvm } from '../tencent-cloud/cvm.ts';
import { listRegions } from '../tencent-cloud/list-regions.ts';
import { tc3Caller } from '../tencent-cloud/tc3.ts';
import type { AdapterFactory } from '../types.ts';
import { errors } from './errors.ts';
import { service } from './service.ts';

/** Tencent Cloud CVM over API 3.0. */
export const adapt: AdapterFactory = (options) => ({
  ...cvm(tc3Caller(service, 'cvm', errors, options), service),
  listRegions: (signal) => listRegions(service, 'cvm', errors, options, signal),
});
