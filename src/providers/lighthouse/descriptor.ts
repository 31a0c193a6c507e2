import { nameRule } from '../tencent-cloud/name-rule.ts';
import { tagRule } from '../tencent-cloud/tag-rule.ts';
import type { Descriptor } from '../types.ts';
import { service } from './service.ts';

/** Tencent Lighthouse: small servers at a flat price, with key pairs of their own. */
export const descriptor: Descriptor = {
  ...service,
  aliases: ['tencent-lighthouse'],
  vendor: 'tencent',
  apiVersions: ['2020-03-24'],
  defaultRegion: 'ap-guangzhou',
  // Those of the document of DescribeRegions; no page lists them all (https://cloud.tencent.com/document/api/1207/55555).
  regions: ['ap-beijing', 'ap-guangzhou', 'ap-hongkong', 'ap-shanghai'],
  sites: ['cn', 'intl'],
  host: (_region, site) =>
    site === 'intl' ? 'lighthouse.intl.tencentcloudapi.com' : 'lighthouse.tencentcloudapi.com',
  nameRule,
  tagRule,
  abilities: {
    create: true,
    tag: 'when the pair is made',
    project: false,
    resourceGroup: false,
  },
  requestsPerSecond: 20,
  warning: null,
  load: async () => (await import('./adapter.ts')).adapt,
};
