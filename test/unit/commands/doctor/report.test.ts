import { describe, expect, it } from 'vitest';
import { finding } from '../../../../src/commands/doctor/finding.ts';
import type { RepairAction } from '../../../../src/operations/recovery/types.ts';
import { type Checked, report, verdictOf } from '../../../../src/commands/doctor/report.ts';
import type { OutputStream } from '../../../../src/context.ts';
import { PLAIN } from '../../../../src/ui/color.ts';
import { displayWidth } from '../../../../src/ui/width.ts';

const FIX: RepairAction = {
  title: 'do what is to be done',
  consent: 'nobody',
  apply: () => Promise.resolve('done'),
};
const LONG = 'something that takes many words to say, as things which have gone wrong so often do, 它有点长';

const CHECKED: readonly Checked[] = [
  { id: 'one', title: 'first', findings: [{ ...finding('ok', 'fine'), fixed: false }] },
  {
    id: 'two',
    title: 'second thing',
    findings: [
      { ...finding('problem', LONG, { hints: [LONG], fixes: [FIX] }), fixed: false },
      {
        ...finding('note', LONG, {
          fixes: [
            { ...FIX, consent: 'anybody' },
            { ...FIX, consent: 'person' },
          ],
        }),
        fixed: false,
      },
      { ...finding('ok', 'done', { fixes: [FIX] }), fixed: true },
    ],
  },
];

function stream(columns?: number): OutputStream {
  return { write: () => true, isTTY: columns !== undefined, columns };
}

function text(columns?: number, fixing = false): string {
  return report(CHECKED, fixing, stream(columns), PLAIN).text;
}

describe('the report', () => {
  it.each([40, 56, 71, 72, 80, 100, 200])('fits a terminal of %s columns', (columns) => {
    for (const line of text(columns).split('\n')) expect(displayWidth(line)).toBeLessThanOrEqual(columns);
  });

  it('breaks no line behind a pipe', () => {
    expect(text()).toBe(
      [
        'ok       first             fine',
        `problem  second thing      ${LONG}`,
        `                             ${LONG}`,
        '                             --fix will do what is to be done',
        `note                       ${LONG}`,
        '                             --fix asks whether to do what is to be done',
        '                             or to do what is to be done',
        'fixed                      done',
        '',
        '1 problem, 1 note; 1 fixed; keypair doctor --fix fixes 1 of them and asks about 1',
        '',
      ].join('\n'),
    );
  });

  it('does not offer what was just tried', () => {
    expect(text(undefined, true)).toContain('1 problem, 1 note; 1 fixed\n');
    expect(text(undefined, true)).not.toContain('--fix will');
  });

  it('tells a program all of it, and with --quiet the problems', () => {
    const { json, quiet } = report(CHECKED, false, stream(), PLAIN);
    expect(quiet).toBe(LONG);
    expect(json).toMatchObject({ ok: false, problems: 1, notes: 1 });
    expect((json as { findings: readonly unknown[] }).findings[1]).toEqual({
      check: 'two',
      level: 'problem',
      message: LONG,
      hints: [LONG],
      file: null,
      provider: null,
      region: null,
      fixable: true,
      fixed: false,
    });
  });

  it('calls notes well', () => {
    expect(verdictOf(CHECKED.slice(0, 1))).toEqual({ ok: true, problems: 0, notes: 0 });
  });
});
