const CVM_FINANCE = ['ap-beijing-fsi', 'ap-shanghai-fsi', 'ap-shenzhen-fsi'];

/** The regions of Tencent's CreateKeyPair page (CVM, 2025-11-17), and two that were opened since. */
export const CVM_REGIONS: ReadonlySet<string> = new Set([
  ...['ap-bangkok', 'ap-beijing', 'ap-chengdu', 'ap-chongqing', 'ap-guangzhou', 'ap-hongkong', 'ap-jakarta'],
  ...['ap-nanjing', 'ap-seoul', 'ap-shanghai', 'ap-singapore', 'ap-tokyo', 'eu-frankfurt', 'na-ashburn'],
  'me-saudi-arabia',
  ...['na-siliconvalley', 'sa-saopaulo', ...CVM_FINANCE],
]);

/** Lighthouse: its full list is not documented, so CVM's without the finance regions. */
export const LIGHTHOUSE_REGIONS: ReadonlySet<string> = new Set(
  [...CVM_REGIONS].filter((region) => !CVM_FINANCE.includes(region)),
);

/** Finance regions answer on their own host only. */
export function isFinance(region: string): boolean {
  return CVM_FINANCE.includes(region);
}

/** Whether a region of Tencent lies in mainland China. */
export function isMainland(region: string): boolean {
  return /^ap-(beijing|chengdu|chongqing|guangzhou|nanjing|shanghai|shenzhen)\b/.test(region);
}

/** The actions that may be called without a region, since they are about all of them. */
export const REGIONLESS_ACTIONS: ReadonlySet<string> = new Set(['DescribeRegions']);

/** Short codes of the v2 gateway. `gz` is documented; the others are common knowledge, not a document's. */
const SHORT_CODES: ReadonlyMap<string, string> = new Map([
  ['gz', 'ap-guangzhou'],
  ['sh', 'ap-shanghai'],
  ['bj', 'ap-beijing'],
  ['cd', 'ap-chengdu'],
  ['cq', 'ap-chongqing'],
  ['hk', 'ap-hongkong'],
  ['sg', 'ap-singapore'],
  ['kr', 'ap-seoul'],
  ['jp', 'ap-tokyo'],
  ['th', 'ap-bangkok'],
  ['de', 'eu-frankfurt'],
  ['usw', 'na-siliconvalley'],
  ['use', 'na-ashburn'],
]);

/** The region of a v2 request, from its short code or its full name; null when unknown. */
export function v2Region(code: string): string | null {
  const region = SHORT_CODES.get(code) ?? code;
  return CVM_REGIONS.has(region) ? region : null;
}

/** The regions of ECS (aliyun-openapi-meta, 2026-04-21). */
export const ECS_REGIONS: ReadonlySet<string> = new Set([
  ...['cn-qingdao', 'cn-beijing', 'cn-zhangjiakou', 'cn-huhehaote', 'cn-wulanchabu', 'cn-hangzhou'],
  ...['cn-shanghai', 'cn-nanjing', 'cn-fuzhou', 'cn-shenzhen', 'cn-heyuan', 'cn-heyuan-acdr-1'],
  ...['cn-guangzhou', 'cn-chengdu', 'cn-zhongwei', 'cn-wuhan-lr', 'cn-zhengzhou-jva', 'cn-hongkong'],
  ...['cn-beijing-finance-1', 'cn-shanghai-finance-1', 'cn-shenzhen-finance-1', 'cn-north-2-gov-1'],
  'cn-hangzhou-finance',
  ...['ap-northeast-1', 'ap-northeast-2', 'ap-southeast-1', 'ap-southeast-2', 'ap-southeast-3'],
  ...['ap-southeast-5', 'ap-southeast-6', 'ap-southeast-7', 'ap-southeast-8', 'ap-south-1', 'us-east-1'],
  ...['us-west-1', 'us-southeast-1', 'na-south-1', 'eu-central-1', 'eu-west-1', 'me-east-1', 'me-central-1'],
]);
