import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CommandSpec } from '../../src/cli/spec.ts';
import { COMMANDS } from '../../src/commands/index.ts';
import { PROFILE_KEYS } from '../../src/config/keys.ts';
import { EXIT_CODES } from '../../src/errors.ts';
import { GLOBAL_FLAGS } from '../../src/cli/global-flags.ts';
import { descriptors } from '../../src/providers/registry.ts';
import { inlineCodeOf, readMarkdown } from '../support/markdown.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');

/** What the parser adds by itself. */
const PARSERS = ['-h, --help', '-V, --version'];

const specs = await Promise.all(COMMANDS.map(({ load }) => load()));

/** Commands that have none below them, as they are typed: `auth login`. */
function leaves(spec: CommandSpec, above = ''): readonly { path: string; spec: CommandSpec }[] {
  const words = `${above}${spec.name}`;
  return spec.commands?.flatMap((child) => leaves(child, `${words} `)) ?? [{ path: words, spec }];
}

/** The words that a piece of code begins with: `attach` of `attach NAME INSTANCE...`. */
function commandWords(code: string): readonly string[] {
  const words = code.split(' ');
  const end = words.findIndex((word) => !/^[a-z]+$/.test(word));
  return end === -1 ? words : words.slice(0, end);
}

/** The commands of a row: `auth login`, `status`, `logout` are three of one group. */
function commandsOf(cell: string): readonly string[] {
  const [first = [], ...rest] = inlineCodeOf(cell).map(commandWords);
  const group = first.length > 1 ? `${first[0] ?? ''} ` : '';
  return [first.join(' '), ...rest.map((words) => `${group}${words.join(' ')}`)];
}

/** `--name` of `-n, --name <name...>`. */
const longOf = (flags: string): string => /--[a-z-]+/.exec(flags)?.[0] ?? '';

describe.each(['README.md', 'README.zh-CN.md'])('%s', (file) => {
  const text = readFileSync(path.join(ROOT, file), 'utf8');
  const sections = readMarkdown(text);
  const tables = sections.flatMap((section) => section.tables);
  /** The table that has a row which begins so. */
  const table = (beginning: string): readonly (readonly string[])[] => {
    const found = tables.find((rows) => rows.some(([cell = '']) => cell.startsWith(beginning)));
    if (found === undefined) throw new Error(`no table has a row ${beginning}`);
    return found.slice(1);
  };

  it('links to what is there', () => {
    const anchors = sections.map(({ heading }) => heading.anchor);
    expect(new Set(anchors).size).toBe(anchors.length);
    const links = sections.flatMap((section) => section.links);
    expect(links.filter(({ isPicture }) => isPicture).length).toBeGreaterThan(3);
    for (const { target } of links) {
      if (target.startsWith('#')) expect(anchors).toContain(decodeURIComponent(target.slice(1)));
      else expect(existsSync(path.join(ROOT, target)), target).toBe(true);
    }
  });

  it('links to each of its sections from its top', () => {
    const [top, ...rest] = sections.filter(({ heading }) => heading.level < 3);
    const targets = top?.links.map(({ target }) => target);
    // The last is for those who work on it, and at the bottom they are by themselves.
    for (const { heading } of rest.slice(0, -1)) expect(targets).toContain(`#${heading.anchor}`);
  });

  it('installs completion for each shell as completion --help does', () => {
    const lines = specs.find(({ name }) => name === 'completion')?.examples.map(({ line }) => line) ?? [];
    expect(lines.length).toBeGreaterThan(3);
    for (const line of lines) expect(text).toContain(`\n${line}\n`);
  });

  it('names exactly the flags of every command', () => {
    const [listed] = sections
      .flatMap(({ paragraphs }) => paragraphs)
      .filter((paragraph) => ['`-p/--provider', '`-V/--version`'].every((flag) => paragraph.includes(flag)));
    const named = inlineCodeOf(listed ?? '').map((code) => code.split(' ')[0]);
    const known = [...GLOBAL_FLAGS.map(({ flags }) => flags), ...PARSERS];
    expect(named).toEqual(expect.arrayContaining(known.map(spelled)));
    expect(named).toHaveLength(known.length);
  });

  it('has every command in its table, each with flags that it takes', () => {
    const rows = table('`create');
    const known = specs.flatMap((spec) => leaves(spec));
    const named = rows.flatMap(([cell = '']) => commandsOf(cell));
    expect(new Set(named)).toEqual(new Set(known.map((leaf) => leaf.path)));
    for (const [cell = '', does = ''] of rows) {
      const commands = commandsOf(cell);
      const flags = known
        .filter((leaf) => commands.includes(leaf.path))
        .flatMap(({ spec }) => spec.options ?? [])
        .concat(GLOBAL_FLAGS)
        .map((option) => longOf(option.flags))
        .concat('--help');
      const said = inlineCodeOf(`${cell} ${does}`).flatMap((code) => code.match(/--[a-z-]+/g) ?? []);
      for (const flag of said) expect(flags, `${cell}: ${flag}`).toContain(flag);
    }
  });

  it('has every exit code, provider and setting', () => {
    const codes = table('130').map(([exit, code = '']) => [exit, ...inlineCodeOf(code)]);
    expect(codes).toEqual([['0'], ...Object.entries(EXIT_CODES).map(([code, exit]) => [String(exit), code])]);
    const providers = table('`tencent`').map(([id = '', , , region = '']) => [
      inlineCodeOf(id)[0],
      ...inlineCodeOf(region),
    ]);
    expect(providers).toEqual(descriptors.map(({ id, defaultRegion }) => [id, defaultRegion]));
    const keys = table('`region`').flatMap(([key = '']) => inlineCodeOf(key));
    expect(keys.toSorted()).toEqual([...PROFILE_KEYS.map(({ name }) => name), 'tags.<key>'].toSorted());
  });

  it('has the name of the package that npm pack makes', () => {
    const manifest = readFileSync(path.join(ROOT, 'package.json'), 'utf8');
    const { version } = JSON.parse(manifest) as { readonly version: string };
    const packages = [...text.matchAll(/keypair-([\w.-]+)\.tgz/g)].map(([, number]) => number);
    expect(new Set(packages)).toEqual(new Set([version]));
  });

  it('names no variable that is none of ours', () => {
    const ours = GLOBAL_FLAGS.map(({ flags }) => longOf(flags).slice(2).toUpperCase().replaceAll('-', '_'));
    for (const [, name = ''] of text.matchAll(/\bKEYPAIR_([A-Z_]*[A-Z])\b/g))
      expect([...ours, 'KEY_DIR'], `KEYPAIR_${name}`).toContain(name);
  });
});

/** `-p/--provider` for `-p, --provider <id>`. */
function spelled(flags: string): string {
  return flags.replace(/ <.*/, '').replace(', ', '/');
}
