import { KeypairError } from '../../../errors.ts';
import { t } from '../../../i18n/t.ts';
import type { Descriptor } from '../../types.ts';
import { ecsService, importNameRule, nameRule, publicKeyRule, swasNameRule, swasService, tagRule } from './service.ts';

/** The regions with a special host: the endpoint map of `@alicloud/ecs20140526` 7.11.6. A test compares the two. */
export const ENDPOINTS: Readonly<Record<string, string>> = {
  'cn-hangzhou': 'ecs-cn-hangzhou.aliyuncs.com',
  'cn-shanghai-finance-1': 'ecs-cn-hangzhou.aliyuncs.com',
  'cn-shenzhen-finance-1': 'ecs-cn-hangzhou.aliyuncs.com',
  'cn-north-2-gov-1': 'ecs.aliyuncs.com',
  'ap-northeast-2-pop': 'ecs.aliyuncs.com',
  'cn-beijing-finance-pop': 'ecs.aliyuncs.com',
  'cn-beijing-gov-1': 'ecs.aliyuncs.com',
  'cn-beijing-nu16-b01': 'ecs-cn-hangzhou.aliyuncs.com',
  'cn-edge-1': 'ecs.cn-qingdao-nebula.aliyuncs.com',
  'cn-fujian': 'ecs-cn-hangzhou.aliyuncs.com',
  'cn-haidian-cm12-c01': 'ecs-cn-hangzhou.aliyuncs.com',
  'cn-hangzhou-bj-b01': 'ecs-cn-hangzhou.aliyuncs.com',
  'cn-hangzhou-finance': 'ecs.aliyuncs.com',
  'cn-hangzhou-internal-prod-1': 'ecs-cn-hangzhou.aliyuncs.com',
  'cn-hangzhou-internal-test-1': 'ecs-cn-hangzhou.aliyuncs.com',
  'cn-hangzhou-internal-test-2': 'ecs-cn-hangzhou.aliyuncs.com',
  'cn-hangzhou-internal-test-3': 'ecs-cn-hangzhou.aliyuncs.com',
  'cn-hangzhou-test-306': 'ecs-cn-hangzhou.aliyuncs.com',
  'cn-hongkong-finance-pop': 'ecs.aliyuncs.com',
  'cn-huhehaote-nebula-1': 'ecs.cn-qingdao-nebula.aliyuncs.com',
  'cn-shanghai-et15-b01': 'ecs-cn-hangzhou.aliyuncs.com',
  'cn-shanghai-et2-b01': 'ecs-cn-hangzhou.aliyuncs.com',
  'cn-shanghai-inner': 'ecs.aliyuncs.com',
  'cn-shanghai-internal-test-1': 'ecs-cn-hangzhou.aliyuncs.com',
  'cn-shenzhen-inner': 'ecs.aliyuncs.com',
  'cn-shenzhen-st4-d01': 'ecs-cn-hangzhou.aliyuncs.com',
  'cn-shenzhen-su18-b01': 'ecs-cn-hangzhou.aliyuncs.com',
  'cn-wuhan': 'ecs.aliyuncs.com',
  'cn-yushanfang': 'ecs.aliyuncs.com',
  'cn-zhangbei': 'ecs.aliyuncs.com',
  'cn-zhangbei-na61-b01': 'ecs-cn-hangzhou.aliyuncs.com',
  'cn-zhangjiakou-na62-a01': 'ecs.cn-zhangjiakou.aliyuncs.com',
  'cn-zhengzhou-nebula-1': 'ecs.cn-qingdao-nebula.aliyuncs.com',
  'eu-west-1-oxs': 'ecs.cn-shenzhen-cloudstone.aliyuncs.com',
  'rus-west-1-pop': 'ecs.aliyuncs.com',
};

/**
 * The host of a region, as in the vendor's SDK: from its map, else `ecs.<region>.aliyuncs.com`.
 *
 * @throws KeypairError `USAGE` for a text that would give a host outside the vendor's domain.
 */
export function ecsHost(region: string): string {
  const usual = hostOf('ecs', region);
  return Object.hasOwn(ENDPOINTS, region) ? (ENDPOINTS[region] ?? '') : usual;
}

function hostOf(product: string, region: string): string {
  if (!/^[a-z0-9]+(?:-[a-z0-9]+)*$/i.test(region)) {
    throw new KeypairError('USAGE', t`a region consists of letters, digits and hyphens, such as cn-hangzhou`);
  }
  return `${product}.${region}.aliyuncs.com`;
}

/** The ECS regions in the vendor's product list (2026-04-21), and the finance regions in its SDK's map. */
export const REGIONS: readonly string[] = [
  'cn-qingdao',
  'cn-beijing',
  'cn-zhangjiakou',
  'cn-huhehaote',
  'cn-wulanchabu',
  'cn-hangzhou',
  'cn-hangzhou-finance',
  'cn-shanghai',
  'cn-nanjing',
  'cn-fuzhou',
  'cn-shenzhen',
  'cn-heyuan',
  'cn-heyuan-acdr-1',
  'cn-guangzhou',
  'cn-chengdu',
  'cn-zhongwei',
  'cn-wuhan-lr',
  'cn-zhengzhou-jva',
  'cn-hongkong',
  'cn-beijing-finance-1',
  'cn-shanghai-finance-1',
  'cn-shenzhen-finance-1',
  'cn-north-2-gov-1',
  'ap-northeast-1',
  'ap-northeast-2',
  'ap-southeast-1',
  'ap-southeast-2',
  'ap-southeast-3',
  'ap-southeast-5',
  'ap-southeast-6',
  'ap-southeast-7',
  'ap-southeast-8',
  'ap-south-1',
  'us-east-1',
  'us-west-1',
  'us-southeast-1',
  'na-south-1',
  'eu-central-1',
  'eu-west-1',
  'me-east-1',
  'me-central-1',
];

/**
 * What ECS and Simple Application Server have in common. The words on attaching are those of ECS's AttachKeyPair, and of
 * the page on key pairs of Simple Application Server (https://www.alibabacloud.com/help/doc-detail/59085.htm), which
 * says that a key takes effect after a restart and then turns login by password off.
 */
const COMMON = {
  vendor: 'aliyun',
  defaultRegion: 'cn-hangzhou',
  // Accounts of both sites use the same hosts.
  sites: ['cn', 'intl'],
  isId: () => false,
  descriptionRule: null,
  publicKeyRule,
  signatureValidMs: 15 * 60_000,
  requestsPerSecond: null,
  otherRequestsPerSecond: null,
  attachWarning: t`the key replaces the one that the instance has, and login by password is turned off`,
  detachWarning: t`afterwards nobody can log in until a password is set`,
  runningWarning: t`on a running instance it takes effect when it is rebooted`,
  stopsRunning: 'never',
  refusesNoChange: [],
  warning: null,
} as const satisfies Partial<Descriptor>;

const ABILITIES = {
  create: true,
  import: t`RSA, DSA and ECDSA keys; no Ed25519`,
  list: true,
  delete: t`while it is bound to no instance`,
  rename: false,
  description: false,
  project: false,
  attach: t`to Linux instances; takes effect after a reboot`,
  forceStop: false,
  online: false,
  instances: true,
  runCommand: t`on running Linux instances, through the vendor's agent`,
} as const satisfies Partial<Descriptor['abilities']>;

/** Alibaba Cloud ECS. A key pair belongs to one region and is identified by name. */
export const ecsDescriptor: Descriptor = {
  ...ecsService,
  ...COMMON,
  aliases: ['alibaba', 'alicloud', 'ecs'],
  apiVersions: ['2014-05-26'],
  regions: REGIONS,
  host: ecsHost,
  // The pages on CreateKeyPair tell both quotas.
  quota: { keyPairs: 500, per: 'region' },
  nameRule,
  importNameRule,
  isUnlistedId: (text) => /^ssh-[0-9a-z]{12,40}$/.test(text),
  isInstanceId: (text) => /^i-[0-9a-z]{8,}$/.test(text),
  tagRule,
  abilities: { ...ABILITIES, tag: true, retag: true, resourceGroup: true, launchTemplates: true },
  load: async () => (await import('./adapter.ts')).adapt,
};

/**
 * The regions in a response to ListRegions (2026-06), which the vendor's list of endpoints confirms
 * (https://help.aliyun.com/zh/simple-application-server/developer-reference/api-swas-open-2020-06-01-endpoint).
 */
const SWAS_REGIONS: readonly string[] = [
  'cn-qingdao',
  'cn-beijing',
  'cn-zhangjiakou',
  'cn-huhehaote',
  'cn-wulanchabu',
  'cn-hangzhou',
  'cn-shanghai',
  'cn-nanjing',
  'cn-fuzhou',
  'cn-shenzhen',
  'cn-heyuan',
  'cn-guangzhou',
  'cn-chengdu',
  'cn-wuhan-lr',
  'cn-hongkong',
  'ap-northeast-1',
  'ap-northeast-2',
  'ap-southeast-1',
  'ap-southeast-3',
  'ap-southeast-5',
  'ap-southeast-6',
  'ap-southeast-7',
  'us-east-1',
  'us-west-1',
  'eu-central-1',
  'eu-west-1',
];

/** Alibaba Cloud Simple Application Server: small servers at a flat price, with key pairs of their own. */
export const swasDescriptor: Descriptor = {
  ...swasService,
  ...COMMON,
  aliases: ['simple-application-server'],
  apiVersions: ['2020-06-01'],
  regions: SWAS_REGIONS,
  quota: { keyPairs: 10, per: 'region' },
  host: (region) => hostOf('swas', region),
  nameRule: swasNameRule,
  isInstanceId: (text) => /^[0-9a-f]{32}$/.test(text),
  // TagResources knows no key pairs.
  tagRule: null,
  abilities: { ...ABILITIES, tag: false, retag: false, resourceGroup: false, launchTemplates: false },
  load: async () => (await import('./swas.ts')).adapt,
};
