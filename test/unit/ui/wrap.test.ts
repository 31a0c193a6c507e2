import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainWidth, wrap, wrapMessage } from '../../../src/ui/wrap.ts';

describe('a wrapped text', () => {
  it.each([
    ['as short as it is', 40, ['as short as it is']],
    ['one two three', 7, ['one two', 'three']],
    ['one two three', 6, ['one', 'two', 'three']],
    ['a-word-that-is-too-long here', 10, ['a-word-that-is-too-long', 'here']],
    ['', 10, ['']],
    ['密钥对和标签', 6, ['密钥对', '和标签']],
    ['密钥对和标签', 7, ['密钥对', '和标签']],
    ['密钥对，标签', 6, ['密钥', '对，标', '签']],
    ['绑定（实例）', 6, ['绑定', '（实', '例）']],
    ['使用 --name 指定名称', 12, ['使用 --name', '指定名称']],
    ['在 stderr 上', 8, ['在', 'stderr', '上']],
    ['（默认 30）', 9, ['（默认', '30）']],
  ])('of %j in %d columns is %j', (text, width, lines) => {
    expect(wrap(text, width)).toEqual(lines);
  });

  it('loses nothing but blanks at the breaks, and fits', () => {
    const words = fc.array(fc.constantFrom('a', 'key', '密', '钥', '，', '（', '）', ' ', '--flag', '。', '…'));
    fc.assert(
      fc.property(words, fc.integer({ min: 12, max: 40 }), (pieces, width) => {
        const text = pieces.join('');
        const lines = wrap(text, width);
        expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
        for (const line of lines) {
          const breakable = /(?![，。（）])\p{Script=Han}.*(?![，。（）])\p{Script=Han}|\S\s+\S/u.test(line);
          if (breakable && !/[，。）（]{2}/.test(line)) expect(plainWidth(line), line).toBeLessThanOrEqual(width);
        }
      }),
    );
  });
});

describe('what is said on a terminal', () => {
  it('ends its lines between words, and keeps a command line whole, for people to copy', () => {
    const text =
      'keypair: error: nothing of the sort is there\nkeypair: hint: see what there is: keypair list -p tencent -r ap-guangzhou\n';
    expect(wrapMessage(text, 30)).toBe(
      [
        'keypair: error: nothing of',
        '  the sort is there',
        'keypair: hint: see what',
        '  there is:',
        '  keypair list -p tencent -r ap-guangzhou',
        '',
      ].join('\n'),
    );
    expect(wrapMessage(text, 200)).toBe(text);
    expect(wrapMessage(text, null)).toBe(text);
  });
});
