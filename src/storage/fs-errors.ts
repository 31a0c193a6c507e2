import { KeypairError } from '../errors.ts';
import { t } from '../i18n/t.ts';
import { errorCode } from './fs.ts';

/**
 * Turns what a file system refuses before the call into an error that says what to do.
 *
 * @param where the directory or file that is meant, for the message.
 * @param advice what to do about it, where it is no place for a key; by default by the error's code.
 * @throws KeypairError `USAGE`, or the KeypairError that `act` threw.
 */
export async function mapFsErrors<T>(
  where: string,
  act: () => Promise<T>,
  advice: { readonly hints: readonly string[] } | null = null,
): Promise<T> {
  try {
    return await act();
  } catch (cause) {
    if (cause instanceof KeypairError) throw cause;
    const code = errorCode(cause) ?? 'error';
    const usual = { hints: [HINTS[code] ?? t`choose another place with --key-dir or --output`] };
    const details = { ...(advice ?? usual), cause };
    throw new KeypairError('USAGE', t`cannot write in ${where} (${code})`, details);
  }
}

const HINTS: Readonly<Record<string, string>> = {
  EACCES: t`you may not write there: choose another place with --key-dir or --output`,
  EPERM: t`that place does not let you: choose another with --key-dir or --output`,
  EROFS: t`that file system is read-only: choose another place with --key-dir or --output`,
  ENOSPC: t`the disk is full, or has no room for one more file: make room, or choose another place with --key-dir or --output`,
  EDQUOT: t`your disk quota is used up: make room, or choose another place with --key-dir or --output`,
  EIO: t`the disk is failing: choose another place with --key-dir or --output, and look after that disk`,
  ESTALE: t`the server of that file system has lost it: choose another place with --key-dir or --output`,
  ENOENT: t`nothing can be put there: choose another place with --key-dir or --output`,
  ENOTDIR: t`a part of that path is a file, not a directory`,
  ENAMETOOLONG: t`that path is too long for this file system`,
};
