import type { OutputStream } from '../../context.ts';
import { t } from '../../i18n/t.ts';
import type { Result } from '../../cli/session.ts';
import type { Style } from '../../ui/color.ts';
import { displayWidth, padTo } from '../../ui/width.ts';
import { wrap } from '../../ui/wrap.ts';
import type { Fixed } from './fix.ts';

/** The findings of one check. */
export interface Checked {
  readonly id: string;
  readonly title: string;
  readonly findings: readonly Fixed[];
}

/** The number of problems and notes, and whether there are no problems. */
export function verdictOf(checked: readonly Checked[]): {
  readonly ok: boolean;
  readonly problems: number;
  readonly notes: number;
} {
  const levels = checked.flatMap(({ findings }) => findings.map(({ level }) => level));
  const problems = levels.filter((level) => level === 'problem').length;
  const notes = levels.filter((level) => level === 'note').length;
  return { ok: problems === 0, problems, notes };
}

/**
 * The findings, in all three forms.
 *
 * @param fixing whether `--fix` was given: what is left then needs a person or another solution.
 */
export function report(checked: readonly Checked[], fixing: boolean, stream: OutputStream, style: Style): Result {
  const all = checked.flatMap(({ id, findings }) => findings.map((one) => ({ check: id, ...one })));
  const columns = columnsOf(stream);
  return {
    json: {
      ...verdictOf(checked),
      findings: all.map(({ check, level, message, hints, file, provider, region, fixes, fixed }) => {
        const fixable = fixes.length > 0;
        return { check, level, message, hints, file, provider, region, fixable, fixed };
      }),
    },
    text: [
      ...checked.map((check) => paragraph(check, fixing, columns, style)),
      '\n',
      ...lines(summary(checked, fixing), columns).map((line) => `${line}\n`),
    ].join(''),
    quiet: all.flatMap(({ level, message }) => (level === 'problem' ? message : [])).join('\n'),
  };
}

/** The widths in columns of the level and of the check's title, with the gap after each. */
const [WORD, TITLE] = [9, 18];
/** A narrower terminal shows the message below the title. */
const NARROW = 72;
/** The maximum width: longer lines are hard to read. */
const WIDEST = 110;

/** Lines are not wrapped in a pipe, for `grep`. A terminal of unknown width gets 80 columns, as the VT100 has. */
function columnsOf({ isTTY, columns = 0 }: OutputStream): number {
  return isTTY === true ? Math.min(columns > 0 ? columns : 80, WIDEST) : Infinity;
}

function paragraph({ title, findings }: Checked, fixing: boolean, columns: number, style: Style): string {
  const narrow = columns < NARROW;
  const indent = narrow ? 2 : WORD + TITLE;
  const room = Math.max(20, columns - indent);
  const blank = ' '.repeat(indent);
  const wrapped = (text: string): readonly string[] => lines(text, room - 2).map((line) => `  ${line}`);
  return findings
    .map(({ level, message, hints, fixes, fixed }, index) => {
      const mark = padTo(wordFor(level, fixed), WORD);
      const shown = level === 'ok' && !fixed ? style.faint(mark) : style.strong(mark);
      const name = index === 0 || narrow ? title : '';
      const [first = '', ...rest] = lines(message, room);
      const head = narrow ? `${shown}${name}\n${blank}${first}` : `${shown}${padTo(name, TITLE)}${first}`;
      const below = [
        ...rest,
        ...hints.flatMap(wrapped).map((line) => style.faint(line)),
        ...(fixed ? [] : ways(fixes, fixing).flatMap(wrapped)),
      ];
      return `${[head, ...below.map((line) => `${blank}${line}`)].join('\n')}\n`;
    })
    .join('');
}

function wordFor(level: Fixed['level'], fixed: boolean): string {
  if (fixed) return t`fixed`;
  return { ok: t`ok`, note: t`note`, problem: t`problem` }[level];
}

/** What `--fix` would do or ask. */
function ways(fixes: Fixed['fixes'], fixing: boolean): readonly string[] {
  const free = fixes.find(({ consent }) => consent === 'nobody');
  if (free !== undefined) return fixing ? [] : [t`--fix will ${free.title}`];
  return fixes.map(({ title }, index) => (index === 0 ? t`--fix asks whether to ${title}` : t`or to ${title}`));
}

function summary(checked: readonly Checked[], fixing: boolean): string {
  const { problems, notes } = verdictOf(checked);
  const all = checked.flatMap(({ findings }) => findings);
  const mended = all.filter(({ fixed }) => fixed).length;
  const found = problems + notes === 0 ? t`all is well` : counted(problems, notes);
  const sofar = mended === 0 ? found : t`${found}; ${mended} fixed`;
  const open = all.filter(({ level, fixes }) => level !== 'ok' && fixes.length > 0);
  const free = open.filter(({ fixes }) => fixes.some(({ consent }) => consent === 'nobody')).length;
  const asked = open.length - free;
  if (fixing || open.length === 0) return sofar;
  if (asked === 0) return t`${sofar}; keypair doctor --fix fixes ${free} of them`;
  if (free === 0) return t`${sofar}; keypair doctor --fix asks about ${asked} of them`;
  return t`${sofar}; keypair doctor --fix fixes ${free} of them and asks about ${asked}`;
}

function counted(problems: number, notes: number): string {
  const some = problems === 0 ? t`no problems` : problems === 1 ? t`1 problem` : t`${problems} problems`;
  if (notes === 0) return t`${some}, no notes`;
  return notes === 1 ? t`${some}, 1 note` : t`${some}, ${notes} notes`;
}

/** Lines of at most `width` columns; a longer word (a path) is not broken. */
function lines(text: string, width: number): readonly string[] {
  return wrap(text, width, displayWidth);
}
