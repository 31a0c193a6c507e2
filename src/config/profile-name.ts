import { KeypairError } from '../errors.ts';
import { listed } from '../language/phrases.ts';
import { t } from '../language/t.ts';

/** The profile that is there without being made. */
export const DEFAULT_PROFILE = 'default';

/** Whether a text can be a profile's name: these become parts of file names. */
export function isProfileName(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(text);
}

/**
 * The name of a profile, as a user gives it.
 *
 * @param from where it was given: `--profile`, `KEYPAIR_PROFILE`.
 * @throws KeypairError `USAGE`.
 */
export function readProfileName(text: string, from: string): string {
  if (isProfileName(text)) return text;
  throw new KeypairError('USAGE', t`${from} takes the name of a profile`, {
    hints: ['up to 64 letters, digits, dots, dashes and underscores, the first a letter or a digit'],
  });
}

/**
 * The error for a profile that was chosen and is not there.
 *
 * @param names those that there are.
 */
export function noProfile(name: string, names: readonly string[]): KeypairError {
  return new KeypairError('USAGE', t`there is no profile ${name}`, {
    hints: [
      names.length === 0 ? 'there are no profiles yet' : t`the profiles are ${listed(names)}`,
      t`make it with: keypair config set --profile ${name} provider tencent`,
      t`or with: keypair auth login --profile ${name}`,
    ],
  });
}
