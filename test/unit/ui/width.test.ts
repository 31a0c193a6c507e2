import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutTo, displayWidth, padTo } from '../../../src/ui/width.ts';

describe('the width of a text', () => {
  it.each([
    ['', 0],
    ['ap-guangzhou', 12],
    ['密钥', 4],
    ['キー', 4],
    ['ｱ', 1],
    ['é', 1],
    ['e\u0301', 1],
    ['…', 1],
    ['🔑', 2],
    ['👩‍👩‍👧‍👦', 2],
    ['🇨🇳', 2],
    ['한글', 4],
  ])('%j has %i columns', (text, columns) => {
    expect(displayWidth(text)).toBe(columns);
  });

  it.each([
    ['foo', 3, 'foo'],
    ['foo', 2, 'f…'],
    ['foo', 1, '…'],
    ['', 0, ''],
    ['foo bar', 5, 'foo…'],
    ['密钥对', 6, '密钥对'],
    ['密钥对', 5, '密钥…'],
    ['密钥对', 4, '密…'],
    ['e\u0301e\u0301e\u0301', 2, 'e\u0301…'],
    ['a👩‍👩‍👧‍👦b', 3, 'a…'],
  ])('%j cut to %i columns is %j', (text, columns, cut) => {
    expect(cutTo(text, columns)).toBe(cut);
  });

  it('fits after cutting, and fills after padding, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 12 }), (text, columns) => {
        const cut = cutTo(text, columns);
        expect(displayWidth(cut)).toBeLessThanOrEqual(columns);
        expect(displayWidth(padTo(cut, columns))).toBe(columns);
        if (displayWidth(text) <= columns) expect(cut).toBe(text);
      }),
    );
  });
});
