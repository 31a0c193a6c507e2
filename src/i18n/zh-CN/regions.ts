import type { Entries } from '../t.ts';

/** Simplified Chinese of what is said of regions: where they come from, and what is wrong with them. */
export const REGIONS: Entries = [
  ['cannot read the region from {0}: {1}', '无法从 {0} 读取地域：{1}'],
  ['correct {0}, or name the region with --region', '请修正 {0}，或用 --region 指定地域'],
  ['what it has there is no region', '其中的值不是地域'],
  ['it has no profile {0}', '其中没有配置档 {0}'],
  ['it has no profile {0}, which {1} names', '其中没有 {1} 指定的配置档 {0}'],
  ['{0} is not a documented region: it is saved as it is', '没有文档列出地域 {0}，将按原样保存'],
  ['{0} has no region {1}', '{0} 没有地域 {1}'],
  ['project {0}', '项目 {0}'],
  ['{0} key pairs are called {1} in {2}: {3}', '{2} 中有 {0} 个密钥对名为 {1}：{3}'],
  ['say which one by its id', '请用 ID 指明是哪一个'],
  ['{0} will be stopped for it, by force: {1}', '{0} 将为此被强制关机：{1}'],
  ['without a list of regions', '没有地域列表'],
  ['asking for the regions', '正在查询地域'],
  [
    '{0} does not tell its regions, those that are built in are taken: {1}',
    '无法从 {0} 查询地域，将使用内置列表：{1}',
  ],
  ['{0} was passed over: {1}', '已跳过 {0}：{1}'],
  [
    '{0} was not asked: there are no credentials; its regions are those that are built in',
    '没有凭证，未查询 {0}；其地域来自内置列表',
  ],
  ['{0} in {1}', '{1} 的 {0}'],
  ['listed by the service', '云服务返回'],
  ['built in', '内置'],
  ['left out, since {0} does not list them: {1}', '{0} 未列出以下地域，已略过：{1}'],
  ['the permission that is missing: {0}', '缺少的权限：{0}'],
  [
    '2 to 128 letters of any script, digits, periods, colons, underscores and hyphens, beginning with a letter',
    '2 到 128 个字母（含汉字等）、数字、句点、冒号、下划线和连字符，以字母开头',
  ],
  [
    '{0} looks like an id: Alibaba Cloud ECS lists none, and it was not made on this machine; give the name',
    '{0} 像是 ID：阿里云 ECS 的列表不返回 ID，它也不是在本机创建的；请给出名称',
  ],
  [
    'a pair of the name {0} is there, but it does not have the key of {1}',
    '名为 {0} 的密钥对存在，但它的密钥不是 {1} 的密钥',
  ],
  [
    'if you mean the pair that is there now, give its name: {0}',
    '如果指的是现在的这个密钥对，请给出其名称：{0}',
  ],
];
