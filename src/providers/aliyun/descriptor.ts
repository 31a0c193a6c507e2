import type { Descriptor } from '../types.ts';
import { ecsHost, REGIONS } from './endpoints.ts';
import { nameRule, tagRule } from './rules.ts';
import { service } from './service.ts';

/** Alibaba Cloud ECS. Its key pairs belong to one region, and their name is their handle. */
export const descriptor: Descriptor = {
  ...service,
  aliases: ['alibaba', 'alicloud', 'ecs'],
  vendor: 'aliyun',
  apiVersions: ['2014-05-26'],
  defaultRegion: 'cn-hangzhou',
  regions: REGIONS,
  // The accounts of both sites use the same hosts.
  sites: ['cn', 'intl'],
  host: (region) => ecsHost(region),
  nameRule,
  tagRule,
  abilities: {
    create: true,
    tag: true,
    project: false,
    resourceGroup: true,
  },
  requestsPerSecond: null,
  warning: null,
  load: async () => (await import('./adapter.ts')).adapt,
};
