import { causedBy, KeypairError } from '../errors.ts';
import { labelled } from '../i18n/phrases.ts';
import { t, translated } from '../i18n/t.ts';

/**
 * The error of one of several items, as it is told: with the item's name before it. Where the cloud may have acted
 * all the same, it is `PARTIAL` and says where to look.
 *
 * @param look how to see what became of it, as a hint.
 */
export function itemError(error: KeypairError, item: string, look: string): KeypairError {
  const { message, hints, outcome } = error;
  const open = outcome === 'unknown';
  const what = translated(message);
  return new KeypairError(
    open ? 'PARTIAL' : error.code,
    open ? t`${item}: ${what}; it may have been done all the same` : labelled(item, what),
    {
      hints: open ? [look, ...hints] : hints,
      ...causedBy(error),
    },
  );
}
