import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { KeypairError } from '../../../errors.ts';
import { t } from '../../../i18n/t.ts';
import { shellWord } from '../../../shell-quote.ts';
import { UnsafeDirectory } from '../../../storage/permissions.ts';
import { tryKeyDirectory } from '../../../storage/trial.ts';
import { printable } from '../../../sanitize.ts';
import { type Finding, finding, type Fix } from '../finding.ts';
import type { Check } from '../input.ts';
import { changeMode } from '../mend.ts';

/** Whether `create` could save a key in the key directory, and nobody else can put keys there or take them away. */
export const keyDirectory: Check = {
  id: 'key-directory',
  title: t`key directory`,
  calls: false,
  run: async ({ session: { context }, keyDirectory: file }) => {
    const shown = printable(file);
    const found = await stat(file).catch(() => null);
    if (found?.isDirectory() === false) {
      const hints = [t`move it away, or choose another place with --key-dir or KEYPAIR_KEY_DIR`];
      return [finding('problem', t`${shown} is not a directory`, { file, hints })];
    }
    const mode = context.platform === 'win32' ? 0o700 : (found?.mode ?? 0o700) & 0o7777;
    // ~/.ssh is for nobody else by its nature; any other place may be shared on purpose.
    const usual = file === path.join(context.home, '.ssh');
    if ((mode & 0o700) !== 0o700) {
      const message = t`${shown} is closed to you as well (${octal(mode)})`;
      return [finding('problem', message, { file, fixes: [close(file, mode | 0o700, 'nobody')] })];
    }
    const refusal = await tryKeyDirectory(file, context);
    if (refusal !== null) return [refused(refusal, file, usual ? file : null)];
    if (found === null) return [finding('ok', t`${shown} is not there yet: the first key makes it`)];
    if ((mode & 0o022) !== 0 && (mode & 0o1000) !== 0) {
      const hints = [t`better keep keys in a directory of your own, with --key-dir or KEYPAIR_KEY_DIR`];
      return [finding('note', t`others may put files into ${shown} (${octal(mode)})`, { file, hints })];
    }
    if ((mode & 0o077) !== 0) {
      const message = t`others may see what is in ${shown} (${octal(mode)})`;
      return [finding('note', message, { file, fixes: [close(file, 0o700, usual ? 'anybody' : 'person')] })];
    }
    return [finding('ok', context.platform === 'win32' ? t`${shown} is there` : t`${shown} is yours alone`)];
  },
};

/**
 * The finding for a directory that `create` refuses.
 *
 * @param file the directory that was tried: the unsafe one may be above it.
 * @param own the directory that is for nobody else by its nature, and is closed without asking; or null.
 */
export function refused(error: KeypairError, file: string, own: string | null): Finding {
  const details = { file, hints: error.hints.map((hint) => printable(hint, 500)) };
  const message = printable(error.message, 1000);
  if (!(error instanceof UnsafeDirectory) || error.mode === null) return finding('problem', message, details);
  const { directory, mode } = error;
  const fix =
    directory === own ? close(directory, 0o700, 'nobody') : close(directory, mode & ~error.excess, 'person');
  return finding('problem', message, { ...details, file: directory, fixes: [fix] });
}

function close(file: string, mode: number, consent: Fix['consent']): Fix {
  return {
    title: t`chmod ${mode.toString(8)} ${shellWord(file)}`,
    consent,
    apply: () => changeMode(file, mode),
  };
}

function octal(mode: number): string {
  return `0${mode.toString(8)}`;
}
