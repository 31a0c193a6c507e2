import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type CommandSpec, GLOBAL_FLAGS } from '../../src/cli/spec.ts';
import { COMMANDS } from '../../src/commands/index.ts';
import { PROFILE_KEYS } from '../../src/config/values.ts';
import { EXIT_CODES } from '../../src/errors.ts';
import { descriptors } from '../../src/providers/registry.ts';
import { type CodeBlock, inlineCodeOf, readMarkdown, type Section } from '../support/markdown.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');

/** What users read, in English; each page has a Chinese twin `NAME.zh-CN.md`. */
const ENGLISH = [
  'README.md',
  ...readdirSync(path.join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md') && !name.endsWith('.zh-CN.md'))
    .map((name) => `docs/${name}`),
];
const chineseOf = (page: string): string => page.replace(/\.md$/, '.zh-CN.md');
const LANGUAGES = [(page: string): string => page, chineseOf];

const textOf = (page: string): string => readFileSync(path.join(ROOT, page), 'utf8');
const sectionsOf = (page: string): readonly Section[] => readMarkdown(textOf(page));

/** What the parser adds by itself. */
const PARSERS = ['-h, --help', '-V, --version'];

const specs = await Promise.all(COMMANDS.map(({ load }) => load()));

/** Commands that have none below them, as they are typed: `auth login`. */
function leaves(spec: CommandSpec, above = ''): readonly { path: string; spec: CommandSpec }[] {
  const words = `${above}${spec.name}`;
  return spec.commands?.flatMap((child) => leaves(child, `${words} `)) ?? [{ path: words, spec }];
}

const commands = specs.flatMap((spec) => leaves(spec));

/** `--name` of `-n, --name <name...>`. */
const longOf = (flags: string): string => /--[a-z-]+/.exec(flags)?.[0] ?? '';
const longFlags = (text: string): readonly string[] => text.match(/(?<![\w-])--[a-z][a-z-]*/g) ?? [];
const GLOBAL = [...GLOBAL_FLAGS.map(({ flags }) => flags), ...PARSERS].map(longOf);

/** The flags that some of the commands take. */
function flagsOf(some: typeof commands): readonly string[] {
  return some.flatMap(({ spec }) => (spec.options ?? []).map(({ flags }) => longOf(flags))).concat(GLOBAL);
}

/** All commands that a text begins with: `auth login`, or all below `auth`. */
function commandsAt(text: string): typeof commands {
  const words = text.split(' ');
  return [2, 1]
    .map((count) => words.slice(0, count).join(' '))
    .map((start) => commands.filter((leaf) => leaf.path === start || leaf.path.startsWith(`${start} `)))
    .reduce((found, next) => (found.length > 0 ? found : next), []);
}

/** The variables that the source names, whole or as a prefix and a name. */
const literals = new Set(
  readdirSync(path.join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) => textOf(`src/${name}`).match(/(?<=['"`}])[A-Z][A-Z_]+(?=['"`])/g) ?? []),
);

function isVariable(name: string): boolean {
  const cuts = [...name.matchAll(/_/g)].map(({ index }) => index + 1);
  return literals.has(name) || cuts.some((at) => literals.has(name.slice(0, at)) && literals.has(name.slice(at)));
}

/** The table of a page that has a row which begins so, without its head. */
function table(page: string, beginning: string): readonly (readonly string[])[] {
  const tables = sectionsOf(page).flatMap((section) => section.tables);
  const found = tables.find((rows) => rows.some(([cell = '']) => cell.startsWith(beginning)));
  if (found === undefined) throw new Error(`${page}: no table has a row ${beginning}`);
  return found.slice(1);
}

/** A block without its comments, which may be in any language: a `#` and a blank, at a line's beginning or behind code. */
function withoutComments({ language, lines }: CodeBlock): CodeBlock {
  const code = lines.map((line) => line.replace(/(^|\s+)# .*$/, '')).filter((line) => line !== '');
  return { language, lines: code };
}

describe.each([...ENGLISH, ...ENGLISH.map(chineseOf)])('%s', (page) => {
  const text = textOf(page);
  const sections = sectionsOf(page);
  const blocks = sections.flatMap((section) => section.blocks);
  const inline = sections.flatMap((section) => section.inlineCode);

  it('links to what is there', () => {
    const anchors = sections.map(({ heading }) => heading.anchor);
    expect(new Set(anchors).size).toBe(anchors.length);
    for (const { target } of sections.flatMap((section) => section.links)) {
      if (/^https?:/.test(target)) continue;
      const [file = '', anchor] = target.split('#');
      const linked = file === '' ? page : path.join(path.dirname(page), file);
      expect(existsSync(path.join(ROOT, linked)), target).toBe(true);
      if (anchor === undefined) continue;
      const there = sectionsOf(linked).map(({ heading }) => heading.anchor);
      expect(there, target).toContain(decodeURIComponent(anchor));
    }
  });

  it('types only commands and flags that there are', () => {
    const code = [...inline, ...blocks.flatMap(({ lines }) => lines)];
    for (const line of code) {
      // A flag alone is a flag of some command.
      if (line.startsWith('--')) expect(flagsOf(commands), line).toEqual(expect.arrayContaining([...longFlags(line)]));
      for (const [, typed = ''] of line.matchAll(/(?<=^|[\s("'$@])keypair ([a-z-][^|;()]*)/g)) {
        const words = typed.replace(/(?<= )#.*/, '');
        if (/^(?:help|is|needs)\b/.test(words)) continue;
        const meant = words.startsWith('-') ? [] : commandsAt(words);
        if (!words.startsWith('-')) expect(meant, line).not.toEqual([]);
        expect(flagsOf(meant), line).toEqual(expect.arrayContaining([...longFlags(words)]));
      }
    }
  });

  it('names only variables that are read', () => {
    const ours = [...GLOBAL_FLAGS.map(({ flags }) => longOf(flags).slice(2)), 'key-dir'].map(
      (flag) => `KEYPAIR_${flag.toUpperCase().replaceAll('-', '_')}`,
    );
    for (const [name] of text.matchAll(/\bKEYPAIR_[A-Z_]*[A-Z]\b/g)) expect(ours).toContain(name);
    for (const [name] of text.matchAll(/\b(?:TENCENTCLOUD|ALIBABA_?CLOUD|ALICLOUD|TCCLI)_[A-Z_]*[A-Z]\b/g))
      expect(isVariable(name), name).toBe(true);
  });

  it('has the name of the package that npm pack makes', () => {
    const { version } = JSON.parse(textOf('package.json')) as { readonly version: string };
    for (const [, number] of text.matchAll(/keypair-([\w.-]+)\.tgz/g)) expect(number).toBe(version);
  });
});

describe.each(ENGLISH)('the Chinese twin of %s', (page) => {
  it('has the same code', () => {
    const code = (of: string): readonly CodeBlock[] =>
      sectionsOf(of).flatMap((section) => section.blocks.map(withoutComments));
    expect(code(chineseOf(page))).toEqual(code(page));
  });
});

describe.each(LANGUAGES)('the pages in language %#', (of) => {
  it('install completion for each shell as completion --help does', () => {
    const lines = specs.find(({ name }) => name === 'completion')?.examples.map(({ line }) => line) ?? [];
    expect(lines.length).toBeGreaterThan(3);
    for (const line of lines) expect(textOf(of('docs/reference.md'))).toContain(`\n${line}\n`);
  });

  it('name exactly the flags of every command', () => {
    const [listed] = sectionsOf(of('docs/reference.md'))
      .flatMap(({ paragraphs }) => paragraphs)
      .filter((paragraph) => ['`-p/--provider', '`-V/--version`'].every((flag) => paragraph.includes(flag)));
    const named = inlineCodeOf(listed ?? '').map((code) => longOf(code));
    expect(named.toSorted()).toEqual(GLOBAL.toSorted());
  });

  it('have every command in the table, each with flags that it takes', () => {
    const rows = table(of('docs/reference.md'), '`create').map(([cell = '', does = '']) => {
      const [first = '', ...rest] = inlineCodeOf(cell);
      const group = /^[a-z-]+ [a-z]+/.test(first) ? `${first.split(' ')[0] ?? ''} ` : '';
      const named = [first, ...rest.map((code) => `${group}${code}`)].flatMap((code) => commandsAt(code));
      return { cell, does, named };
    });
    const named = rows.flatMap((row) => row.named.map((leaf) => leaf.path));
    expect(new Set(named)).toEqual(new Set(commands.map((leaf) => leaf.path)));
    for (const row of rows) {
      const said = inlineCodeOf(`${row.cell} ${row.does}`).flatMap((code) => longFlags(code));
      expect(flagsOf(row.named), row.cell).toEqual(expect.arrayContaining([...said]));
    }
  });

  it('have every exit code, provider and setting', () => {
    const codes = table(of('docs/exit-codes.md'), '130').map(([exit, code = '']) => [exit, ...inlineCodeOf(code)]);
    expect(codes).toEqual([['0'], ...Object.entries(EXIT_CODES).map(([code, exit]) => [String(exit), code])]);
    for (const page of ['README.md', 'docs/reference.md']) {
      const providers = table(of(page), '`tencent`').map(([id = '', , , region = '']) => [
        inlineCodeOf(id)[0],
        ...inlineCodeOf(region),
      ]);
      expect(providers).toEqual(descriptors.map(({ id, defaultRegion }) => [id, defaultRegion]));
    }
    const keys = table(of('docs/profiles.md'), '`region`').flatMap(([key = '']) => inlineCodeOf(key));
    expect(keys.toSorted()).toEqual([...PROFILE_KEYS.map(({ name }) => name), 'tags.<key>'].toSorted());
  });
});
