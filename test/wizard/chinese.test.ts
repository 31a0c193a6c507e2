import { describe, expect, it } from 'vitest';
import { CATALOG } from '../../src/i18n/zh-CN/catalog.ts';
import { textsOfSource } from '../unit/i18n/texts.ts';

const OURS = /^(wizard\/|ui\/(plain-prompts|prompt-theme|validated-input|search-prompt|spinner))/;

describe('the conversation', () => {
  const { texts, untagged } = textsOfSource();

  it('has every text in Chinese', () => {
    const ours = texts.filter(({ at }) => OURS.test(at));
    expect(ours.length).toBeGreaterThan(60);
    expect(ours.filter(({ key }) => !CATALOG.has(key))).toEqual([]);
  });

  it('has no text that could not be translated', () => {
    expect(untagged.filter(({ at }) => OURS.test(at))).toEqual([]);
  });
});
