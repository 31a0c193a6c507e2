import { lstatSync } from 'node:fs';
import { t } from '../i18n/t.ts';
import { shellWord } from '../sanitize.ts';

/**
 * How a private key tells its public half: into a file only where nothing is, since the shell empties it first.
 *
 * @param mode of the file, or null: ssh-keygen reads none that others may read, too.
 */
export function publicHalfHint(file: string, mode: number | null): string {
  const word = shellWord(file);
  if (!isFree(`${file}.pub`)) return t`see which is right: ssh-keygen -y -f ${word}`;
  return mode !== null && (mode & 0o077) !== 0
    ? t`write its public half beside it: chmod 600 ${word} && ssh-keygen -y -f ${word} > ${word}.pub`
    : t`write its public half beside it: ssh-keygen -y -f ${word} > ${word}.pub`;
}

function isFree(file: string): boolean {
  try {
    // What only this program reads as the home directory cannot be looked at here.
    return !file.startsWith('~/') && lstatSync(file, { throwIfNoEntry: false }) === undefined;
  } catch {
    return false;
  }
}
