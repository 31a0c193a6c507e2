import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { useLanguage } from '../../../src/i18n/language.ts';
import {
  formatFacts,
  interpolate,
  joinList,
  joinSentences,
  setCatalog,
  withLabel,
  withNote,
} from '../../../src/i18n/t.ts';

afterEach(() => {
  setCatalog({});
});

const SAID = (): readonly string[] => [
  joinList(['a', 'b', 3]),
  joinList(['a']),
  joinList([]),
  formatFacts(['tencent', 'ap-guangzhou', 'sandbox']),
  formatFacts(['tencent']),
  formatFacts([]),
  joinSentences(['a, b', 'c']),
  withNote('foo', 'skey-1'),
  withNote('foo', null),
  withNote('foo', ''),
  withLabel('foo', 'it is empty'),
];

describe('phrases', () => {
  it('are put together as English is', () => {
    expect(SAID()).toEqual([
      ...['a, b, 3', 'a', '', 'tencent, ap-guangzhou, sandbox', 'tencent', '', 'a, b; c'],
      ...['foo (skey-1)', 'foo', 'foo', 'foo: it is empty'],
    ]);
  });

  it('are put together as Chinese is', async () => {
    await useLanguage('zh-CN');
    expect(SAID()).toEqual([
      ...['a、b、3', 'a', '', 'tencent，ap-guangzhou，sandbox', 'tencent', '', 'a, b；c'],
      ...['foo（skey-1）', 'foo', 'foo', 'foo：it is empty'],
    ]);
  });

  it.each([
    ['来自 {0}，可更改', '配置档 work', '来自配置档 work，可更改'],
    ['来自 {0}，可更改', 'TENCENTCLOUD_REGION', '来自 TENCENTCLOUD_REGION，可更改'],
    ['没有 {0} 的凭证', '腾讯云 CVM', '没有腾讯云 CVM 的凭证'],
    ['没有 {0} 的凭证', '腾讯云', '没有腾讯云的凭证'],
    ['{0} 连接中断', '等待 x 响应时', '等待 x 响应时连接中断'],
    ['{0} 中没有密钥', '环境变量（X）', '环境变量（X）中没有密钥'],
    ['请求执行失败 {0}', '（实例状态：RUNNING）', '请求执行失败（实例状态：RUNNING）'],
    ['请求执行失败 {0}', '', '请求执行失败'],
    ['{0} 已创建', '“foo”', '“foo”已创建'],
    ['{0} 已存在', '/home/u/密钥', '/home/u/密钥已存在'],
    // What is typed keeps its blanks, whatever is in it.
    ['运行 chmod 600 {0}', '密钥', '运行 chmod 600 密钥'],
    ['cp {0} {0}', '密钥', 'cp 密钥 密钥'],
    ['ssh-add {0} -q', '', 'ssh-add  -q'],
    ['值是 {0}', '{0} $&', '值是 {0} $&'],
  ])('closes up %j with %j', (words, value, said) => {
    expect(interpolate(words, [value])).toBe(said);
  });
});

/** Where lists, and words beside words, are no text for people: headers, debug lines, JSON, contract. */
const NOT_TEXT: ReadonlySet<string> = new Set([
  'errors.ts',
  'main.ts',
  'cli/session.ts',
  'commands/fingerprint.ts',
  'commands/sandbox.ts',
  'http/transport.ts',
  'http/redact.ts',
  'http/route.ts',
  'keys/putty-format.ts',
  'ui/prompt-theme.ts',
]);

describe('the source', () => {
  it('joins nothing by hand that people read', () => {
    const src = path.resolve(import.meta.dirname, '../../../src');
    const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter(
      (file) => file.endsWith('.ts') && !/^(sandbox|completion|manual|i18n)\//.test(file) && !NOT_TEXT.has(file),
    );
    const byHand = files.flatMap((file) =>
      readFileSync(path.join(src, file), 'utf8')
        .split('\n')
        .map((line, index) => [`${file}:${index + 1}`, line.trim()] as const)
        .filter(([, line]) => !/^(\*|\/[/*])/.test(line))
        .filter(([, line]) => /join\('[,;] '\)|(?<![t\w])`[^`]*\}(?:[,;:] | \()\$\{/.test(line)),
    );
    expect(byHand).toEqual([]);
  });
});
