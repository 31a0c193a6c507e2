import { chmod, stat } from 'node:fs/promises';
import type { Session } from '../../cli/session.ts';
import { KeypairError } from '../../errors.ts';
import { t } from '../../i18n/t.ts';
import { TakenByAnother } from '../../operations/recovery/recovery.ts';
import type { RepairAction } from '../../operations/recovery/types.ts';
import { printable, shellWord } from '../../sanitize.ts';
import type { Finding } from './finding.ts';

/** A finding after `--fix`. */
export interface Fixed extends Finding {
  /** Whether it was fixed; if so, `message` says how. */
  readonly fixed: boolean;
}

/**
 * Fixes a finding. Applies a fix that needs no consent; for the others, `--yes` agrees to the first that allows it, and
 * a person on a terminal chooses. A finding that is not fixed stays, with the reason.
 *
 * @throws KeypairError `CANCELLED` when the user leaves a question.
 */
export async function fix(session: Session, found: Finding): Promise<Fixed> {
  const chosen = found.level === 'ok' ? null : await choose(session, found);
  if (chosen === null) return { ...found, fixed: false };
  try {
    const done = await session.withSpinner(t`fixing`, () => chosen.apply());
    return { ...found, level: 'ok', message: done, hints: [], fixed: true };
  } catch (error) {
    if (error instanceof KeypairError && error.code === 'CANCELLED') throw error;
    // Another process has changed it meanwhile.
    if (error instanceof TakenByAnother)
      return { ...found, level: 'note', message: error.message, hints: [], partial: false, fixed: false };
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'error';
    const reason = printable(error instanceof KeypairError ? error.message : code);
    const hints = [t`could not ${printable(chosen.title)}: ${reason}`, ...found.hints];
    return { ...found, hints, fixed: false };
  }
}

async function choose(session: Session, { message, hints, fixes }: Finding): Promise<RepairAction | null> {
  const free = fixes.find(({ consent }) => consent === 'nobody');
  if (free !== undefined) return free;
  if (fixes.length === 0) return null;
  if (session.settings.yes) return fixes.find(({ consent }) => consent === 'anybody') ?? null;
  if (!session.interactive) return null;
  session.warn(message);
  for (const hint of hints) session.info(hint);
  const { askChoice } = await import('../../ui/prompts.ts');
  const later = { value: 'later', title: t`later`, note: '' };
  const choices = fixes.map(({ title }, index) => ({ value: String(index), title, note: '' }));
  const answer = await askChoice(session.context, t`What do you want to do about it?`, [later, ...choices]);
  return fixes[Number(answer)] ?? null;
}

/** Restores the findings that the check still reports after the fix. */
export function verified(
  mended: readonly Fixed[],
  before: readonly Finding[],
  after: readonly Finding[],
): readonly Fixed[] {
  return mended.map((one, index) => {
    const was = before[index];
    if (!one.fixed || was === undefined) return one;
    const isStillFound = after.some(
      ({ level, message, file }) => level !== 'ok' && message === was.message && file === was.file,
    );
    if (!isStillFound) return one;
    return { ...was, hints: [t`the fix ran, but the problem is still there`, ...was.hints], fixed: false };
  });
}

/**
 * Changes the mode of a file and verifies it: some file systems report success without a change (Windows drives in WSL,
 * FUSE, FAT).
 */
export function changeMode(file: string, mode: number, consent: RepairAction['consent'] = 'nobody'): RepairAction {
  const apply = async (): Promise<string> => {
    await chmod(file, mode);
    const now = (await stat(file)).mode & 0o7777;
    if (now !== mode)
      throw new KeypairError('FAILURE', t`the file system does not store modes: it is still ${octal(now)}`);
    return t`${printable(file)} is ${octal(mode)} now`;
  };
  return { title: t`chmod ${mode.toString(8)} ${shellWord(file)}`, consent, apply };
}

/** A mode in octal: `0600`. */
export function octal(mode: number): string {
  return `0${mode.toString(8)}`;
}
