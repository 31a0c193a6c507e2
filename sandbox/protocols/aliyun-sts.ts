import { ECS_REGIONS } from '../regions.ts';
import { acs } from './acs.ts';
import { apiNotFound, missingParameter } from './acs-refusals.ts';
import type { Protocol } from './protocol.ts';

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
