import { lstatSync } from 'node:fs';
import { type FileHandle, stat } from 'node:fs/promises';
import path from 'node:path';
import { KeypairError } from '../errors.ts';
import { t } from '../i18n/t.ts';
import { shellWord } from '../sanitize.ts';
import type { Secret } from '../secret.ts';
import {
  companionName,
  createExclusive,
  discard,
  errorCode,
  givesMore,
  isTaken,
  makePrivateDirectory,
  mapFsErrors,
  removeIfThere,
  syncDirectory,
  temporaryName,
  writeNewFile,
  writeSynced,
} from './fs.ts';
import { checkPermissions, type User } from './permissions.ts';
import {
  holds,
  type Inode,
  isSameDirectory,
  isSameFile,
  preallocate,
  linkUnderName,
  writePreallocated,
} from './durable-write.ts';

/** Refuses a place where anything stands already, a dangling link included: `CONFLICT`. Changes nothing. */
export async function checkFree(privateKeyFile: string): Promise<void> {
  for (const file of [privateKeyFile, `${privateKeyFile}.pub`]) {
    if (await mapFsErrors(file, () => isTaken(file))) {
      throw new KeypairError('CONFLICT', t`${file} already exists`, {
        hints: [t`nothing is ever overwritten: choose another --name, or another place with --key-dir or --output`],
      });
    }
  }
}

/**
 * Reserves the place: makes the directory (0700), checks that it is safe and the names are free, and creates an
 * exclusive 0600 file beside them, preallocated and synced.
 *
 * @throws KeypairError `CONFLICT` where something stands in the way, `USAGE` where the directory cannot be written, or
 * where others could meddle with what is in it.
 */
export async function reserveKeyFile(privateKeyFile: string, user: User): Promise<ReservedKeyFile> {
  const { platform } = user;
  const directory = path.dirname(privateKeyFile);
  await mapFsErrors(directory, () => makePrivateDirectory(directory));
  await checkFree(privateKeyFile);
  const temporaryFile = temporaryName(privateKeyFile);
  const handle = await mapFsErrors(directory, () => createExclusive(temporaryFile, 0o600));
  try {
    return await mapFsErrors(directory, async () => {
      const { mode, uid } = await handle.stat();
      if (platform !== 'win32' && givesMore(mode, 0o600)) throw noModes(directory);
      await checkPermissions(directory, uid, user);
      const inodes = {
        directory: await stat(directory, { bigint: true }),
        file: await handle.stat({ bigint: true }),
      };
      await preallocate(handle);
      await tryPublishing(temporaryFile);
      await syncDirectory(directory, platform);
      return new ReservedKeyFile(privateKeyFile, temporaryFile, handle, inodes, platform);
    });
  } catch (error) {
    await discard(handle, temporaryFile);
    throw error;
  }
}

function noModes(directory: string): KeypairError {
  const message = t`others could read a key in ${directory}: that file system does not store permissions`;
  return new KeypairError('USAGE', message, { hints: [t`choose another place with --key-dir or --output`] });
}

/** Publishes an empty file and removes it: a file system on which no key could get its name is refused now. */
async function tryPublishing(temporaryFile: string): Promise<void> {
  const [from, to] = [companionName(temporaryFile, 'new'), companionName(temporaryFile, 'pub')];
  const handle = await createExclusive(from, 0o600);
  try {
    await handle.close();
    await linkUnderName(from, to);
  } finally {
    await discard(handle, from);
    await removeIfThere(to);
  }
}

/**
 * The place of one key pair on disk, taken before the cloud is asked for the key, so that whatever would refuse the
 * file refuses it while that costs nothing.
 */
export class ReservedKeyFile {
  /** `<dir>/<name>`: where the private key will be. */
  readonly privateKeyFile: string;
  /** `<dir>/<name>.pub`. */
  readonly publicKeyFile: string;
  /** The 0600 file beside it that takes the raw answer. */
  readonly temporaryFile: string;
  readonly #directory: string;
  readonly #handle: FileHandle;
  /** What was reserved, whatever its path leads to by now. */
  readonly #reserved: { readonly directory: Inode; readonly file: Inode };
  readonly #platform: string;
  #kept: string | null = null;

  constructor(
    privateKeyFile: string,
    temporaryFile: string,
    handle: FileHandle,
    reserved: { readonly directory: Inode; readonly file: Inode },
    platform: string,
  ) {
    this.privateKeyFile = privateKeyFile;
    this.publicKeyFile = `${privateKeyFile}.pub`;
    this.temporaryFile = temporaryFile;
    this.#directory = path.dirname(privateKeyFile);
    this.#handle = handle;
    this.#reserved = reserved;
    this.#platform = platform;
  }

  /**
   * Writes the raw answer to the disk, synced, as it came.
   *
   * @throws KeyFileLost
   */
  async writeRaw(raw: Secret): Promise<void> {
    try {
      await writePreallocated(this.#handle, Buffer.from(raw.reveal()));
      // A network file system may tell only now that it has lost something.
      await this.#handle.close();
    } catch (cause) {
      await this.#handle.close().catch(() => undefined);
      throw new KeyFileLost(t`${this.temporaryFile} could not be written (${reason(cause)})`, cause);
    }
    this.#kept = raw.reveal();
    // The handle may point to a moved or deleted file: check that the path still leads to it.
    await this.#checkPlace();
  }

  /**
   * Publishes the private key under its name (0600, never over anything) and the public line beside it (0644).
   *
   * @throws KeypairError `PARTIAL` naming the file that holds the key, when it could not get its name.
   * @throws KeyFileLost when no file that could be named holds it: the directory has gone, or another has taken its place.
   */
  async publish(privateKey: Secret, publicLine: string): Promise<void> {
    await this.#checkPlace();
    await this.#publishPrivate(privateKey.reveal());
    try {
      await this.#publishPublic(`${publicLine}\n`);
      await syncDirectory(this.#directory, this.#platform);
    } catch (cause) {
      await this.release().catch(() => undefined);
      throw new KeypairError(
        'PARTIAL',
        t`the private key is safe in ${this.privateKeyFile}, but ${this.publicKeyFile} could not be written (${reason(cause)})`,
        // `>` would empty a file that has appeared meanwhile.
        { hints: [publicHalfHint(this.privateKeyFile, null)], cause },
      );
    }
    try {
      await this.release();
    } catch (error) {
      if (!(error instanceof KeypairError)) throw error;
      const message = t`the private key is safe in ${this.privateKeyFile}, but ${error.message}`;
      throw new KeypairError(error.code, message, { hints: error.hints, cause: error });
    }
  }

  /**
   * Removes the temporary file: only when it holds nothing, or when its content is elsewhere.
   *
   * @throws KeypairError `PARTIAL` that names the file that stays.
   */
  async release(): Promise<void> {
    await this.#handle.close().catch(() => undefined);
    try {
      await removeIfThere(this.temporaryFile);
    } catch (cause) {
      throw new KeypairError('PARTIAL', t`${this.temporaryFile} could not be removed (${reason(cause)})`, {
        hints: [
          this.#kept === null
            ? t`it holds nothing: remove it`
            : t`if it is still there, it holds the private key as well: remove it`,
        ],
        cause,
      });
    }
  }

  /** @throws KeyFileLost when the temporary file's path leads to it no more. */
  async #checkPlace(): Promise<void> {
    const { directory, file } = this.#reserved;
    if (this.#kept !== null && (await holds(this.temporaryFile, Buffer.from(this.#kept)))) return;
    if (!(await isSameDirectory(this.#directory, directory)))
      throw new KeyFileLost(t`${this.#directory} has gone, or another has taken its place`, null);
    if (!(await isSameFile(this.temporaryFile, file)))
      throw new KeyFileLost(t`${this.temporaryFile} has gone, or another has taken its place`, null);
  }

  /** Publishes the private half and makes sure that it is what stands there, in the directory that was reserved. */
  async #publishPrivate(text: string): Promise<void> {
    const { privateKeyFile, temporaryFile } = this;
    let published: Inode | null = null;
    try {
      published =
        text === this.#kept
          ? await this.#publishFile(temporaryFile, this.#reserved.file, text)
          : await this.#publishNormalised(text);
      await syncDirectory(this.#directory, this.#platform);
    } catch (cause) {
      if (published !== null && (await this.#isPublished(published, text))) throw await this.#unconfirmed(cause);
      await this.#checkPlace();
      throw new KeypairError(
        'PARTIAL',
        errorCode(cause) === 'EEXIST'
          ? t`the private key came, but ${privateKeyFile} has appeared meanwhile`
          : t`the private key came, but could not be saved as ${privateKeyFile} (${reason(cause)})`,
        { hints: [t`the private key is safe in ${temporaryFile}: move it to where you want it`], cause },
      );
    }
  }

  /** The key has its name, but a power failure could still undo it. */
  async #unconfirmed(cause: unknown): Promise<KeypairError> {
    const { privateKeyFile, temporaryFile } = this;
    const copy = (await holds(temporaryFile, Buffer.from(this.#kept ?? '')))
      ? t`a copy is safe in ${temporaryFile}: remove it when ${privateKeyFile} is sure to stay`
      : t`copy it to another disk`;
    const message = t`the private key is saved as ${privateKeyFile}, but the sync to disk failed (${reason(cause)})`;
    return new KeypairError('PARTIAL', message, { hints: [copy], cause });
  }

  /** By a file of its own, as the private half: ssh reads what it finds beside a key, and half a line is no key. */
  async #publishPublic(text: string): Promise<void> {
    const whole = companionName(this.temporaryFile, 'pub');
    await writeNewFile(whole, 0o644, text);
    try {
      await linkUnderName(whole, this.publicKeyFile);
    } finally {
      // It holds no secret: that it stays is no reason for an alarm.
      await removeIfThere(whole).catch(() => undefined);
    }
  }

  async #publishFile(file: string, inode: Inode, text: string): Promise<Inode> {
    await linkUnderName(file, this.privateKeyFile);
    if (await this.#isPublished(inode, text)) return inode;
    throw new Error(`${this.#directory} was replaced`);
  }

  /** Both paths go through the directory's: had it been replaced, this would be somebody else's file. */
  async #isPublished(inode: Inode, text: string): Promise<boolean> {
    const { directory } = this.#reserved;
    return (
      ((await isSameFile(this.privateKeyFile, inode)) && (await isSameDirectory(this.#directory, directory))) ||
      (await holds(this.privateKeyFile, Buffer.from(text)))
    );
  }

  /** The raw answer stays as it came until the normalised text stands under its name. */
  async #publishNormalised(text: string): Promise<Inode> {
    const normalised = companionName(this.temporaryFile, 'new');
    const handle = await createExclusive(normalised, 0o600);
    try {
      const inode = await handle.stat({ bigint: true });
      await writeSynced(handle, text);
      await handle.close();
      return await this.#publishFile(normalised, inode, text);
    } finally {
      await discard(handle, normalised);
    }
  }
}

/** `EIO`, or what else is known of an error. */
function reason(error: unknown): string {
  return errorCode(error) ?? t`it was replaced`;
}

/**
 * A hint with the ssh-keygen command that writes the public key. It redirects to a file only if that does not exist.
 *
 * @param mode of the file, or null: ssh-keygen refuses a key that others can read.
 */
export function publicHalfHint(file: string, mode: number | null): string {
  const word = shellWord(file);
  if (!isFree(`${file}.pub`)) return t`see which is right: ssh-keygen -y -f ${word}`;
  return mode !== null && (mode & 0o077) !== 0
    ? t`write its public half beside it: chmod 600 ${word} && ssh-keygen -y -f ${word} > ${word}.pub`
    : t`write its public half beside it: ssh-keygen -y -f ${word} > ${word}.pub`;
}

function isFree(file: string): boolean {
  try {
    // `~/` is not expanded here, so the path cannot be checked.
    return !file.startsWith('~/') && lstatSync(file, { throwIfNoEntry: false }) === undefined;
  } catch {
    return false;
  }
}

/** The key's bytes are in memory only: its file is lost, or could not be written. */
export class KeyFileLost extends Error {
  override readonly name = 'KeyFileLost';
  /** Of the system call that failed (`EIO`), where one did. */
  readonly code: string | undefined;

  /** @param message what happened, as a clause for people. */
  constructor(message: string, cause: unknown) {
    super(message, { cause });
    this.code = errorCode(cause) ?? undefined;
  }
}

/** Where bytes go whose temporary file is lost. */
export function rescueFile(stateDirectory: string, temporaryFile: string): string {
  return path.join(stateDirectory, 'rescued', path.basename(temporaryFile));
}

/**
 * Writes bytes whose temporary file is lost to a new 0600 file `<state directory>/rescued/.<name>.<random>.keypair`,
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
