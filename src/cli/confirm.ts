import { KeypairError } from '../errors.ts';
import { t } from '../i18n/t.ts';
import type { Session } from './session.ts';

/** What a command that asks before it acts misses where nobody can be asked: `--yes`, or nothing. */
export function missingConsent({ settings }: Session): readonly string[] {
  return settings.yes ? [] : ['--yes'];
}

/**
 * Asks whether to go on, unless `--yes` has answered: yes or no for one thing; for several their number is typed.
 *
 * @throws KeypairError `CANCELLED` when the answer is no, and on Ctrl-C; `USAGE` where nobody can be asked.
 */
export async function confirm(session: Session, question: string, things = 1): Promise<void> {
  if (session.settings.yes) return;
  if (!session.interactive) throw new KeypairError('USAGE', t`missing: --yes`);
  const { askConfirm, askNumber } = await import('../ui/prompts.ts');
  const agreed =
    things === 1
      ? await askConfirm(session.context, question)
      : await askNumber(session.context, t`${question} Type ${things} for yes:`, things);
  if (!agreed) throw new KeypairError('CANCELLED', t`cancelled: nothing was changed`);
}
