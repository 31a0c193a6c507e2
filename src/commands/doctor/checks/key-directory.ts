import { chmod, stat } from 'node:fs/promises';
import path from 'node:path';
import { t } from '../../../language/t.ts';
import { errorCode } from '../../../store/files.ts';
import { printable } from '../../../transport/sanitize.ts';
import { finding, type Fix } from '../finding.ts';
import type { Check } from '../input.ts';
import { shellWord } from '../../../store/safe-directory.ts';

/** Whether the key directory is the user's own, and nobody else can put keys there or take them away. */
export const keyDirectory: Check = {
  id: 'key-directory',
  title: 'key directory',
  calls: false,
  run: async ({ session: { context }, keyDirectory: file }) => {
    const shown = printable(file);
    let found;
    try {
      found = await stat(file);
    } catch (error) {
      const code = errorCode(error) ?? 'error';
      return code === 'ENOENT'
        ? [finding('ok', t`${shown} is not there yet: the first key makes it`)]
        : [finding('problem', t`${shown} cannot be looked at (${code})`, { file })];
    }
    if (!found.isDirectory()) {
      const hints = ['move it away, or choose another place with --key-dir or KEYPAIR_KEY_DIR'];
      return [finding('problem', t`${shown} is not a directory`, { file, hints })];
    }
    // Windows has neither owners nor bits of this kind.
    if (context.platform === 'win32') return [finding('ok', t`${shown} is there`)];
    const mode = found.mode & 0o7777;
    // ~/.ssh is for nobody else by its nature; any other place may be shared on purpose.
    const usual = file === path.join(context.home, '.ssh');
    const { uid } = await stat(context.home).catch(() => found);
    if (found.uid !== uid && found.uid !== 0) {
      const hints = [
        t`see who it is: ls -ld ${shellWord(file)}`,
        'keys that you keep there are theirs to take',
      ];
      return [finding('problem', t`${shown} belongs to another user (${found.uid})`, { file, hints })];
    }
    if ((mode & 0o022) !== 0 && (mode & 0o1000) !== 0) {
      const hints = ['better keep keys in a directory of your own, with --key-dir or KEYPAIR_KEY_DIR'];
      return [finding('note', t`others may put files into ${shown} (${octal(mode)})`, { file, hints })];
    }
    if ((mode & 0o022) !== 0) {
      const message = t`others may put files into ${shown}, and take yours away (${octal(mode)})`;
      return [
        finding('problem', message, { file, fixes: [close(file, 0o700, usual ? 'nobody' : 'person')] }),
      ];
    }
    if ((mode & 0o700) !== 0o700) {
      const message = t`${shown} is closed to you as well (${octal(mode)})`;
      return [finding('problem', message, { file, fixes: [close(file, mode | 0o700, 'nobody')] })];
    }
    if ((mode & 0o077) !== 0) {
      const message = t`others may see what is in ${shown} (${octal(mode)})`;
      return [finding('note', message, { file, fixes: [close(file, 0o700, usual ? 'anybody' : 'person')] })];
    }
    return [finding('ok', t`${shown} is yours alone`)];
  },
};

function close(file: string, mode: number, consent: Fix['consent']): Fix {
  const shown = printable(file);
  return {
    title: t`chmod ${mode.toString(8)} ${shown}`,
    consent,
    apply: async () => {
      await chmod(file, mode);
      return t`${shown} is ${octal(mode)} now`;
    },
  };
}

function octal(mode: number): string {
  return `0${mode.toString(8)}`;
}
