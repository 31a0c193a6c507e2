import type { Entries } from '../t.ts';

/** How Chinese joins what English joins with commas, colons and brackets (GB/T 15834), and its units. */
export const GRAMMAR: Entries = [
  [', ', '、'],
  ['; ', '；'],
  ['{0}, {1}', '{0}，{1}'],
  ['{0}: {1}', '{0}：{1}'],
  ['{0} ({1})', '{0}（{1}）'],
  ['{0}:', '{0}：'],
  ['{0} s', '{0} 秒'],
];
