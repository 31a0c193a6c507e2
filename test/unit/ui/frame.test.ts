import xterm from '@xterm/headless';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { Frame, type Picture, type Screen } from '../../../src/ui/frame.ts';
import { brokenAtWords } from '../../../src/ui/frame-layout.ts';
import type { Reflow } from '../../../src/ui/reflow.ts';
import { displayWidth } from '../../../src/ui/width.ts';

/** Earlier answers, narrow enough to stand as they are at any width. */
const ANSWERS = ['answer 1', 'answer 2', 'answer 3'];
const [WIDEST, NARROWEST] = [60, 8];

/**
 * Terminals that do different things to their lines, by the settings that make xterm.js do so. It moves the cursor by
 * rows that are added below it, and to the end of a line that is broken; others do not: as one of these it has its cursor
 * at the end.
 */
const KINDS: readonly (readonly [Reflow, xterm.ITerminalOptions, (picture: Picture) => boolean])[] = [
  ['flows', { reflowCursorLine: true }, atEnd],
  ['xterm.js', {}, () => true],
  ['stays', { windowsPty: { backend: 'conpty', buildNumber: 1 } }, () => true],
];

function atEnd({ lines, cursor }: Picture): boolean {
  return cursor?.line === lines.length - 1 && cursor.column === displayWidth(lines.at(-1) ?? '');
}

let opened: xterm.Terminal | null = null;
afterEach(() => {
  opened?.dispose();
});

/** A frame below the answers, on a terminal of this kind. */
function open(
  options: xterm.ITerminalOptions,
  reflow: Reflow,
  rows = 60,
): {
  readonly frame: Frame;
  readonly resize: (columns: number) => Promise<void>;
  readonly shown: () => Promise<readonly string[]>;
  readonly terminal: xterm.Terminal;
} {
  opened?.dispose();
  const terminal = new xterm.Terminal({ cols: WIDEST, rows, allowProposedApi: true, ...options });
  opened = terminal;
  const drawn = (): Promise<void> =>
    new Promise((resolve) => {
      terminal.write('', resolve);
    });
  const screen: Screen = {
    write: (text) => {
      // As a terminal's driver does (stty onlcr).
      terminal.write(text.replaceAll('\n', '\r\n'));
      return true;
    },
    get columns() {
      return terminal.cols;
    },
    get rows() {
      return terminal.rows;
    },
  };
  screen.write(ANSWERS.map((answer) => `${answer}\n`).join(''));
  return {
    terminal,
    frame: new Frame(screen, reflow),
    resize: async (columns) => {
      await drawn();
      terminal.resize(columns, rows);
    },
    shown: async () => {
      await drawn();
      const { active } = terminal.buffer;
      const all = Array.from({ length: active.length }, (_, y) => active.getLine(y));
      const texts = all.map((line) => line?.translateToString(true, 0, terminal.cols).trimEnd() ?? '');
      return texts.filter((text) => text !== '');
    },
  };
}

const line = fc
  .string({ unit: fc.constantFrom('a', 'b', ' ', '密', '…'), maxLength: 70 })
  .map((text) => `x${text}`);
const pictures: fc.Arbitrary<Picture> = fc
  .record({
    lines: fc.array(line, { minLength: 1, maxLength: 4 }),
    cursor: fc.option(
      fc.record({ line: fc.constantFrom(0, 3), column: fc.oneof(fc.nat({ max: 70 }), fc.constant(99)) }),
    ),
  })
  .map(({ lines, cursor }) => {
    if (cursor === null) return { lines, cursor };
    const at = Math.min(cursor.line, lines.length - 1);
    return { lines, cursor: { line: at, column: Math.min(cursor.column, displayWidth(lines[at] ?? '')) } };
  });
const widths = fc.array(fc.integer({ min: NARROWEST, max: WIDEST }), { minLength: 1, maxLength: 4 });

/** The answers and the picture below them; blank rows, which a cursor may need, do not count. */
function expected({ lines }: Picture, width: number): readonly string[] {
  const rows = lines.flatMap((text) => brokenAtWords(text, width).map((row) => row.trimEnd()));
  return [...ANSWERS, ...rows].filter((row) => row !== '');
}

describe.each(KINDS)('a frame on a terminal whose text %s', (reflow, options, fits) => {
  const fitting = pictures.filter(fits);

  it('stands below the answers, whole and once, after any resizing', async () => {
    await fc.assert(
      fc.asyncProperty(fitting, widths, fitting, async (first, resized, second) => {
        const { frame, resize, shown, terminal } = open(options, reflow);
        frame.paint(first);
        for (const columns of resized) {
          await resize(columns);
          frame.paint();
        }
        expect(await shown()).toEqual(expected(first, terminal.cols));
        frame.paint(second);
        expect(await shown()).toEqual(expected(second, terminal.cols));
        frame.leave('end');
        expect(await shown()).toEqual([...expected(second, terminal.cols), 'end']);
      }),
      { numRuns: 60 },
    );
  });

  it.each([...new Set<Reflow>([reflow, 'stays'])])(
    'never takes an answer away, taken for one whose text %s',
    async (taken) => {
      await fc.assert(
        fc.asyncProperty(fitting, widths, fc.nat({ max: 15 }), async (picture, resized, painted) => {
          const { frame, resize, shown } = open(options, taken);
          frame.paint(picture);
          for (const [at, columns] of resized.entries()) {
            await resize(columns);
            // Not every size is seen: some come too fast.
            if ((painted >> at) % 2 === 1) frame.paint();
          }
          frame.erase();
          expect((await shown()).slice(0, ANSWERS.length)).toEqual(ANSWERS);
        }),
        { numRuns: 60 },
      );
    },
  );
});
