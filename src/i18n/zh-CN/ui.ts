import type { Entries } from '../t.ts';

/** Help, questions and times. */
export const UI: Entries = [
  ['commands', '命令'],
  ['arguments', '参数'],
  ['flags', '选项'],
  ['global flags', '全局选项'],
  ['usage', '用法'],
  ['examples', '示例'],
  ['[options]', '[选项]'],
  ['[command]', '[命令]'],
  ['Yes', '是'],
  ['(y/N)', '（y 是/N 否）'],
  ['{0} … ({1} s)', '{0} …（{1} 秒）'],
  ['No', '否'],
  ['You must answer with "{0}" or "{1}"', '请输入 y（{0}）或 n（{1}）'],
  ['type {0} to confirm, or nothing to cancel', '请输入 {0} 确认；什么都不输入则取消'],
  ['just now', '刚刚'],
  ['a moment ago', '刚刚'],
  ['cancelled: nothing was changed', '已取消：未做任何改动'],
  ['cancelled: nothing was called', '已取消：未发出任何请求'],
  ['cancelled before the request was made', '已取消：请求尚未发出'],
];
