const CVM_FINANCE = ['ap-beijing-fsi', 'ap-shanghai-fsi', 'ap-shenzhen-fsi'];

/** The regions in Tencent's document of CreateKeyPair (CVM, 2025-11-17), and two newer ones. */
export const CVM_REGIONS: ReadonlySet<string> = new Set([
  ...['ap-bangkok', 'ap-beijing', 'ap-chengdu', 'ap-chongqing', 'ap-guangzhou', 'ap-hongkong', 'ap-jakarta'],
  ...['ap-nanjing', 'ap-seoul', 'ap-shanghai', 'ap-singapore', 'ap-tokyo', 'eu-frankfurt', 'na-ashburn'],
  'me-saudi-arabia',
  ...['na-siliconvalley', 'sa-saopaulo', ...CVM_FINANCE],
]);

/** The regions of Lighthouse. The documents have no full list; these are CVM's without the finance regions. */
export const LIGHTHOUSE_REGIONS: ReadonlySet<string> = new Set(
  [...CVM_REGIONS].filter((region) => !CVM_FINANCE.includes(region)),
);

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

/** The regions of SWAS (its ListRegions in 2026-06, and its page on endpoints). */
export const SWAS_REGIONS: ReadonlySet<string> = new Set([
  ...['cn-qingdao', 'cn-beijing', 'cn-zhangjiakou', 'cn-huhehaote', 'cn-hangzhou', 'cn-shanghai', 'cn-shenzhen'],
  ...['cn-heyuan', 'cn-chengdu', 'cn-guangzhou', 'cn-wulanchabu', 'cn-nanjing', 'cn-fuzhou', 'cn-wuhan-lr'],
  ...['cn-hongkong', 'ap-southeast-1', 'ap-southeast-3', 'ap-southeast-5', 'ap-northeast-1', 'us-west-1', 'us-east-1'],
  ...['eu-central-1', 'eu-west-1', 'ap-southeast-6', 'ap-southeast-7', 'ap-northeast-2'],
]);

/** The region names of Tencent and Alibaba in Chinese, the default language of both services. */
export const REGION_NAMES: ReadonlyMap<string, string> = new Map([
  ['ap-bangkok', '亚太东南(曼谷)'],
  ['ap-beijing', '华北地区(北京)'],
  ['ap-beijing-fsi', '华北地区(北京金融)'],
  ['ap-chengdu', '西南地区(成都)'],
  ['ap-chongqing', '西南地区(重庆)'],
  ['ap-guangzhou', '华南地区(广州)'],
  ['ap-hongkong', '港澳台地区(中国香港)'],
  ['ap-jakarta', '亚太东南(雅加达)'],
  ['ap-nanjing', '华东地区(南京)'],
  ['ap-seoul', '亚太东北(首尔)'],
  ['ap-shanghai', '华东地区(上海)'],
  ['ap-shanghai-fsi', '华东地区(上海金融)'],
  ['ap-shenzhen-fsi', '华南地区(深圳金融)'],
  ['ap-singapore', '亚太东南(新加坡)'],
  ['ap-tokyo', '亚太东北(东京)'],
  ['eu-frankfurt', '欧洲地区(法兰克福)'],
  ['me-saudi-arabia', '中东地区(利雅得)'],
  ['na-ashburn', '美国东部(弗吉尼亚)'],
  ['na-siliconvalley', '美国西部(硅谷)'],
  ['sa-saopaulo', '南美地区(圣保罗)'],
  ['cn-qingdao', '华北1（青岛）'],
  ['cn-beijing', '华北2（北京）'],
  ['cn-zhangjiakou', '华北3（张家口）'],
  ['cn-huhehaote', '华北5（呼和浩特）'],
  ['cn-wulanchabu', '华北6（乌兰察布）'],
  ['cn-hangzhou', '华东1（杭州）'],
  ['cn-shanghai', '华东2（上海）'],
  ['cn-shenzhen', '华南1（深圳）'],
  ['cn-heyuan', '华南2（河源）'],
  ['cn-guangzhou', '华南3（广州）'],
  ['cn-chengdu', '西南1（成都）'],
  ['cn-hongkong', '中国香港'],
  ['ap-northeast-1', '日本（东京）'],
  ['ap-southeast-1', '新加坡'],
  ['us-east-1', '美国（弗吉尼亚）'],
  ['us-west-1', '美国（硅谷）'],
  ['eu-central-1', '德国（法兰克福）'],
  ['eu-west-1', '英国（伦敦）'],
]);

/** Whether a region is a finance region, which has a host of its own. */
export function isFinance(region: string): boolean {
  return CVM_FINANCE.includes(region);
}

/** Whether a region of Tencent is in mainland China. */
export function isMainland(region: string): boolean {
  return /^ap-(beijing|chengdu|chongqing|guangzhou|nanjing|shanghai|shenzhen)\b/.test(region);
}

/** The actions that need no region. */
export const REGIONLESS_ACTIONS: ReadonlySet<string> = new Set([
  'DescribeRegions',
  'DescribeResourceTagsByResourceIds',
  'ListRegions',
  'ModifyResourceTags',
  'RebootInstance',
  'StartInstance',
  'StopInstance',
]);

/** The short region codes of the v2 gateway. Only `gz` is documented. */
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

/** The region for a short code or full name in a v2 request; null when unknown. */
export function v2Region(code: string): string | null {
  const region = SHORT_CODES.get(code) ?? code;
  return CVM_REGIONS.has(region) ? region : null;
}
