import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Entries } from '../../../src/language/t.ts';
import { CATALOG } from '../../../src/language/zh-CN/catalog.ts';
import { displayWidth } from '../../../src/ui/width.ts';
import { plainWidth } from '../../../src/ui/wrap.ts';
import { textsOfSource } from './texts.ts';

/** Texts that are the same in Chinese. */
const SAME: ReadonlySet<string> = new Set([]);

const { texts, untagged } = textsOfSource();
const pairs = [...CATALOG];

describe('the Chinese catalog', () => {
  it('is of a source with many texts', () => {
    expect(texts.length).toBeGreaterThan(400);
  });

  it('has every text of the source', () => {
    const missing = texts.filter(({ key }) => !CATALOG.has(key));
    expect(missing.map(({ key, at }) => `${at}: ${key}`)).toEqual([]);
  });

  it('can have every text: those with values in them are tagged', () => {
    expect(untagged.map(({ key, at }) => `${at}: ${key}`)).toEqual([]);
  });

  it('has nothing that the source no longer says', () => {
    const said = new Set(texts.map(({ key }) => key));
    expect(pairs.filter(([english]) => !said.has(english)).map(([english]) => english)).toEqual([]);
  });

  it('puts in the same values', () => {
    const values = (text: string): readonly string[] => [...new Set(text.match(/\{\d+\}/g) ?? [])].sort();
    for (const [english, chinese] of pairs) expect(values(chinese), english).toEqual(values(english));
  });

  it('translates each', () => {
    const same = pairs.filter(([english, chinese]) => english === chinese && !SAME.has(english));
    expect(same).toEqual([]);
    expect([...SAME].filter((english) => CATALOG.get(english) !== english)).toEqual([]);
    expect(pairs.filter(([, chinese]) => chinese.trim() !== chinese || chinese === '')).toEqual([]);
  });

  it('punctuates as Chinese is', () => {
    const bad = pairs.filter(([, chinese]) => /\p{Script=Han}[,;:?!)]|[,;:?!(]\p{Script=Han}/u.test(chinese));
    expect(bad).toEqual([]);
  });

  it('says one thing in one way, whichever rooms say it', async () => {
    const ways = new Map<string, Set<string>>();
    const folder = path.resolve(import.meta.dirname, '../../../src/language/zh-CN');
    for (const file of readdirSync(folder).filter((name) => name !== 'catalog.ts')) {
      const lists = Object.values((await import(path.join(folder, file))) as Record<string, Entries>);
      for (const [english, chinese] of lists.flat()) {
        ways.set(english, (ways.get(english) ?? new Set()).add(chinese));
      }
    }
    expect([...ways].filter(([, translations]) => translations.size > 1)).toEqual([]);
    expect([...ways.keys()].filter((english) => !CATALOG.has(english))).toEqual([]);
  });

  it('is as wide as help takes it to be', () => {
    for (const text of pairs.flat()) expect(plainWidth(text), text).toBe(displayWidth(text));
  });
});
