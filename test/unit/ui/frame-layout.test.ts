import { describe, expect, it } from 'vitest';
import { brokenAt, layOut, rowsAbove } from '../../../src/ui/frame-layout.ts';

const [blue, plain] = ['\u001b[34m', '\u001b[39m'];

describe('a line in rows', () => {
  it.each([
    ['', 5, ['']],
    ['abcde', 5, ['abcde']],
    ['abcdef', 5, ['abcde', 'f']],
    ['abcdefghijk', 5, ['abcde', 'fghij', 'k']],
    [`${blue}abcde${plain}`, 5, [`${blue}abcde${plain}`]],
    [`${blue}abcdef${plain}g`, 5, [`${blue}abcde`, `f${plain}g`]],
    ['密钥对名称', 5, ['密钥', '对名', '称']],
    ['a密钥对', 5, ['a密钥', '对']],
    ['👩‍💻👩‍💻👩‍💻', 5, ['👩‍💻👩‍💻', '👩‍💻']],
    ['密钥', 1, ['密', '钥']],
  ])('%j at %i', (line, width, rows) => {
    expect(brokenAt(line, width)).toEqual(rows);
  });
});

describe('a text laid out', () => {
  it('breaks no word in the middle, and Chinese at no comma', () => {
    const rows = (line: string, width: number): readonly string[] =>
      layOut([line], { line: 0, column: 0 }, width, 9).rows;
    expect(rows('the key of my pair', 9)).toEqual(['the key ', 'of my ', 'pair']);
    expect(rows('私钥不会离开本机，也不会', 16)).toEqual(['私钥不会离开本', '机，也不会']);
    expect(rows('abcdefghijk of', 5)).toEqual(['abcde', 'fghij', 'k of']);
  });

  it('has the cursor where its column went', () => {
    const at = (column: number): unknown => {
      const { row, column: shown } = layOut(['one', 'abcdefghijkl', 'two'], { line: 1, column }, 5, 9);
      return [row, shown];
    };
    expect([at(0), at(4), at(5), at(11), at(12)]).toEqual([
      [1, 0],
      [1, 4],
      [2, 0],
      [3, 1],
      [3, 2],
    ]);
  });

  it('has a row more for a cursor behind a full one', () => {
    const layout = layOut(['abcde', 'note'], { line: 0, column: 5 }, 5, 9);
    expect(layout).toEqual({ rows: ['abcde', '', 'note'], row: 1, column: 0 });
  });

  it('reaches to the cursor', () => {
    const layout = layOut(['name:', 'note'], { line: 0, column: 6 }, 9, 9);
    expect(layout).toEqual({ rows: ['name: ', 'note'], row: 0, column: 6 });
  });

  it('cuts its lines, but for the one with the cursor, where it would be higher than the terminal', () => {
    const lines = ['question', `${blue}abcdefgh${plain}`, 'abcde'];
    const layout = layOut(lines, { line: 0, column: 8 }, 5, 4);
    expect(layout).toEqual({ rows: ['quest', 'ion', `${blue}abcd…${plain}`, 'abcde'], row: 1, column: 3 });
  });

  it('has no more rows than the terminal, and the cursor’s among them', () => {
    const lines = ['a', 'b', 'c', 'd', 'e'];
    expect(layOut(lines, { line: 0, column: 0 }, 5, 3)).toEqual({ rows: ['a', 'b', 'c'], row: 0, column: 0 });
    expect(layOut(lines, { line: 3, column: 1 }, 5, 3)).toEqual({ rows: ['c', 'd', 'e'], row: 1, column: 1 });
    expect(layOut(lines, { line: 4, column: 0 }, 5, 3)).toEqual({ rows: ['c', 'd', 'e'], row: 2, column: 0 });
  });
});

describe('the rows above the cursor, on a narrower terminal', () => {
  const layout = { rows: ['abcdefghij', 'abcdefgh', 'below the cursor'], row: 1, column: 8 };

  it.each([
    ['flows', 4, 4],
    ['flows', 9, 2],
    ['stays', 4, 1],
    // Rows are added below: the cursor is where its own row does not count as its own any more.
    ['xterm.js', 4, 1 + 3 + 1 + 2],
    ['xterm.js', 15, 1 + 1],
  ] as const)('%s at %i: %i', (reflow, width, above) => {
    expect(rowsAbove(layout, width, reflow)).toBe(above);
  });

  it('are those above a row that is cut off, where none are added below', () => {
    const last = { rows: ['abcdefghij', 'abcdefgh'], row: 1, column: 8 };
    expect(rowsAbove(last, 4, 'xterm.js')).toBe(3);
  });
});
