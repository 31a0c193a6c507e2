import fc from 'fast-check';
import { parse } from 'jsonc-parser';
import { describe, expect, it } from 'vitest';
import { type ConfigValue, parseDocument, setValue } from '../../../src/config/document.ts';

const edited = (text: string, path: readonly string[], value: ConfigValue | undefined): string =>
  setValue(parseDocument('config.json', text), path, value);

describe('an edit', () => {
  it.each<[string, string, readonly string[], ConfigValue | undefined, string]>([
    ['begins a file', '', ['profile'], 'work', '{\n  "profile": "work"\n}\n'],
    ['makes what is missing on the way', '{}', ['a', 'b'], 1, '{\n  "a": {\n    "b": 1\n  }\n}'],
    ['replaces a value alone', '{ "a" :  1 } // end', ['a'], 'x', '{ "a" :  "x" } // end'],
    ['adds on a line of its own', '{"a": 1}', ['b'], 2, '{\n  "a": 1,\n  "b": 2\n}'],
    ['adds with tabs', '{\n\t"a": 1\n}\n', ['b'], 2, '{\n\t"a": 1,\n\t"b": 2\n}\n'],
    ['adds with the line ends of Windows', '{\r\n  "a": 1\r\n}', ['b'], 2, '{\r\n  "a": 1,\r\n  "b": 2\r\n}'],
    ['keeps a comma at the end', '{\n  "a": 1,\n}', ['b'], 2, '{\n  "a": 1,\n  "b": 2,\n}'],
    ['keeps a comment', '{\n  // mine\n  "a": 1\n}', ['b'], 2, '{\n  // mine\n  "a": 1,\n  "b": 2\n}'],
    ['removes with the line', '{\n  "a": 1,\n  "b": 2\n}', ['a'], undefined, '{\n  "b": 2\n}'],
    ['removes the last one', '{\n  "a": 1,\n  "b": 2\n}', ['b'], undefined, '{\n  "a": 1\n}'],
    ['removes on one line', '{"a": 1, "b": 2}', ['a'], undefined, '{"b": 2}'],
    ['removes the last on one line', '{"a": 1, "b": 2}', ['b'], undefined, '{"a": 1}'],
    ['removes the only one before a comma', '{"a": 1,}', ['a'], undefined, '{}'],
    ['removes the only one', '{"a": {\n  "b": 2\n}}', ['a', 'b'], undefined, '{"a": {}}'],
    ['leaves what is not there', '{ "a": {} }', ['a', 'b', 'c'], undefined, '{ "a": {} }'],
    ['leaves an empty file', '\n', ['a'], undefined, '\n'],
    ['knows no prototype', '{}', ['__proto__'], 1, '{\n  "__proto__": 1\n}'],
  ])('%s', (_, text, path, value, wanted) => {
    expect(edited(text, path, value)).toBe(wanted);
  });

  it('refuses to make an object of something else', () => {
    expect(() => edited('{\n  "profiles": ["secret"]\n}', ['profiles', 'a'], 1)).toThrow(
      'config.json, line 2, column 15: profiles is not an object: { … }',
    );
  });

  it('keeps every other value, and when it sets one every comment', () => {
    const blank = fc.constantFrom('', ' ', '\n', '\n  ', '\t');
    const comment = fc.constantFrom('', '', '/* C */', '// C\n');
    const trivia = fc.tuple(blank, comment, blank).map((parts) => parts.join(''));
    const key = fc.constantFrom('a', 'b', 'c', '__proto__', 'toString', ',', '//');
    const object = fc.tuple(
      fc.uniqueArray(fc.tuple(key, fc.constantFrom('1', '"x, y"', '{ "in": 2 }')), { selector: ([k]) => k }),
      fc.array(trivia, { minLength: 40, maxLength: 40 }),
      fc.boolean(),
    );
    fc.assert(
      fc.property(
        object,
        key,
        fc.option(fc.constantFrom<ConfigValue>('new', 7), { nil: undefined }),
        ([entries, gaps, comma], changed, value) => {
          let count = 0;
          const gap = (): string => (gaps[count++] ?? '').replace('C', `c${count}.`);
          const body = entries
            .map(([name, json], index) => {
              const end = index < entries.length - 1 || comma ? ',' : '';
              return `${gap()}${JSON.stringify(name)}${gap()}: ${json}${gap()}${end}`;
            })
            .join('');
          const text = `${gap()}{${body}${gap()}}${gap()}`;
          const after = edited(text, [changed], value);

          const model = new Map(entries.map(([name, json]) => [name, JSON.parse(json) as unknown]));
          if (value === undefined) model.delete(changed);
          else model.set(changed, value);
          const root = parseDocument('config.json', after).root;
          const found = (root?.children ?? []).map(({ children }) => {
            const [name, node] = children ?? [];
            const source = after.slice(node?.offset, (node?.offset ?? 0) + (node?.length ?? 0));
            return [name?.value as string, parse(source) as unknown] as const;
          });
          expect(new Map(found)).toEqual(model);
          // What is removed may take the comments beside it along.
          if (value === undefined) return;
          for (const [mark] of text.matchAll(/c\d+\./g)) expect(after).toContain(mark);
        },
      ),
      { numRuns: 2000 },
    );
  });
});
