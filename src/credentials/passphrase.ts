import { KeypairError } from '../errors.ts';
import { t } from '../i18n/t.ts';
import { Secret } from '../secret.ts';

/**
 * log2 of scrypt's work: half of age's own default, since this stands before every command. With r = 8, as age has it,
 * that is what OWASP's Password Storage Cheat Sheet asks for at least.
 */
const WORK_FACTOR = 17;

/** Encrypts with a passphrase, in the format of age (https://age-encryption.org/v1, scrypt): `age -d` reads it too. */
export async function encryptWithPassphrase(text: Secret, passphrase: Secret): Promise<Uint8Array> {
  const { Encrypter } = await import('age-encryption');
  const encrypter = new Encrypter();
  encrypter.setScryptWorkFactor(WORK_FACTOR);
  encrypter.setPassphrase(passphrase.reveal());
  return encrypter.encrypt(text.reveal());
}

/**
 * Decrypts what {@link encryptWithPassphrase} made.
 *
 * @param where it stands, for the message.
 * @throws KeypairError `AUTH` for another passphrase, and for bytes that are something else or were changed.
 */
export async function decryptWithPassphrase(
  bytes: Uint8Array,
  passphrase: Secret,
  where: string,
): Promise<Secret> {
  const { Decrypter } = await import('age-encryption');
  const decrypter = new Decrypter();
  decrypter.addPassphrase(passphrase.reveal());
  try {
    return new Secret(await decrypter.decrypt(bytes, 'text'));
  } catch (cause) {
    const wrong = cause instanceof Error && cause.message.includes('no identity matched');
    throw new KeypairError('AUTH', wrong ? t`wrong passphrase for ${where}` : t`${where} is damaged`, {
      hints: wrong
        ? [t`nothing was called: try again`]
        : [t`store the credentials again with keypair auth login`],
    });
  }
}
