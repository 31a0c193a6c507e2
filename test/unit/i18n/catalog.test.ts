import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Entries } from '../../../src/i18n/t.ts';
import { CATALOG } from '../../../src/i18n/zh-CN/catalog.ts';
import { displayWidth } from '../../../src/ui/width.ts';
import { plainWidth } from '../../../src/ui/wrap.ts';
import { textsOfSource } from './texts.ts';

/** Texts that are the same in Chinese. */
const SAME: ReadonlySet<string> = new Set([]);

const CHINESE = path.resolve(import.meta.dirname, '../../../src/i18n/zh-CN');

const { texts, untagged } = textsOfSource();
const pairs = [...CATALOG];

/** What is typed or copied as it stands: characters that are allowed, patterns, addresses with a port. */
const TYPED =
  /\+ (?:[-=._:/@()[\],;><] ?)+$|\{1\}:\{2\}|\b(?:acs|qcs):(?= 开|、)|db\?$|(?<= )\?(?= )|\.pub\b/g;

function withoutTyped(chinese: string): string {
  return chinese.replace(TYPED, 'x');
}

/** The glossary beside the catalog: what is said, and each of the words that are not. */
function forbiddenWords(): readonly (readonly [right: string, wrong: string])[] {
  const rows = readFileSync(path.join(CHINESE, 'README.md'), 'utf8').matchAll(
    /^\|[^|]+\|([^|]+)\|([^|]+)\|$/gm,
  );
  return [...rows].flatMap(([, right = '', wrong = '']) =>
    wrong
      .replace(/\([^)]*\)/g, '')
      .split(',')
      .map((word) => word.trim())
      .filter((word) => /^\p{Script=Han}+$/u.test(word))
      .map((word) => [right.trim(), word] as const),
  );
}

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

  it.each([
    ['no ASCII punctuation at a Han character', /\p{Script=Han} ?[,;:?!.()"']|[,;:?!()"'] ?\p{Script=Han}/u],
    ['none at the end, or between the parts of a sentence', /[,;:?!.](?: (?![+\-=._:/@()[\],;><])|$)|\)$/u],
    ['no blank at punctuation of full width', / [，、；：。？！（）“”]|[，、；：。？！（）“”] /u],
    ['one blank between Han and Latin', /\p{Script=Han}[\w{<~$-]|[\w}>)]\p{Script=Han}/u],
    ['no blank between Han and Han', /\p{Script=Han}\s+\p{Script=Han}/u],
    ['one blank, not two', /\S {2,}(?!✔)\S/u],
    ['no full stop after a line that stands alone', /。$/u],
    ['no letters of full width', /[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\u3000]/u],
  ])('is written as Chinese is: %s', (_rule, wrong) => {
    const bad = pairs.filter(([, chinese]) => wrong.test(withoutTyped(chinese)));
    expect(bad).toEqual([]);
  });

  it.each(forbiddenWords())('says %s, and not %s', (_right, wrong) => {
    const bad = pairs.filter(([, chinese]) => chinese.replaceAll('身份提供商', '').includes(wrong));
    expect(bad).toEqual([]);
  });

  it('has a glossary that forbids something', () => {
    expect(forbiddenWords().length).toBeGreaterThan(20);
  });

  it('says one thing in one way, whichever rooms say it', async () => {
    const ways = new Map<string, Set<string>>();
    for (const file of readdirSync(CHINESE).filter((name) => name.endsWith('.ts') && name !== 'catalog.ts')) {
      const exported = Object.values((await import(path.join(CHINESE, file))) as Record<string, unknown>);
      for (const [english, chinese] of exported.filter(Array.isArray).flat() as Entries) {
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
