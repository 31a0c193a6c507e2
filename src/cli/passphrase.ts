import { KeypairError } from '../errors.ts';
import { joinList, t, withLabel } from '../i18n/t.ts';
import type { Context } from '../context.ts';
import { KeyFormatError } from '../keys/format-error.ts';
import type { PrivateKey } from '../keys/private-key.ts';
import { isPutty } from '../keys/putty-format.ts';
import { printable, shellWord } from '../sanitize.ts';
import { Secret } from '../secret.ts';
import { readStdin } from './read-input.ts';
import type { Session } from './session.ts';

/** The shortest passphrase, in characters: ssh-keygen refuses shorter ones for PEM files. */
const SHORTEST = 5;
/** The longest, in bytes: ssh reads no more at its question (OpenSSH, readpass.c). */
const LONGEST = 1023;

/** Node reads this for bytes that are not UTF-8. ssh would take the bytes. */
const REPLACEMENT = '\uFFFD';

/** Why a text cannot be the passphrase of a key, or null. Does not quote it. */
function passphraseProblem(passphrase: string): string | null {
  if (/[\r\n\0]/.test(passphrase)) return t`a passphrase has no line ends and no NUL`;
  if (passphrase.includes(REPLACEMENT)) return t`the passphrase is not in utf-8`;
  if (passphrase.length < SHORTEST) return t`at least ${SHORTEST} characters`;
  return Buffer.byteLength(passphrase) > LONGEST ? t`at most ${LONGEST} bytes` : null;
}

/**
 * Checks a new passphrase that was not typed.
 *
 * @param what it is, for the error: `the new passphrase`.
 * @throws KeypairError `USAGE`, which does not quote it.
 */
export function checkNewPassphrase(passphrase: Secret, what: string): void {
  const problem = passphraseProblem(passphrase.reveal());
  if (problem !== null) throw new KeypairError('USAGE', withLabel(what, problem));
}

/**
 * Asks for a new passphrase of a key twice, until both are the same.
 *
 * @param question for the first time: `New passphrase of foo:`.
 * @param mayBeEmpty whether the answer may be empty. Then it is not asked again.
 * @throws KeypairError `CANCELLED`.
 */
export async function askNewPassphrase(session: Session, question: string, mayBeEmpty = false): Promise<Secret> {
  const { askSecret } = await import('../ui/prompts.ts');
  for (;;) {
    const first = await askSecret(session.context, question, (answer) =>
      mayBeEmpty && answer === '' ? null : passphraseProblem(answer),
    );
    if (first.reveal() === '') return first;
    const second = await askSecret(session.context, t`The same again:`, () => null);
    if (first.reveal() === second.reveal()) return first;
    session.warn(t`they differ: try again`);
  }
}

/** The longest stdin, in bytes: a few passphrases with their line ends. */
const LIMIT = 4096;

/**
 * Reads passphrases from stdin, one a line, for a flag that ends in `-stdin`.
 *
 * @param wanted what each line is: `the new passphrase`. So many lines are expected.
 * @throws KeypairError `USAGE` if stdin is a terminal, or has another number of lines.
 */
export async function readPassphrases(context: Context, wanted: readonly string[]): Promise<readonly Secret[]> {
  if (context.stdinIsTTY) {
    throw new KeypairError('USAGE', t`stdin is the terminal, which would show the passphrase`, {
      hints: [t`leave --passphrase-stdin out and be asked, or send the passphrase through a pipe`],
    });
  }
  // PowerShell may write a byte order mark, which nobody means.
  const text = (await readStdin(context, LIMIT)).replace(/^\uFEFF/, '').replace(/\r?\n$/, '');
  const lines = text.split(/\r?\n/);
  if (lines.length !== wanted.length) {
    throw new KeypairError('USAGE', t`expected on stdin, one a line: ${joinList(wanted)}`);
  }
  return lines.map((line) => new Secret(line));
}

/** How often a passphrase is asked for, as ssh does (NumberOfPasswordPrompts). */
const TRIES = 3;

/**
 * Decrypts a private key with its passphrase.
 *
 * @param passphrase from stdin; null: asks, again if it is wrong.
 * @returns the key, and the passphrase that was right.
 * @throws KeypairError `AUTH` if it is wrong, `USAGE` if it is wrong and not in UTF-8, `CANCELLED`; KeyFormatError as
 * {@link decryptedKey}.
 */
export async function unlockKey(
  session: Session,
  text: Secret,
  file: string,
  passphrase: Secret | null,
): Promise<{ readonly key: PrivateKey; readonly passphrase: Secret }> {
  const { decryptedKey } = await import('../keys/passphrase.ts');
  const shown = printable(file);
  for (let left = passphrase === null ? TRIES : 1; ; left -= 1) {
    const answer = passphrase ?? (await askPassphrase(session, shown));
    try {
      return { key: decryptedKey(text, answer), passphrase: answer };
    } catch (cause) {
      if (!(cause instanceof KeyFormatError) || cause.reason !== 'wrong-passphrase') throw cause;
      if (passphrase?.reveal().includes(REPLACEMENT) === true) {
        const hints = isPutty(text.reveal()) ? [] : [t`ssh-keygen takes it: ssh-keygen -p -f ${shellWord(file)}`];
        throw new KeypairError('USAGE', t`the passphrase of ${shown} is not in utf-8`, { hints, cause });
      }
      if (left <= 1) throw new KeypairError('AUTH', t`wrong passphrase for ${shown}`, { cause });
      session.warn(t`wrong passphrase: try again`);
    }
  }
}

async function askPassphrase({ context }: Session, shown: string): Promise<Secret> {
  const { askSecret } = await import('../ui/prompts.ts');
  return askSecret(context, t`Passphrase of ${shown}:`, () => null);
}
