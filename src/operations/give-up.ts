import { KeypairError, withHints } from '../errors.ts';
import { t } from '../i18n/t.ts';
import { abandon, type Open } from './reservation.ts';

/**
 * Leaves nothing behind after a failure that changed nothing in the cloud. That a disk does not even let go of what was
 * made there must not hide why this failed: it becomes one more hint. The intent stays open then.
 *
 * @returns the error to throw.
 */
export async function giveUp(open: Open, error: unknown): Promise<unknown> {
  try {
    await abandon(open);
    return error;
  } catch (left) {
    if (!(error instanceof KeypairError)) return error;
    const told =
      left instanceof KeypairError
        ? [left.message, ...left.hints]
        : [t`the note of this in ${open.entry.file} could not be removed`];
    return withHints(error, told);
  }
}
