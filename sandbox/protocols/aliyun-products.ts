import { ApiError } from '../api-error.ts';
import { ECS_REGIONS, REGIONLESS_ACTIONS } from '../regions.ts';
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
  region,
  missing: ecsMissingParameter,
});

const HOSTS = /^sts(?:\.aliyuncs\.com|(?:-vpc)?\.([a-z0-9-]+)\.aliyuncs\.com)$/;

/** Alibaba Cloud STS 2015-04-01. It knows no RegionId: the region is the host's. */
export const aliyunSts: Protocol = acs({
  id: 'aliyun-sts',
  name: 'Sts',
  version: '2015-04-01',
  hosts: HOSTS,
  service: null,
  unsigned: new Set(['AssumeRoleWithOIDC']),
  region(_incoming, _action, host) {
    const region = HOSTS.exec(host)?.[1] ?? 'cn-hangzhou';
    // A host of no region has no address.
    if (!ECS_REGIONS.has(region)) throw apiNotFound();
    return region;
  },
  missing: missingParameter,
});

function region({ form }: IncomingRequest, action: string, host: string): string {
  const place = /^ecs(?:-vpc)?\.([a-z0-9-]+)\.aliyuncs\.com$/.exec(host)?.[1];
  const anywhere = REGIONLESS_ACTIONS.has(action) ? (place ?? 'cn-hangzhou') : '';
  const wanted = (form.get('RegionId') ?? '') || anywhere;
  if (wanted === '') throw missingParameter('RegionId');
  if (!ECS_REGIONS.has(wanted)) {
    throw new ApiError(
      'InvalidRegionId.NotFound',
      'The RegionId provided does not exist in our records.',
      404,
    );
  }
  if (place !== undefined && place !== wanted) {
    throw new ApiError(
      'InvalidOperation.NotSupportedEndpoint',
      'The specified endpoint cant operate this region.',
      400,
    );
  }
  return wanted;
}

/** The gateway's words, but the action's own for the two parameters that its documents name. */
function ecsMissingParameter(name: string): ApiError {
  if (name === 'PublicKeyBody' || name === 'KeyPairNames') {
    const message = `The input parameter "${name}" that is mandatory for processing this request is not supplied.`;
    return new ApiError('MissingParameter', message, 400);
  }
  return missingParameter(name);
}
