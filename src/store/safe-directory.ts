import type { FileHandle } from 'node:fs/promises';
import { stat } from 'node:fs/promises';
import { KeypairError } from '../errors.ts';
import { t } from '../language/t.ts';
import { givesMore } from './files.ts';
import type { Identity } from './identity.ts';

/**
 * Refuses a key directory in which somebody else could put another key in the place of ours, by the rule that sshd has
 * for `~/.ssh` (StrictModes, sshd_config(5)): it belongs to us or to root, and only its owner may write in it. As in
 * Debian's OpenSSH a group that is the owner's own (its number is the owner's) may write too, and so may everybody
 * where the sticky bit keeps them off the files of others (`/tmp`).
 *
 * Who we are is seen by `own`, a file that was just made there with mode 0600; that mode must have held.
 *
 * @returns the directory's identity.
 * @throws KeypairError `USAGE` with the command that mends it.
 */
export async function checkSafe(directory: string, own: FileHandle, platform: string): Promise<Identity> {
  const found = await stat(directory, { bigint: true });
  // Windows tells neither owners nor modes that mean anything.
  if (platform === 'win32') return found;
  const file = await own.stat({ bigint: true });
  if (givesMore(Number(file.mode), 0o600)) {
    throw new KeypairError(
      'USAGE',
      t`others could read a key in ${directory}: that file system keeps no modes`,
      {
        hints: ['choose another place with --key-dir or --output'],
      },
    );
  }
  if (found.uid !== file.uid && found.uid !== 0n) {
    throw new KeypairError(
      'USAGE',
      t`${directory} belongs to another user, who could put another key in the place of yours`,
      {
        hints: ['choose a directory of your own with --key-dir or --output'],
      },
    );
  }
  const mode = Number(found.mode);
  const others = (mode & 0o002) !== 0;
  const group = (mode & 0o020) !== 0 && found.gid !== found.uid;
  if ((others || group) && (mode & 0o1000) === 0) {
    const message = others
      ? t`everybody may write in ${directory}, and could put another key in the place of yours`
      : t`a group may write in ${directory}, and could put another key in the place of yours`;
    throw new KeypairError('USAGE', message, {
      hints: [others ? t`chmod go-w ${directory}` : t`chmod g-w ${directory}`],
    });
  }
  return found;
}
