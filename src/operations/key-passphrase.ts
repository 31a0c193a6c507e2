import { setImmediate as nextTurn } from 'node:timers/promises';
import type { CreateFlags } from '../cli/create-options.ts';
import { askNewPassphrase, checkNewPassphrase, readPassphrases } from '../cli/passphrase.ts';
import type { Session } from '../cli/session.ts';
import { KeypairError } from '../errors.ts';
import { t } from '../i18n/t.ts';
import { KeyFormatError } from '../keys/format-error.ts';
import type { PrivateKey } from '../keys/private-key.ts';
import { samePublicKey } from '../keys/public-key.ts';
import type { Secret } from '../secret.ts';

/** A passphrase for new private keys. */
export interface KeyPassphrase {
  /**
   * The key under the passphrase, checked: it can be decrypted again.
   *
   * @throws KeyFormatError if the key does not exist in OpenSSH's format.
   */
  encrypt(key: PrivateKey): Promise<PrivateKey>;
  /**
   * The key of a file with the passphrase, or without one.
   *
   * @throws KeyFormatError
   */
  decrypt(text: Secret): Promise<PrivateKey>;
}

/** Gets the passphrase, by asking if necessary. The answer is the same each time. */
export type PassphraseSource = () => Promise<KeyPassphrase>;

type PassphraseFlags = Pick<CreateFlags, 'passphrase' | 'passphraseStdin'>;

/** The flag that is missing if the passphrase can neither be asked for nor read. */
export function missingPassphrase({ interactive }: Session, flags: PassphraseFlags): readonly string[] {
  return flags.passphrase === true && flags.passphraseStdin !== true && !interactive ? ['--passphrase-stdin'] : [];
}

/**
 * The passphrase that the flags ask for. Reads it from stdin now; asks for it only when it is needed.
 *
 * @param names of the key pairs as the user gave them; `-` reads stdin.
 * @returns null if the flags ask for none.
 * @throws KeypairError `USAGE` for a text on stdin that cannot be a passphrase.
 */
export async function passphraseSource(
  session: Session,
  names: readonly string[],
  { passphrase, passphraseStdin }: PassphraseFlags,
): Promise<PassphraseSource | null> {
  if (passphraseStdin === true) {
    if (names.includes('-'))
      throw new KeypairError('USAGE', t`--name - and --passphrase-stdin both read stdin: give one of them`);
    const [given] = await readPassphrases(session.context, [t`the passphrase`]);
    if (given === undefined) return null;
    checkNewPassphrase(given, t`the passphrase`);
    return once(() => passphraseOf(given));
  }
  return passphrase === true ? once(() => askPassphrase(session)) : null;
}

/**
 * Asks for a new passphrase on the terminal, twice.
 *
 * @throws KeypairError `CANCELLED`.
 */
export async function askPassphrase(session: Session): Promise<KeyPassphrase> {
  return passphraseOf(await session.withTerminal(() => askNewPassphrase(session, t`Passphrase for the private key:`)));
}

/**
 * The private key of a pair under its passphrase, with the pair's name as its comment.
 *
 * @throws KeypairError `PARTIAL` if the key cannot have one.
 */
export async function encryptedFor(name: string, key: PrivateKey, passphrase: KeyPassphrase): Promise<PrivateKey> {
  try {
    return await passphrase.encrypt({ ...key, publicKey: { ...key.publicKey, comment: name } });
  } catch (cause) {
    if (!(cause instanceof KeyFormatError)) throw cause;
    throw new KeypairError('PARTIAL', t`the private key cannot have a passphrase: ${cause.message}`, { cause });
  }
}

function once<T>(get: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  return () => (answer ??= get());
}

/** What it needs is loaded now: later, a full or failing disk may keep Node from reading it. */
async function passphraseOf(passphrase: Secret): Promise<KeyPassphrase> {
  const { decryptedKey, encryptedKey } = await import('../keys/passphrase.ts');
  // Each key takes a third of a second, in which nothing else runs. One at a time, answers and signals come in between.
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(act: () => T): Promise<T> => {
    const mine = turn.then(async () => {
      await nextTurn();
      return act();
    });
    turn = mine.catch(() => undefined);
    return mine;
  };
  return {
    decrypt: (text) => inTurn(() => decryptedKey(text, passphrase)),
    encrypt: async (key) => {
      const encrypted = await inTurn(() => encryptedKey(key, passphrase));
      const back = await inTurn(() => decryptedKey(encrypted.text, passphrase));
      if (!samePublicKey(back.publicKey, key.publicKey))
        throw new KeyFormatError('damaged', t`the encrypted private key could not be read back`);
      return encrypted;
    },
  };
}
