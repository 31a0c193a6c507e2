import { nameRule } from '../tencent-cloud/name-rule.ts';
import { OPEN_REGIONS } from '../tencent-cloud/regions.ts';
import type { Descriptor } from '../types.ts';
import { service } from './service.ts';

/** The retired v2 gateway of Tencent Cloud CVM, in both of its versions. */
export const descriptor: Descriptor = {
  ...service,
  aliases: ['tencent-legacy'],
  vendor: 'tencent',
  apiVersions: ['2017-03-12', 'v2'],
  defaultRegion: 'ap-guangzhou',
  // One host has no finance regions, which are isolated from the rest.
  regions: OPEN_REGIONS,
  sites: ['cn', 'intl'],
  host: () => 'cvm.api.qcloud.com',
  nameRule,
  tagRule: null,
  abilities: {
    create: true,
    tag: false,
    project: 'not with --api-version v2',
    resourceGroup: false,
  },
  lackedBy: { v2: ['project'] },
  requestsPerSecond: null,
  warning: 'qcloud is an old interface, which the vendor may stop: it recommends the provider tencent',
  load: async () => (await import('./adapter.ts')).adapt,
};
