import { t } from '../../../i18n/t.ts';
import type { Descriptor } from '../../types.ts';
import { REGIONS, ecsHost } from './endpoints.ts';
import { importNameRule, nameRule, publicKeyRule, tagRule } from './rules.ts';
import { ecsService } from './service.ts';

/** Alibaba Cloud ECS. Its key pairs belong to one region, and their name is their handle. */
export const ecsDescriptor: Descriptor = {
  ...ecsService,
  aliases: ['alibaba', 'alicloud', 'ecs'],
  vendor: 'aliyun',
  apiVersions: ['2014-05-26'],
  defaultRegion: 'cn-hangzhou',
  regions: REGIONS,
  // The accounts of both sites use the same hosts.
  sites: ['cn', 'intl'],
  host: (region) => ecsHost(region),
  nameRule,
  importNameRule,
  isUnlistedId: (text) => /^ssh-[0-9a-z]{12,40}$/.test(text),
  isId: () => false,
  descriptionRule: null,
  publicKeyRule,
  tagRule,
  abilities: {
    create: true,
    import: t`RSA, DSA and ECDSA keys; no Ed25519`,
    list: true,
    delete: t`while it is bound to no instance`,
    rename: false,
    description: false,
    tag: true,
    retag: true,
    project: false,
    resourceGroup: true,
    attach: t`to Linux instances; takes effect after a reboot`,
    forceStop: false,
    online: false,
    instances: true,
  },
  signatureValidMs: 15 * 60_000,
  requestsPerSecond: null,
  otherRequestsPerSecond: null,
  attachWarning: t`the key replaces the one that the instance has, and login by password is turned off`,
  detachWarning: t`afterwards only a password, once it is set, lets anybody in`,
  runningWarning: t`on a running instance it takes effect when it is rebooted`,
  stopsRunning: 'never',
  warning: null,
  load: async () => (await import('./adapter.ts')).adapt,
};
