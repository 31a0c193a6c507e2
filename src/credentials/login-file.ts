import { constants } from 'node:fs';
import { chmod, open } from 'node:fs/promises';
import path from 'node:path';
import { checkConfigOwner } from '../config/load.ts';
import { KeypairError } from '../errors.ts';
import { t } from '../i18n/t.ts';
import { configDirectory, homeShort, type PathsInput } from '../paths.ts';
import type { Vendor } from '../providers/credentials.ts';
import { Secret } from '../secret.ts';
import {
  errorCode,
  isTemporaryName,
  makePrivateDirectory,
  removeIfThere,
  removeLeftovers,
  replaceFile,
} from '../storage/fs.ts';

/** One of the two files that may hold a login. */
interface LoginFile {
  readonly file: string;
  /** For people: with `~` for the home directory. */
  readonly shown: string;
  /** True for `.age`, which has a passphrase; false for `.json`. */
  readonly encrypted: boolean;
}

/** A login's file that was read. */
export interface FoundLoginFile extends LoginFile {
  readonly bytes: Buffer;
  /** Whether others than its owner may read it. */
  readonly open: boolean;
}

/** Longer than any login, in bytes. */
const LIMIT = 64 * 1024;

/**
 * The paths of a login's files: `<configuration>/credentials/<profile>.<vendor>.age`, and `.json` without a passphrase.
 * Characters of the profile's name that some file systems refuse or confuse (capitals too) are written as `%` and hex.
 */
export function loginFiles(input: PathsInput, profile: string, vendor: Vendor): readonly LoginFile[] {
  const name = profile.replace(/[^a-z0-9._-]|^\./gu, (character) =>
    Buffer.from(character).reduce((hex, byte) => `${hex}%${byte.toString(16).padStart(2, '0')}`, ''),
  );
  return [
    { ending: 'age', encrypted: true },
    { ending: 'json', encrypted: false },
  ].map(({ ending, encrypted }) => {
    const file = path.join(configDirectory(input), 'credentials', `${name}.${vendor}.${ending}`);
    return { file, shown: homeShort(input.home, file), encrypted };
  });
}

/**
 * Reads the existing file of a login, or returns null.
 *
 * @throws KeypairError `AUTH` if it cannot be read, `USAGE` if others may write it.
 */
export async function findLoginFile(
  input: PathsInput,
  profile: string,
  vendor: Vendor,
): Promise<FoundLoginFile | null> {
  for (const candidate of loginFiles(input, profile, vendor)) {
    try {
      // Opening a FIFO would block, and Ctrl-C would not end that.
      const handle = await open(candidate.file, constants.O_RDONLY | constants.O_NONBLOCK);
      try {
        const found = await handle.stat();
        if (!found.isFile()) throw unreadable(t`cannot read ${candidate.shown} (${t`it is not a file`})`);
        await checkConfigOwner(candidate.file, input);
        const { mode } = found;
        const { bytesRead, buffer } = await handle.read(Buffer.alloc(LIMIT), 0, LIMIT, 0);
        const readable = input.platform !== 'win32' && (mode & 0o077) !== 0;
        return { ...candidate, bytes: buffer.subarray(0, bytesRead), open: readable };
      } finally {
        await handle.close();
      }
    } catch (cause) {
      if (cause instanceof KeypairError) throw cause;
      const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'error';
      if (code === 'ENOENT' || code === 'ENOTDIR') continue;
      throw unreadable(t`cannot read ${candidate.shown} (${code})`, cause);
    }
  }
  return null;
}

function unreadable(message: string, cause?: unknown): KeypairError {
  return new KeypairError('AUTH', message, {
    hints: [t`see who may read it, or store the credentials again with keypair auth login`],
    cause,
  });
}

/**
 * Writes a login's file, atomically, mode 0600, in a 0700 directory. It replaces an existing one, and removes the file
 * of the other form (with or without a passphrase).
 *
 * @param passphrase null: the file holds the secret in clear.
 * @returns the file for people, with `~` for the home directory.
 * @throws KeypairError `USAGE` if it cannot be written.
 */
export async function writeLoginFile(
  input: PathsInput,
  profile: string,
  vendor: Vendor,
  form: Secret,
  passphrase: Secret | null,
): Promise<string> {
  const files = loginFiles(input, profile, vendor);
  const wanted = files.find(({ encrypted }) => encrypted === (passphrase !== null));
  if (wanted === undefined) throw new KeypairError('FAILURE', t`no form of file for this login`);
  const content = passphrase === null ? form.reveal() : await encryptWithPassphrase(form, passphrase);
  try {
    await replace(wanted.file, content, input.platform);
    for (const { file } of files) if (file !== wanted.file) await removeIfThere(file);
  } catch (cause) {
    if (cause instanceof KeypairError) throw cause;
    throw new KeypairError('USAGE', t`cannot write ${wanted.shown} (${errorCode(cause) ?? 'error'})`, {
      hints: [t`see who may write there, or store the credentials in the keychain: --store keychain`],
      cause,
    });
  }
  return wanted.shown;
}

/**
 * Removes both files of a login. A missing file is no error.
 *
 * @throws KeypairError `USAGE` if one cannot be removed.
 */
export async function removeLoginFile(input: PathsInput, profile: string, vendor: Vendor): Promise<void> {
  for (const { file, shown } of loginFiles(input, profile, vendor)) {
    try {
      await removeIfThere(file);
    } catch (cause) {
      if (errorCode(cause) === 'ENOTDIR') continue;
      throw new KeypairError('USAGE', t`cannot remove ${shown} (${errorCode(cause) ?? 'error'})`, { cause });
    }
  }
}

async function replace(file: string, content: string | Uint8Array, platform: string): Promise<void> {
  const directory = path.dirname(file);
  await makePrivateDirectory(directory);
  await chmod(directory, 0o700);
  await removeLeftovers(directory, isTemporaryName, new Date());
  await replaceFile(file, content, platform);
}

/**
 * log2 of scrypt's work: half of age's default, since every command pays for it. With age's r = 8 this is the minimum
 * of OWASP's Password Storage Cheat Sheet.
 */
const WORK_FACTOR = 17;

/** Encrypts with a passphrase, in the format of age (https://age-encryption.org/v1, scrypt): `age -d` reads it too. */
async function encryptWithPassphrase(text: Secret, passphrase: Secret): Promise<Uint8Array> {
  const { Encrypter } = await import('age-encryption');
  const encrypter = new Encrypter();
  encrypter.setScryptWorkFactor(WORK_FACTOR);
  encrypter.setPassphrase(passphrase.reveal());
  return encrypter.encrypt(text.reveal());
}

/**
 * Decrypts what {@link encryptWithPassphrase} made.
 *
 * @param where the file, for messages.
 * @throws KeypairError `AUTH` for a wrong passphrase, and for bytes that are damaged or of another format.
 */
export async function decryptWithPassphrase(bytes: Uint8Array, passphrase: Secret, where: string): Promise<Secret> {
  const { Decrypter } = await import('age-encryption');
  const decrypter = new Decrypter();
  decrypter.addPassphrase(passphrase.reveal());
  try {
    return new Secret(await decrypter.decrypt(bytes, 'text'));
  } catch (cause) {
    const wrong = cause instanceof Error && cause.message.includes('no identity matched');
    throw new KeypairError('AUTH', wrong ? t`wrong passphrase for ${where}` : t`${where} is damaged`, {
      hints: wrong ? [t`nothing was called: try again`] : [t`store the credentials again with keypair auth login`],
    });
  }
}
