import { KeypairError } from '../../../errors.ts';
import type { ErrorTable, Service } from '../../response.ts';
import { readRegions } from '../../regions.ts';
import type { AdapterOptions, Region } from '../../types.ts';
import { type CallAction, tc3Caller } from './api.ts';

const FIELDS = { id: 'Region', name: 'RegionName', state: 'RegionState' };

/** The version of the service that knows the regions of all others (https://cloud.tencent.com/document/api/1596/77930). */
const VERSION = '2022-06-27';

/**
 * The regions of CVM or Lighthouse: by the service that knows those of all products, since CVM's own list is not kept up
 * any more; where that one cannot be asked, by the product's own.
 */
export async function listRegions(
  service: Service,
  product: 'cvm' | 'lighthouse',
  errors: ErrorTable,
  options: AdapterOptions,
  signal: AbortSignal,
): Promise<readonly Region[]> {
  const anywhere = { ...options, region: '' };
  const all = { ...anywhere, endpoint: endpointOfRegions(options.endpoint), apiVersion: VERSION };
  try {
    const call = tc3Caller(service, 'region', errors, all);
    const answer = await call('DescribeRegions', { Product: product }, { changes: false, signal });
    return readRegions(answer, answer.fields['RegionSet'], FIELDS);
  } catch (error) {
    if (!(error instanceof KeypairError) || error.code === 'CANCELLED' || error.final) throw error;
    return listOwnRegions(tc3Caller(service, product, errors, anywhere), signal);
  }
}

/** The regions of a product by its own action. */
export async function listOwnRegions(call: CallAction, signal: AbortSignal): Promise<readonly Region[]> {
  const answer = await call('DescribeRegions', {}, { changes: false, signal });
  return readRegions(answer, answer.fields['RegionSet'], FIELDS);
}

/** `region.tencentcloudapi.com` of the same site; an endpoint that is not the vendor's stands for all of its services. */
function endpointOfRegions(endpoint: URL): URL {
  const own = /^(?:cvm|lighthouse)(\.intl)?(?:\.[a-z0-9-]+)?\.tencentcloudapi\.com$/.exec(endpoint.hostname);
  if (own === null) return endpoint;
  const url = new URL(endpoint);
  url.hostname = `region${own[1] ?? ''}.tencentcloudapi.com`;
  return url;
}
