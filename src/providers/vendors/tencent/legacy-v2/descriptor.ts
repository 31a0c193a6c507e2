import { ATTACH_WARNING, CVM_RUNNING_WARNING, DETACH_WARNING } from '../bind-warnings.ts';
import { descriptionRule, isKeyId, nameRule, publicKeyRule } from '../rules.ts';
import { OPEN_REGIONS } from '../regions.ts';
import { ALIASES } from '../../../aliases.ts';
import type { Descriptor } from '../../../types.ts';
import { legacyService } from './service.ts';

/** The retired v2 gateway of Tencent Cloud CVM, in both of its versions. */
export const legacyDescriptor: Descriptor = {
  ...legacyService,
  aliases: ALIASES.qcloud,
  vendor: 'tencent',
  apiVersions: ['2017-03-12', 'v2'],
  defaultRegion: 'ap-guangzhou',
  // One host has no finance regions, which are isolated from the rest.
  regions: OPEN_REGIONS,
  sites: ['cn', 'intl'],
  host: () => 'cvm.api.qcloud.com',
  nameRule,
  isId: isKeyId,
  descriptionRule,
  publicKeyRule,
  tagRule: null,
  abilities: {
    create: true,
    import: 'RSA keys only',
    list: true,
    delete: 'while it is bound to no instance or image',
    rename: true,
    description: 'at most 60 characters, once the pair is made; not with --api-version v2',
    tag: false,
    retag: false,
    project: 'not with --api-version v2',
    resourceGroup: false,
    attach: 'to stopped Linux instances',
    forceStop: 'not with --api-version v2',
    online: false,
    instances: 'not with --api-version v2',
  },
  lackedBy: { v2: ['project', 'description', 'forceStop', 'instances'] },
  signatureValidMs: 5 * 60_000,
  requestsPerSecond: null,
  otherRequestsPerSecond: null,
  attachWarning: ATTACH_WARNING,
  detachWarning: DETACH_WARNING,
  runningWarning: CVM_RUNNING_WARNING,
  stopsRunning: 'when forced',
  warning: 'qcloud is an old interface, which the vendor may stop: it recommends the provider tencent',
  load: async () => (await import('./adapter.ts')).adapt,
};
