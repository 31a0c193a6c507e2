/** The finance regions: isolated from the rest, each with a host of its own. */
export const FINANCE_REGIONS: readonly string[] = ['ap-beijing-fsi', 'ap-shanghai-fsi', 'ap-shenzhen-fsi'];

/** The regions of CVM that its CreateKeyPair page lists (2025-11-17) and what was opened since, without those of finance. */
export const OPEN_REGIONS: readonly string[] = [
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
