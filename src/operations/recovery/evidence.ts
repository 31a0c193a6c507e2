import { lstat } from 'node:fs/promises';
import { stateDirectory } from '../../paths.ts';
import type { PrivateKey } from '../../keys/private-key.ts';
import type { PublicKey } from '../../keys/public-key.ts';
import type { LocalKeys } from '../../storage/key-directory.ts';
import type { Session } from '../../cli/session.ts';
import { companionName, isTaken } from '../../storage/fs.ts';
import type { Intent } from '../../storage/intent.ts';
import { rescueFile } from '../../storage/key-file.ts';
import { type NoKey, readKept } from './kept-answer.ts';

/** A private key that was found where a create can have left it. */
export interface FoundKey {
  readonly file: string;
  readonly privateKey: PrivateKey;
  /** Whether it stands under a name to stay; else in a temporary file. */
  readonly settled: boolean;
}

/** What a create has left on this machine. */
export interface Evidence {
  /** Of the key's own file (which may be another's by now), the temporary file, and what was rescued from a failing disk. */
  readonly keys: readonly FoundKey[];
  /** Files that a create has written and that hold something, but no key that could be used. */
  readonly unusable: readonly (NoKey & { readonly file: string })[];
  /** Whether the temporary file is there and was never written: no answer came. */
  readonly untouched: boolean;
}

/**
 * Reads what an entry's create can have left. Never throws.
 *
 * @param destination where the private key should stand, or null.
 */
export async function evidenceOf(
  { context }: Session,
  intent: Intent,
  destination: string | null,
): Promise<Evidence> {
  const keys: FoundKey[] = [];
  const unusable: (NoKey & { readonly file: string })[] = [];
  let untouched = false;
  // What was saved elsewhere when the disk failed in its own place has the same name there.
  for (const file of [intent.temporaryFile, rescueFile(stateDirectory(context), intent.temporaryFile)]) {
    const found = await readKept(file);
    if (found === 'empty') untouched ||= file === intent.temporaryFile;
    else if (found !== null && 'reason' in found) unusable.push({ file, ...found });
    else if (found !== null) keys.push({ file, privateKey: found, settled: false });
  }
  const published = destination === null ? null : await readKept(destination);
  // Anything but a key under that name is none of the create's.
  if (destination !== null && published !== null && published !== 'empty' && !('reason' in published)) {
    keys.unshift({ file: destination, privateKey: published, settled: true });
  }
  return { keys, unusable, untouched };
}

/** The file of the private key of this public one, under whatever name: a person may have moved it. */
export function fileOf(local: LocalKeys, publicKey: PublicKey): string | null {
  const key = local.find(publicKey);
  // One that ssh does not read is the key all the same: nothing is lost.
  return key?.privateKeyFile ?? key?.refused?.file ?? null;
}

/** The private key of this public one among the keys of this machine; null also where only a passphrase opens it. */
export async function keyIn(local: LocalKeys, publicKey: PublicKey): Promise<FoundKey | null> {
  const file = fileOf(local, publicKey);
  const found = file === null ? null : await readKept(file);
  if (file === null || found === null || found === 'empty' || 'reason' in found) return null;
  return { file, privateKey: found, settled: true };
}

/** Whether something stands where the key or its public half should go; what cannot be looked at counts as taken. */
export async function isInTheWay(privateKeyFile: string, intent: Intent): Promise<string | null> {
  for (const file of [privateKeyFile, `${privateKeyFile}.pub`]) {
    if (!(await isClaim(file, intent)) && (await isTaken(file).catch(() => true))) return file;
  }
  return null;
}

/**
 * Whether a file is the claim of an entry's create: on a file system without hard links a name is claimed with an empty
 * 0600 file, just before the whole file, which stands beside it till then, takes its place. What else is empty is
 * somebody's.
 */
export async function isClaim(
  file: string,
  { temporaryFile, privateKeyFile, latestMs }: Intent,
): Promise<boolean> {
  // What was meant for stdout claims no name.
  if (privateKeyFile === null) return false;
  try {
    const found = await lstat(file);
    if (!found.isFile() || found.size > 0 || (found.mode & 0o777) !== 0o600) return false;
    const isPublic = file === `${privateKeyFile}.pub`;
    if (!isPublic && file !== privateKeyFile) return false;
    const whole = await lstat(isPublic ? companionName(temporaryFile, 'pub') : temporaryFile);
    const age = found.mtimeMs - whole.mtimeMs;
    // File systems without links tell times in steps of two seconds.
    return found.uid === whole.uid && age >= -2000 && age <= latestMs;
  } catch {
    return false;
  }
}
