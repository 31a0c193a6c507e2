import { cvm } from '../cvm.ts';
import type { AdapterFactory } from '../../../types.ts';
import { gatewayCaller } from './call.ts';
import { legacyService } from '../descriptors.ts';
import { v2 } from './v2.ts';

/** The v2 gateway of Tencent Cloud CVM: version 2017-03-12, the forerunner of API 3.0, or `v2` before it. */
export const adapt: AdapterFactory = (options) =>
  options.apiVersion === 'v2' ? v2(options) : cvm(gatewayCaller(options), legacyService);
