import { KeypairError } from '../errors.ts';
import { errorCode } from './files.ts';

/**
 * Turns what a file system refuses before the call into an error that says what to do.
 *
 * @param where the directory or file that is meant, for the message.
 * @throws KeypairError `USAGE`, or the KeypairError that `act` threw.
 */
export async function refusing<T>(where: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (cause) {
    if (cause instanceof KeypairError) throw cause;
    const code = errorCode(cause) ?? 'error';
    const details = { hints: [HINTS[code] ?? 'choose another place with --key-dir or --output'], cause };
    throw new KeypairError('USAGE', `cannot write in ${where} (${code})`, details);
  }
}

const HINTS: Readonly<Record<string, string>> = {
  EACCES: 'you may not write there: choose another place with --key-dir or --output',
  EROFS: 'that file system is read-only: choose another place with --key-dir or --output',
  ENOSPC: 'the disk is full: make room, or choose another place with --key-dir or --output',
  EDQUOT: 'your disk quota is used up: make room, or choose another place with --key-dir or --output',
  ENOTDIR: 'a part of that path is a file, not a directory',
  ENAMETOOLONG: 'that path is too long for this file system',
};
