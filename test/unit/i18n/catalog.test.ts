import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import catalog from '../../../src/i18n/zh-CN.json' with { type: 'json' };
import { displayWidth } from '../../../src/ui/width.ts';
import { plainWidth } from '../../../src/ui/wrap.ts';
import { textsOfSource } from './texts.ts';

const ROOM = path.resolve(import.meta.dirname, '../../../src/i18n');

const { texts, untagged } = textsOfSource();
const pairs = Object.entries(catalog);

/** What is typed or copied as it stands: characters that are allowed, patterns, addresses with a port. */
const TYPED = /\+ (?:[-=._:/@()[\],;><] ?)+$|\{1\}:\{2\}|\b(?:acs|qcs):(?= 开|、)|db\?$|(?<= )\?(?= )|\.pub\b/g;

function withoutTyped(chinese: string): string {
  return chinese.replace(TYPED, 'x');
}

/** The glossary beside the catalog: what is said, and each of the words that are not. */
function forbiddenWords(): readonly (readonly [right: string, wrong: string])[] {
  const rows = readFileSync(path.join(ROOM, 'README.md'), 'utf8').matchAll(/^\|[^|]+\|([^|]+)\|([^|]+)\|$/gm);
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
    const missing = texts.filter(({ key }) => !Object.hasOwn(catalog, key));
    expect(missing.map(({ key, at }) => `${at}: ${key}`)).toEqual([]);
  });

  it('can have every text: all are tagged', () => {
    expect(untagged.map(({ key, at }) => `${at}: ${key}`)).toEqual([]);
  });

  it('has nothing that the source no longer says', () => {
    const said = new Set(texts.map(({ key }) => key));
    expect(pairs.filter(([english]) => !said.has(english)).map(([english]) => english)).toEqual([]);
  });

  // `npx vitest run test/unit/i18n -u` sorts it. Of two lines for one text JSON.parse takes the last.
  it('is a line for each text, sorted by the English', async () => {
    const sorted = pairs.toSorted(([one], [other]) => (one < other ? -1 : 1));
    const text = `${JSON.stringify(Object.fromEntries(sorted), null, 2)}\n`;
    await expect(text).toMatchFileSnapshot(path.join(ROOM, 'zh-CN.json'));
  });

  it('puts in the same values', () => {
    const values = (text: string): readonly string[] => [...new Set(text.match(/\{\d+\}/g) ?? [])].sort();
    for (const [english, chinese] of pairs) expect(values(chinese), english).toEqual(values(english));
  });

  it('translates each', () => {
    expect(pairs.filter(([english, chinese]) => english === chinese)).toEqual([]);
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

  it('is as wide as help takes it to be', () => {
    for (const text of pairs.flat()) expect(plainWidth(text), text).toBe(displayWidth(text));
  });
});
