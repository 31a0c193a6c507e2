import { ApiError } from '../api-error.ts';
import { ECS_REGIONS, REGIONLESS_ACTIONS, SWAS_REGIONS } from '../regions.ts';
import { acs, apiNotFound, missingParameter } from './acs.ts';
import type { IncomingRequest, Protocol } from './protocol.ts';

/** Alibaba Cloud ECS 2014-05-26. */
export const ecs: Protocol = acs({
  id: 'ecs',
  name: 'Ecs',
  version: '2014-05-26',
  hosts: /^ecs[a-z0-9.-]*\.aliyuncs\.com$/,
  service: 'ecs',
  unsigned: new Set(),
  region: regionOf(/^ecs(?:-vpc)?\.([a-z0-9-]+)\.aliyuncs\.com$/, ECS_REGIONS),
  missing: ecsMissingParameter,
});

const SWAS_HOST = /^swas(?:-vpc)?\.([a-z0-9-]+)\.aliyuncs\.com$/;

/** Alibaba Cloud Simple Application Server 2020-06-01. */
export const swas: Protocol = acs({
  id: 'swas',
  name: 'SWAS-OPEN',
  version: '2020-06-01',
  hosts: SWAS_HOST,
  service: 'swas',
  unsigned: new Set(),
  region: regionOf(SWAS_HOST, SWAS_REGIONS),
  missing: missingParameter,
});

const HOSTS = /^sts(?:\.aliyuncs\.com|(?:-vpc)?\.([a-z0-9-]+)\.aliyuncs\.com)$/;

/** Alibaba Cloud STS 2015-04-01. It has no RegionId: the host names the region. */
export const aliyunSts: Protocol = acs({
  id: 'aliyun-sts',
  name: 'Sts',
  version: '2015-04-01',
  hosts: HOSTS,
  service: null,
  unsigned: new Set(['AssumeRoleWithOIDC']),
  region(_incoming, _action, host) {
    const region = HOSTS.exec(host)?.[1] ?? 'cn-hangzhou';
    // DNS would not resolve such a host.
    if (!ECS_REGIONS.has(region)) throw apiNotFound();
    return region;
  },
  missing: missingParameter,
});

/** Reads the region of a request. The host of a region serves only that region. */
function regionOf(
  regionalHost: RegExp,
  regions: ReadonlySet<string>,
): (incoming: IncomingRequest, action: string, host: string) => string {
  return ({ form }, action, host) => {
    const hostRegion = regionalHost.exec(host)?.[1];
    const defaultRegion = REGIONLESS_ACTIONS.has(action) ? (hostRegion ?? 'cn-hangzhou') : '';
    const requested = (form.get('RegionId') ?? '') || defaultRegion;
    if (requested === '') throw missingParameter('RegionId');
    if (!regions.has(requested)) {
      throw new ApiError('InvalidRegionId.NotFound', 'The RegionId provided does not exist in our records.', 404);
    }
    if (hostRegion !== undefined && hostRegion !== requested) {
      throw new ApiError(
        'InvalidOperation.NotSupportedEndpoint',
        'The specified endpoint cant operate this region.',
        400,
      );
    }
    return requested;
  };
}

/** The error for a missing parameter. The documents give two parameters a code of their own. */
function ecsMissingParameter(name: string): ApiError {
  if (name === 'PublicKeyBody' || name === 'KeyPairNames') {
    const message = `The input parameter "${name}" that is mandatory for processing this request is not supplied.`;
    return new ApiError('MissingParameter', message, 400);
  }
  return missingParameter(name);
}
