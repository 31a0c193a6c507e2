import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OutputStream } from '../../../src/context.ts';
import { type Column, table } from '../../../src/ui/table.ts';
import { displayWidth } from '../../../src/ui/width.ts';

const PIPE: OutputStream = { write: () => true };

function terminal(columns?: number): OutputStream {
  return { write: () => true, isTTY: true, columns };
}

const COLUMNS: readonly Column[] = ['name', 'id', { heading: 'description', shrinkable: true }];
const ROWS = [
  ['foo', 'skey-mv9yzyjj', 'the key of the build machines, made for the first of them'],
  ['密钥', 'skey-2', ''],
];

describe('a table on a terminal', () => {
  it('is aligned under its headings', () => {
    expect(
      table(
        ['name', '', 'id'],
        [
          ['foo', 'x', 'skey-1'],
          ['a-long-name', '', '2'],
        ],
        terminal(80),
      ),
    ).toBe(['NAME            ID', 'foo          x  skey-1', 'a-long-name     2', ''].join('\n'));
  });

  it('cuts the shrinkable column first', () => {
    expect(table(COLUMNS, ROWS, terminal(40))).toBe(
      ['NAME  ID             DESCRIPTION', 'foo   skey-mv9yzyjj  the key of the bui…', '密钥  skey-2', ''].join('\n'),
    );
  });

  it('cuts it also where another is wider, down to what can still be read', () => {
    const rows = [['a-name-that-people-copy', 'id', 'some words of a description']];
    expect(table(COLUMNS, rows, terminal(44)).split('\n')[1]).toBe('a-name-that-people-copy  id  some words of…');
    expect(table(COLUMNS, rows, terminal(41)).split('\n')[1]).toBe('a-name-that-people-copy  id  some words…');
    expect(table(COLUMNS, rows, terminal(40)).split('\n')[1]).toBe('a-name-that-people-co…  id  some words…');
  });

  it('drops columns before it cuts what people copy', () => {
    const columns: readonly Column[] = [
      'id',
      { heading: 'bound', dropOrder: 2 },
      { heading: 'fingerprint', shrinkable: true, dropOrder: 1 },
      'region',
    ];
    const rows = [['skey-mv9yzyjj', '0', 'SHA256:SZ6nGsPgkVjrXmlBA7pv2yOGSMr5vFwbF8', 'ap-guangzhou']];
    const shown = (width: number): string | undefined => table(columns, rows, terminal(width)).split('\n')[1];
    expect(shown(48)).toBe('skey-mv9yzyjj  0      SHA256:SZ6n…  ap-guangzhou');
    expect(shown(47)).toBe('skey-mv9yzyjj  0      ap-guangzhou');
    expect(shown(33)).toBe('skey-mv9yzyjj  ap-guangzhou');
    expect(shown(26)).toBe('skey-mv9yzy…  ap-guangzhou');
    // Programs get all of them, always.
    expect(table(columns, rows, PIPE)).toBe(`${rows[0]?.join('\t') ?? ''}\n`);
  });

  it('cuts the others, the widest first, when that is not enough', () => {
    expect(table(COLUMNS, ROWS, terminal(26))).toBe(
      ['NAME  ID         DESCRIPT…', 'foo   skey-mv9…  the key…', '密钥  skey-2', ''].join('\n'),
    );
  });

  it('is as wide as a terminal usually is where it does not tell', () => {
    const rows = [['x'.repeat(200)]];
    for (const columns of [undefined, 0]) expect(table(['a'], rows, terminal(columns)).split('\n')[1]).toHaveLength(80);
  });

  it('is no table of one line more, and shows no colour, for what is in a cell', () => {
    const text = table(['a', 'b'], [['x\ny\r\nz\u2028', '\u001b[31m\u009b1m\u202e\u2066tag\t|']], terminal(80));
    expect(text.split('\n')).toHaveLength(3);
    expect(text.split('\n')[1]).toBe('x y z    [31m 1mtag |');
  });

  it('copes with rows that are too short, and with very many', () => {
    const rows = Array.from({ length: 200_000 }, (_, index) => (index % 2 === 0 ? [] : ['x']));
    expect(table(['a', 'b'], rows, terminal(80))).toHaveLength('A  B\n'.length + 100_000 * 3);
  });

  it('fits, and keeps its columns under each other, whatever is in it', () => {
    const cell = fc.string({ unit: 'grapheme', maxLength: 40 });
    const row = fc.tuple(cell, cell, cell);
    fc.assert(
      fc.property(fc.array(row, { maxLength: 5 }), fc.integer({ min: 20, max: 120 }), (rows, columns) => {
        const marked = rows.map(([a, b, c]) => [a, b, `${c}|`]);
        const lines = table(COLUMNS, marked, terminal(columns)).split('\n').slice(0, -1);
        expect(lines).toHaveLength(rows.length + 1);
        for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(columns);
      }),
    );
  });
});

describe('a table behind a pipe', () => {
  it('is bare and uncut, with a tab between the cells', () => {
    expect(table(COLUMNS, ROWS, { ...PIPE, columns: 20 })).toBe(`${ROWS.map((row) => row.join('\t')).join('\n')}\n`);
  });

  it('has as many lines and cells as there are rows and columns, whatever is in them', () => {
    const row = fc.tuple(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), fc.string());
    fc.assert(
      fc.property(fc.array(row), (rows) => {
        const lines = table(COLUMNS, rows, PIPE).split(/[\r\n\v\f\u0085\u2028\u2029]/);
        expect(lines).toHaveLength(rows.length + 1);
        for (const line of lines.slice(0, -1)) {
          expect(line.split('\t')).toHaveLength(3);
          expect(line).not.toMatch(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u202a-\u202e]/);
        }
      }),
    );
  });

  it('is empty when there is nothing', () => {
    expect(table(COLUMNS, [], PIPE)).toBe('');
  });
});
