import { ATTACH_WARNING, CVM_RUNNING_WARNING, DETACH_WARNING } from './bind-warnings.ts';
import { descriptionRule, isKeyId, nameRule, publicKeyRule, tagRule } from './rules.ts';
import { FINANCE_REGIONS, OPEN_REGIONS } from './regions.ts';
import { ALIASES } from '../../aliases.ts';
import type { Descriptor } from '../../types.ts';
import { cvmService } from './cvm-service.ts';

/** Tencent Cloud CVM: the servers of Tencent Cloud. */
export const cvmDescriptor: Descriptor = {
  ...cvmService,
  aliases: ALIASES.tencent,
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
  isId: isKeyId,
  descriptionRule,
  publicKeyRule,
  tagRule,
  abilities: {
    create: true,
    import: 'RSA keys only',
    list: true,
    delete: 'while it is bound to no instance or image',
    rename: true,
    description: 'at most 60 characters, once the pair is made',
    tag: 'when the pair is made',
    retag: false,
    project: true,
    resourceGroup: false,
    attach: 'to stopped Linux instances',
    forceStop: true,
    online: false,
    instances: true,
  },
  signatureValidMs: 5 * 60_000,
  requestsPerSecond: 10,
  otherRequestsPerSecond: 10,
  attachWarning: ATTACH_WARNING,
  detachWarning: DETACH_WARNING,
  runningWarning: CVM_RUNNING_WARNING,
  stopsRunning: 'when forced',
  warning: null,
  load: async () => (await import('./cvm-adapter.ts')).adapt,
};
