import { describe, expect, it } from 'vitest';
import { useLanguage } from '../../../src/i18n/language.ts';
import { setCatalog } from '../../../src/i18n/t.ts';
import { relativeTime } from '../../../src/ui/relative-time.ts';

const NOW = new Date('2026-11-21T12:00:00Z');

describe('a moment for people', () => {
  it.each([
    ['2026-11-21T12:00:00Z', 'just now'],
    ['2026-11-21T11:59:01Z', 'just now'],
    ['2026-11-21T12:00:59Z', 'just now'],
    ['2026-11-21T11:59:00Z', '1 minute ago'],
    ['2026-11-21T11:57Z', '3 minutes ago'],
    ['2026-11-21T12:05:00Z', 'in 5 minutes'],
    ['2026-11-21T11:00:00.001Z', '59 minutes ago'],
    ['2026-11-21T11:00:00Z', '1 hour ago'],
    ['2026-11-21T19:00:00+08:00', '1 hour ago'],
    ['2026-11-20T12:00:01Z', '23 hours ago'],
    ['2026-11-20T12:00:00Z', 'yesterday'],
    ['2026-11-19T12:00:00Z', '2 days ago'],
    ['2026-11-23T12:00:00Z', 'in 2 days'],
    ['2026-11-22T12:00:00Z', 'tomorrow'],
    ['2026-10-23T12:00:00Z', '29 days ago'],
    ['2026-10-21T12:00:00Z', '1 month ago'],
    ['2025-12-21T12:00:00Z', '11 months ago'],
    ['2025-11-20T12:00:00Z', '1 year ago'],
    ['2017-03-12T00:00:00Z', '9 years ago'],
    ['0001-01-01T00:00:00Z', '2,025 years ago'],
  ])('%s is %s', (iso, shown) => {
    expect(relativeTime(iso, NOW)).toBe(shown);
  });

  it.each([
    ['2026-11-21T12:00:30Z', '刚刚'],
    ['2026-11-21T11:57:00Z', '3 分钟前'],
    ['2026-11-21T14:00:00Z', '2 小时后'],
    ['2026-11-20T12:00:00Z', '昨天'],
    ['2026-11-10T12:00:00Z', '11 天前'],
    ['2026-09-21T12:00:00Z', '2 个月前'],
    ['0001-01-01T00:00:00Z', '2,025 年前'],
  ])('%s is %s in Chinese', async (iso, shown) => {
    await useLanguage('zh-CN');
    expect(relativeTime(iso, NOW)).toBe(shown);
    setCatalog({});
  });

  it.each(['', 'null', 'soon', '2026-13-45T99:00:00Z'])('leaves %j, which is none, as it is', (text) => {
    expect(relativeTime(text, NOW)).toBe(text);
  });
});
