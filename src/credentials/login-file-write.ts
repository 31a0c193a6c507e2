import { chmod } from 'node:fs/promises';
import path from 'node:path';
import type { PathsInput } from '../paths.ts';
import { loginFiles } from './login-file.ts';
import { encryptWithPassphrase } from './passphrase.ts';
import type { Secret } from '../secret.ts';
import type { Vendor } from '../providers/credentials.ts';
import { KeypairError } from '../errors.ts';
import { t } from '../i18n/t.ts';
import {
  errorCode,
  isTemporaryName,
  makePrivateDirectory,
  removeIfThere,
  removeLeftovers,
  replaceFile,
} from '../storage/fs.ts';

/**
 * Writes a login's file: 0600, in a 0700 directory, whole or not at all, in place of one that is there; its form with
 * or without a passphrase, whichever it no longer has, is removed.
 *
 * @param passphrase null for a file that holds the secret in clear.
 * @returns the file for people, with `~` for the home directory.
 * @throws KeypairError `USAGE` where it cannot be written.
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
  if (wanted === undefined) throw new KeypairError('FAILURE', 'no form of file for this login');
  const content = passphrase === null ? form.reveal() : await encryptWithPassphrase(form, passphrase);
  try {
    await replace(wanted.file, content, input.platform);
    for (const { file } of files) if (file !== wanted.file) await removeIfThere(file);
  } catch (cause) {
    if (cause instanceof KeypairError) throw cause;
    throw new KeypairError('USAGE', t`cannot write ${wanted.shown} (${errorCode(cause) ?? 'error'})`, {
      hints: ['see who may write there, or store the credentials in the keychain: --store keychain'],
      cause,
    });
  }
  return wanted.shown;
}

/**
 * Removes a login's file, in whatever form; one that is gone already is no error.
 *
 * @throws KeypairError `USAGE` where it cannot be removed.
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
