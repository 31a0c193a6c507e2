import type { PublicKey } from '../keys/public-key.ts';
import { joinList } from '../i18n/phrases.ts';
import { t } from '../i18n/t.ts';
import type { LocalKeys } from '../storage/key-directory.ts';
import { printable, shellWord } from '../sanitize.ts';
import { publicHalfHint } from '../storage/key-file.ts';

/** How many files stand in one line. */
const MOST = 5;

/** The files of a key directory that may hold any key, as they are shown; safe to print. */
export function untoldFiles({ untold }: LocalKeys): string {
  const shown = joinList(untold.slice(0, MOST).map((file) => printable(file)));
  return untold.length > MOST ? t`${shown} and ${untold.length - MOST} more` : shown;
}

/**
 * Why a private half that was not found may be here all the same: ssh refuses its file, or there are files that could
 * not be read; null where it is here, or is not. Safe to print.
 */
export function privateHalfNote(publicKey: PublicKey | null, local: LocalKeys): string | null {
  const here = publicKey === null ? null : local.find(publicKey);
  if (here?.privateKeyFile != null) return null;
  if (here?.refused != null)
    return t`ssh cannot read ${printable(here.refused.file)}: ${here.refused.reason}`;
  return local.untold.length === 0 ? null : t`cannot tell: could not read ${untoldFiles(local)}`;
}

/** What to do about the first file that could not be read, and the first that tells no public half. */
export function untoldHints({ unreadable: [file], keys }: LocalKeys): readonly string[] {
  const closed = keys.find((key) => key.publicKey === null && key.privateKeyFile !== null);
  return [
    ...(file === undefined ? [] : [t`see whose it is: ls -ld ${shellWord(file)}`]),
    ...(closed?.privateKeyFile == null ? [] : [publicHalfHint(closed.privateKeyFile, closed.mode)]),
  ];
}
