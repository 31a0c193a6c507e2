import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type CodeBlock, inlineCodeOf, type Link, readMarkdown, type Section } from '../support/markdown.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const read = (file: string): readonly Section[] => readMarkdown(readFileSync(path.join(ROOT, file), 'utf8'));

const english = read('README.md');
const chinese = read('README.zh-CN.md');

/** A block without its comments, which may be in any language: a `#` and a blank, at a line's beginning or behind code. */
function withoutComments({ language, lines }: CodeBlock): CodeBlock {
  const code = lines.map((line) => line.replace(/(^|\s+)# .*$/, '')).filter((line) => line !== '');
  return { language, lines: code };
}

/** Where a link leads, by any language: a heading by its number, a picture or the page itself without its language. */
function destination({ target }: Link, sections: readonly Section[]): string {
  if (!target.startsWith('#')) return target.replace('.zh-CN.', '.');
  return `heading ${sections.findIndex(({ heading }) => heading.anchor === decodeURIComponent(target.slice(1)))}`;
}

describe('the README in Chinese is built as the English one', () => {
  it('has the same headings in the same order', () => {
    const levels = (sections: readonly Section[]): readonly number[] =>
      sections.map(({ heading }) => heading.level);
    expect(levels(chinese)).toEqual(levels(english));
    expect(english.length).toBeGreaterThan(8);
    for (const { heading } of chinese.slice(1)) expect(heading.title).toMatch(/\p{Script=Han}/u);
  });

  it.each(english.map((section, index) => [section.heading.title, section, index] as const))(
    'has the same code, tables, links and marks under: %s',
    (_title, section, index) => {
      const other = chinese[index];
      if (other === undefined) throw new Error('there is no such section');
      expect(other.blocks.map(withoutComments)).toEqual(section.blocks.map(withoutComments));
      const shapes = ({ tables }: Section): unknown =>
        tables.map((rows) => rows.map((cells) => cells.map((cell) => inlineCodeOf(cell).toSorted())));
      expect(shapes(other)).toEqual(shapes(section));
      const links = (of: Section, sections: readonly Section[]): readonly string[] =>
        of.links.map((link) => destination(link, sections)).toSorted();
      expect(links(other, chinese)).toEqual(links(section, english));
      expect(other.html).toEqual(section.html);
      // What is typed is said in both.
      expect(new Set(other.inlineCode)).toEqual(new Set(section.inlineCode));
    },
  );
});
