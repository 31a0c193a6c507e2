import { t } from '../../../i18n/t.ts';
import type { Descriptor } from '../../types.ts';
import {
  cvmService,
  descriptionRule,
  isInstanceId,
  isKeyId,
  legacyService,
  lighthouseService,
  nameRule,
  publicKeyRule,
  tagRule,
} from './services.ts';

/** The finance regions: isolated from the rest, each with its own host. */
const FINANCE_REGIONS: readonly string[] = ['ap-beijing-fsi', 'ap-shanghai-fsi', 'ap-shenzhen-fsi'];

/** The regions on CVM's CreateKeyPair page (2025-11-17) and those opened since, without the finance regions. */
const OPEN_REGIONS: readonly string[] = [
  'ap-bangkok',
  'ap-beijing',
  'ap-chengdu',
  'ap-chongqing',
  'ap-guangzhou',
  'ap-hongkong',
  'ap-jakarta',
  'ap-nanjing',
  'ap-seoul',
  'ap-shanghai',
  'ap-singapore',
  'ap-tokyo',
  'eu-frankfurt',
  'me-saudi-arabia',
  'na-ashburn',
  'na-siliconvalley',
  'sa-saopaulo',
];

/**
 * What attaching a key does to an instance of CVM or Lighthouse (https://cloud.tencent.com/document/api/213/15698,
 * https://cloud.tencent.com/document/api/1207/55547).
 */
const ATTACH_WARNING = t`the key that the instance has becomes invalid, and login by password is turned off`;

/**
 * What detaching a key does to an instance of CVM or Lighthouse (https://cloud.tencent.com/document/api/213/15697,
 * https://cloud.tencent.com/document/api/1207/55548).
 */
const DETACH_WARNING = t`afterwards SSH login needs a password that was set before: without one, nobody can log in`;

/** What attaching and detaching do to a running CVM instance. */
const CVM_RUNNING_WARNING = t`a running instance must be stopped for it: --force-stop turns it off hard and on again`;

/** Where TAT runs scripts. */
const RUN_COMMAND = t`on running Linux instances, through the vendor's agent`;

/** Tencent Cloud CVM, the standard servers. */
export const cvmDescriptor: Descriptor = {
  ...cvmService,
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
  isId: isKeyId,
  isInstanceId,
  descriptionRule,
  publicKeyRule,
  tagRule,
  abilities: {
    create: true,
    import: t`RSA keys only`,
    list: true,
    delete: t`while it is bound to no instance or image`,
    rename: true,
    description: t`at most 60 characters, once the pair is made`,
    tag: true,
    retag: true,
    project: true,
    resourceGroup: false,
    attach: t`to stopped Linux instances`,
    forceStop: true,
    online: false,
    instances: true,
    runCommand: RUN_COMMAND,
    launchTemplates: true,
  },
  signatureValidMs: 5 * 60_000,
  // https://www.tencentcloud.com/document/product/213/6092
  quota: { keyPairs: 100, per: 'account' },
  requestsPerSecond: 10,
  otherRequestsPerSecond: 10,
  attachWarning: ATTACH_WARNING,
  detachWarning: DETACH_WARNING,
  runningWarning: CVM_RUNNING_WARNING,
  stopsRunning: 'when forced',
  refusesNoChange: ['detach'],
  warning: null,
  load: async () => (await import('./cvm.ts')).adapt,
};

/** Tencent Lighthouse: small servers at a flat price, with separate key pairs. */
export const lighthouseDescriptor: Descriptor = {
  ...lighthouseService,
  aliases: ['tencent-lighthouse'],
  vendor: 'tencent',
  apiVersions: ['2020-03-24'],
  defaultRegion: 'ap-guangzhou',
  // The regions in the document of DescribeRegions; no page lists them all
  // (https://cloud.tencent.com/document/api/1207/55555).
  regions: ['ap-beijing', 'ap-guangzhou', 'ap-hongkong', 'ap-shanghai'],
  sites: ['cn', 'intl'],
  host: (_region, site) => (site === 'intl' ? 'lighthouse.intl.tencentcloudapi.com' : 'lighthouse.tencentcloudapi.com'),
  nameRule,
  isId: isKeyId,
  isInstanceId,
  descriptionRule: null,
  publicKeyRule,
  tagRule,
  abilities: {
    create: true,
    import: t`RSA keys only`,
    list: true,
    delete: t`while it is bound to no instance or image`,
    rename: false,
    description: false,
    tag: t`when the pair is made`,
    retag: false,
    project: false,
    resourceGroup: false,
    attach: t`to Linux instances`,
    forceStop: false,
    online: true,
    instances: true,
    runCommand: RUN_COMMAND,
    launchTemplates: false,
  },
  signatureValidMs: 5 * 60_000,
  // https://www.tencentcloud.com/document/product/1103/41392
  quota: { keyPairs: 10, per: 'region' },
  requestsPerSecond: 20,
  // The limit of importing; listing has 100, detaching 20.
  otherRequestsPerSecond: 10,
  attachWarning: ATTACH_WARNING,
  detachWarning: DETACH_WARNING,
  runningWarning: t`a running instance is stopped for it, by force, unless --online --user NAME is given; it goes on after the answer (--wait)`,
  stopsRunning: 'unless online',
  // KeyPairBindDuplicate, KeyPairNotBoundToInstance.
  refusesNoChange: ['attach', 'detach'],
  warning: null,
  load: async () => (await import('./lighthouse.ts')).adapt,
};

/** The retired v2 gateway of Tencent Cloud CVM, both versions. */
export const legacyDescriptor: Descriptor = {
  ...legacyService,
  replacedBy: 'tencent',
  aliases: ['tencent-legacy'],
  vendor: 'tencent',
  apiVersions: ['2017-03-12', 'v2'],
  defaultRegion: 'ap-guangzhou',
  // The gateway has one host and cannot reach the isolated finance regions.
  regions: OPEN_REGIONS,
  sites: ['cn', 'intl'],
  host: () => 'cvm.api.qcloud.com',
  nameRule,
  isId: isKeyId,
  isInstanceId,
  descriptionRule,
  publicKeyRule,
  tagRule: null,
  abilities: {
    create: true,
    import: t`RSA keys only`,
    list: true,
    delete: t`while it is bound to no instance or image`,
    rename: true,
    description: t`at most 60 characters, once the pair is made; not with --api-version v2`,
    tag: false,
    retag: false,
    project: t`not with --api-version v2`,
    resourceGroup: false,
    attach: t`to stopped Linux instances`,
    forceStop: t`not with --api-version v2`,
    online: false,
    instances: t`not with --api-version v2`,
    runCommand: false,
    launchTemplates: false,
  },
  lackedBy: { v2: ['project', 'description', 'forceStop', 'instances'] },
  signatureValidMs: 5 * 60_000,
  requestsPerSecond: null,
  otherRequestsPerSecond: null,
  attachWarning: ATTACH_WARNING,
  detachWarning: DETACH_WARNING,
  runningWarning: CVM_RUNNING_WARNING,
  stopsRunning: 'when forced',
  refusesNoChange: ['detach'],
  warning: t`qcloud is an old interface, which the vendor may stop: it recommends the provider tencent`,
  load: async () => (await import('./legacy-v2/adapter.ts')).adapt,
};
