import { nameRule } from '../tencent-cloud/name-rule.ts';
import { FINANCE_REGIONS, OPEN_REGIONS } from '../tencent-cloud/regions.ts';
import { tagRule } from '../tencent-cloud/tag-rule.ts';
import type { Descriptor } from '../types.ts';
import { service } from './service.ts';

/** Tencent Cloud CVM: the servers of Tencent Cloud. */
export const descriptor: Descriptor = {
  ...service,
  aliases: ['cvm', 'tencent-cvm'],
  vendor: 'tencent',
  apiVersions: ['2017-03-12'],
  defaultRegion: 'ap-guangzhou',
  regions: [...OPEN_REGIONS, ...FINANCE_REGIONS],
  sites: ['cn', 'intl'],
  host(region, site) {
    if (FINANCE_REGIONS.includes(region)) return `cvm.${region}.tencentcloudapi.com`;
    return site === 'intl' ? 'cvm.intl.tencentcloudapi.com' : 'cvm.tencentcloudapi.com';
  },
  nameRule,
  tagRule,
  abilities: {
    create: true,
    tag: 'when the pair is made',
    project: true,
    resourceGroup: false,
  },
  requestsPerSecond: 10,
  warning: null,
  load: async () => (await import('./adapter.ts')).adapt,
};
