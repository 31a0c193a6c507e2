import { t } from '../i18n/t.ts';
import { handledRows, lineOf, wordOf } from './parse.ts';
import type { Answer } from './response.ts';
import type { Region } from './types.ts';

/** The locations of the regions in Chinese and English, as the vendors name them. */
const NAMES: Readonly<Record<string, readonly [zh: string, en: string]>> = {
  'ap-bangkok': ['曼谷', 'Bangkok'],
  'ap-beijing': ['北京', 'Beijing'],
  'ap-beijing-fsi': ['北京金融', 'Beijing Finance'],
  'ap-chengdu': ['成都', 'Chengdu'],
  'ap-chongqing': ['重庆', 'Chongqing'],
  'ap-guangzhou': ['广州', 'Guangzhou'],
  'ap-hongkong': ['中国香港', 'Hong Kong'],
  'ap-jakarta': ['雅加达', 'Jakarta'],
  'ap-nanjing': ['南京', 'Nanjing'],
  'ap-northeast-1': ['日本（东京）', 'Japan (Tokyo)'],
  'ap-northeast-2': ['韩国（首尔）', 'South Korea (Seoul)'],
  'ap-seoul': ['首尔', 'Seoul'],
  'ap-shanghai': ['上海', 'Shanghai'],
  'ap-shanghai-fsi': ['上海金融', 'Shanghai Finance'],
  'ap-shenzhen-fsi': ['深圳金融', 'Shenzhen Finance'],
  'ap-singapore': ['新加坡', 'Singapore'],
  'ap-south-1': ['印度（孟买）', 'India (Mumbai)'],
  'ap-southeast-1': ['新加坡', 'Singapore'],
  'ap-southeast-2': ['澳大利亚（悉尼）', 'Australia (Sydney)'],
  'ap-southeast-3': ['马来西亚（吉隆坡）', 'Malaysia (Kuala Lumpur)'],
  'ap-southeast-5': ['印度尼西亚（雅加达）', 'Indonesia (Jakarta)'],
  'ap-southeast-6': ['菲律宾（马尼拉）', 'Philippines (Manila)'],
  'ap-southeast-7': ['泰国（曼谷）', 'Thailand (Bangkok)'],
  'ap-southeast-8': ['马来西亚（柔佛）', 'Malaysia (Johor)'],
  'ap-tokyo': ['东京', 'Tokyo'],
  'cn-beijing': ['华北 2（北京）', 'Beijing'],
  'cn-beijing-finance-1': ['北京金融云', 'Beijing Finance'],
  'cn-chengdu': ['西南 1（成都）', 'Chengdu'],
  'cn-fuzhou': ['华东 6（福州）', 'Fuzhou'],
  'cn-guangzhou': ['华南 3（广州）', 'Guangzhou'],
  'cn-hangzhou': ['华东 1（杭州）', 'Hangzhou'],
  'cn-hangzhou-finance': ['杭州金融云', 'Hangzhou Finance'],
  'cn-heyuan': ['华南 2（河源）', 'Heyuan'],
  'cn-heyuan-acdr-1': ['河源专属', 'Heyuan ACDR'],
  'cn-hongkong': ['中国香港', 'Hong Kong'],
  'cn-huhehaote': ['华北 5（呼和浩特）', 'Hohhot'],
  'cn-nanjing': ['华东 5（南京）', 'Nanjing'],
  'cn-north-2-gov-1': ['华北 2 政务云（北京）', 'Beijing Government'],
  'cn-qingdao': ['华北 1（青岛）', 'Qingdao'],
  'cn-shanghai': ['华东 2（上海）', 'Shanghai'],
  'cn-shanghai-finance-1': ['上海金融云', 'Shanghai Finance'],
  'cn-shenzhen': ['华南 1（深圳）', 'Shenzhen'],
  'cn-shenzhen-finance-1': ['深圳金融云', 'Shenzhen Finance'],
  'cn-wuhan-lr': ['华中 1（武汉）', 'Wuhan'],
  'cn-wulanchabu': ['华北 6（乌兰察布）', 'Ulanqab'],
  'cn-zhangjiakou': ['华北 3（张家口）', 'Zhangjiakou'],
  'cn-zhengzhou-jva': ['郑州（联通合营）', 'Zhengzhou'],
  'cn-zhongwei': ['中卫', 'Zhongwei'],
  'eu-central-1': ['德国（法兰克福）', 'Germany (Frankfurt)'],
  'eu-frankfurt': ['法兰克福', 'Frankfurt'],
  'eu-west-1': ['英国（伦敦）', 'UK (London)'],
  'me-central-1': ['沙特（利雅得）', 'Saudi Arabia (Riyadh)'],
  'me-east-1': ['阿联酋（迪拜）', 'UAE (Dubai)'],
  'me-saudi-arabia': ['利雅得（沙特阿拉伯）', 'Riyadh (Saudi Arabia)'],
  'na-ashburn': ['弗吉尼亚', 'Virginia (Ashburn)'],
  'na-siliconvalley': ['硅谷', 'Silicon Valley'],
  'na-south-1': ['墨西哥', 'Mexico'],
  'sa-saopaulo': ['圣保罗', 'São Paulo'],
  'us-east-1': ['美国（弗吉尼亚）', 'US (Virginia)'],
  'us-southeast-1': ['美国（亚特兰大）', 'US (Atlanta)'],
  'us-west-1': ['美国（硅谷）', 'US (Silicon Valley)'],
};

/** The location of a region in one of the two languages; empty for an unknown region. */
export function regionName(region: string, language: 'en' | 'zh-CN'): string {
  const names = Object.hasOwn(NAMES, region) ? NAMES[region] : undefined;
  return names?.[language === 'en' ? 1 : 0] ?? '';
}

/** Whether the text is part of the region's id or of its name in either language. */
export function fitsRegion(region: string, text: string): boolean {
  const wanted = plain(text);
  const names = Object.hasOwn(NAMES, region) ? (NAMES[region] ?? []) : [];
  return [region, ...names].some((name) => name.includes(text) || (wanted !== '' && plain(name).includes(wanted)));
}

/** The region that an invalid text most likely means: by location, else by spelling; or null. */
export function suggestRegion(text: string, regions: readonly string[]): string | null {
  const fitting = text.length > 1 ? regions.filter((region) => fitsRegion(region, text)) : [];
  // The plain region comes before the finance region.
  const [shortest] = [...fitting].sort((a, b) => a.length - b.length);
  if (shortest !== undefined) return shortest;
  // A region with another number may be new.
  const isNumbered = /\d$/.test(text) && regions.some((region) => letters(region) === letters(text));
  return isNumbered ? null : nearest(text.toLowerCase(), regions, 2);
}

function letters(region: string): string {
  return region.replace(/\d+$/, '');
}

/** Only the letters and digits, in lower case and without accents: `São Paulo` becomes `saopaulo`. */
function plain(text: string): string {
  return text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '');
}

/** The shape of a region id. Nothing else that a server sends gets into a host name. */
const REGION = /^[a-z]{2}(-[a-z0-9]+)*$/;

/** Longer than any list of regions. */
const MOST = 300;

/**
 * The available regions in a service's response.
 *
 * @param fields the field names of a row.
 * @throws KeypairError if there is no list or it is empty.
 */
export function readRegions(
  answer: Answer,
  list: unknown,
  fields: { readonly id: string; readonly name: string; readonly state: string },
): readonly Region[] {
  const rows = handledRows(list, fields.id, (row, id) => ({
    id,
    name: lineOf(row[fields.name])?.slice(0, 100) ?? null,
    open: wordOf(row[fields.state]) !== 'unavailable',
  }));
  const regions = rows?.items.filter(({ id, open }) => open && id.length <= 60 && REGION.test(id)) ?? [];
  if (regions.length === 0) throw answer.malformed(t`without a list of regions`);
  return [...new Map(regions.map(({ id, name }) => [id, { id, name }])).values()].slice(0, MOST);
}

/**
 * The nearest name that begins with the text or differs from it by at most a third of its letters, or null.
 *
 * @param farthest the maximum number of different letters in any case.
 */
export function nearest(text: string, names: readonly string[], farthest = Infinity): string | null {
  const ranked = names
    .map((name) => ({ name, steps: text.length > 1 && name.startsWith(text) ? 0 : distance(text, name) }))
    .filter(({ name, steps }) => steps <= Math.min(farthest, Math.ceil(name.length / 3)))
    .sort((a, b) => a.steps - b.steps);
  return ranked[0]?.name ?? null;
}

/** How many letters to add, remove or replace (Levenshtein). */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (const [index, letter] of Array.from(from).entries()) {
    const next = [index + 1];
    for (const [column, other] of Array.from(to).entries()) {
      const change = (row[column] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(change, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
