import path from 'node:path';
import type { Secret } from '../secret.ts';
import { errorCode, makePrivateDirectory, syncDirectory, writeNewFile } from './fs.ts';

/** The place of a key holds its bytes no longer, or never could: they are in memory alone. */
export class KeyFileLost extends Error {
  override readonly name = 'NotHeld';
  /** Of the system call that failed (`EIO`), where one did. */
  readonly code: string | undefined;

  /** @param message what happened, as a clause for people. */
  constructor(message: string, cause: unknown) {
    super(message, { cause });
    this.code = errorCode(cause) ?? undefined;
  }
}

/** Where bytes that were meant for a temporary file are put when they have lost that place. */
export function rescueFile(stateDirectory: string, temporaryFile: string): string {
  return path.join(stateDirectory, 'rescued', path.basename(temporaryFile));
}

/**
 * Puts bytes that have lost their place into a fresh 0600 file `<state directory>/rescued/.<name>.<random>.keypair`,
 * which has the name of their temporary file: so it is known whose they are, also among creates of the same name.
 *
 * @returns the file, or null when the disk fails there as well.
 */
export async function rescue(
  stateDirectory: string,
  temporaryFile: string,
  raw: Secret,
  platform: string,
): Promise<string | null> {
  const file = rescueFile(stateDirectory, temporaryFile);
  try {
    await makePrivateDirectory(path.dirname(file));
    await writeNewFile(file, 0o600, raw.reveal());
  } catch {
    return null;
  }
  // The file is there and whole: that the disk did not confirm its name is no reason to give it up.
  await syncDirectory(path.dirname(file), platform).catch(() => undefined);
  return file;
}
