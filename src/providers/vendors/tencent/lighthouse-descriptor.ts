import { ATTACH_WARNING, DETACH_WARNING } from './bind-warnings.ts';
import { isKeyId, nameRule, publicKeyRule, tagRule } from './rules.ts';
import { ALIASES } from '../../aliases.ts';
import type { Descriptor } from '../../types.ts';
import { lighthouseService } from './lighthouse-service.ts';

/** Tencent Lighthouse: small servers at a flat price, with key pairs of their own. */
export const lighthouseDescriptor: Descriptor = {
  ...lighthouseService,
  aliases: ALIASES.lighthouse,
  vendor: 'tencent',
  apiVersions: ['2020-03-24'],
  defaultRegion: 'ap-guangzhou',
  // Those of the document of DescribeRegions; no page lists them all (https://cloud.tencent.com/document/api/1207/55555).
  regions: ['ap-beijing', 'ap-guangzhou', 'ap-hongkong', 'ap-shanghai'],
  sites: ['cn', 'intl'],
  host: (_region, site) =>
    site === 'intl' ? 'lighthouse.intl.tencentcloudapi.com' : 'lighthouse.tencentcloudapi.com',
  nameRule,
  isId: isKeyId,
  descriptionRule: null,
  publicKeyRule,
  tagRule,
  abilities: {
    create: true,
    import: 'RSA keys only',
    list: true,
    delete: 'while it is bound to no instance or image',
    rename: false,
    description: false,
    tag: 'when the pair is made',
    retag: false,
    project: false,
    resourceGroup: false,
    attach: 'to Linux instances',
    forceStop: false,
    online: true,
    instances: true,
  },
  signatureValidMs: 5 * 60_000,
  requestsPerSecond: 20,
  // Importing; listing is allowed 100, detaching 20.
  otherRequestsPerSecond: 10,
  attachWarning: ATTACH_WARNING,
  detachWarning: DETACH_WARNING,
  runningWarning:
    'a running instance is stopped for it, by force, unless --online --user NAME is given; it goes on after the answer (--wait)',
  stopsRunning: 'unless online',
  warning: null,
  load: async () => (await import('./lighthouse.ts')).adapt,
};
