import { expect, test } from 'vitest';
import { printable } from '../../../src/sanitize.ts';

test('ordinary text of any language stays as it is', () => {
  for (const text of ['', 'hello', '密钥对名称重复', 'naïve “quotes” — ok', '🔑']) expect(printable(text)).toBe(text);
});

test('line breaks and tabs become spaces', () => {
  expect(printable('a\r\nb\tc')).toBe('a  b c');
});

test.each([
  ['an escape sequence', '\x1b[31mred\x07', '\\x1b[31mred\\x07'],
  ['C1 controls', 'a\x9b2Jb\x85', 'a\\x9b2Jb\\x85'],
  ['DEL and NUL', '\x7f\x00', '\\x7f\\x00'],
  ['bidi overrides and isolates', '\u202egnp\u2066x\u2069', '\\u202egnp\\u2066x\\u2069'],
  ['zero widths', 'a\u200bb\u200dc\ufeffd', 'a\\u200bb\\u200dc\\ufeffd'],
  ['separators', 'a\u2028b\u2029c', 'a\\u2028b\\u2029c'],
  ['a lone surrogate', 'a\ud800b', 'a\\ud800b'],
  ['tags', 'a\u{e0041}', 'a\\u{e0041}'],
  ['invisible letters', 'a\u3164b', 'a\\u3164b'],
])('%s become visible', (_name, text, expected) => {
  expect(printable(text)).toBe(expected);
});

test('a long text is cut to the length, escapes and surrogates counted', () => {
  expect(printable('abcdef', 6)).toBe('abcdef');
  expect(printable('abcdefg', 6)).toBe('abcde…');
  expect(printable('\x1b'.repeat(10), 10)).toHaveLength(9);
  for (let max = 1; max < 20; max++) {
    for (const text of ['🔑'.repeat(20), 'a\x1b🔑\u202e'.repeat(20)]) {
      const cut = printable(text, max);
      expect(cut.length).toBeLessThanOrEqual(max);
      expect(cut.endsWith('…')).toBe(true);
      expect(() => encodeURIComponent(cut)).not.toThrow(); // it does on half a surrogate pair
    }
  }
});

test('a huge text costs no more than a short one', () => {
  const huge = 'x'.repeat(50_000_000);
  // The bound only catches a hang.
  const started = performance.now();
  expect(printable(huge, 100)).toHaveLength(100);
  expect(performance.now() - started).toBeLessThan(10_000);
});
