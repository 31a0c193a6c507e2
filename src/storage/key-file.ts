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

/**
 * Refuses a key file if it or its `.pub` exists, even as a dangling link. Changes nothing.
 *
 * @throws KeypairError `CONFLICT`.
 */
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
 * Reserves a key file: makes the directory (0700), checks that it is safe and the names are free, and creates an
 * exclusive 0600 file beside them, preallocated and synced.
 *
 * @throws KeypairError `CONFLICT` if a file exists, `USAGE` if the directory cannot be written, or others could change
 * its contents.
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
      await checkModes(handle, directory, 0o600, user);
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

/**
 * Checks a new file and its directory: that the file system stores modes, and that nobody else may change the directory.
 *
 * @throws KeypairError `USAGE`.
 */
export async function checkModes(handle: FileHandle, directory: string, wanted: number, user: User): Promise<void> {
  const { mode, uid } = await handle.stat();
  if (user.platform !== 'win32' && givesMore(mode, wanted)) throw noModes(directory);
  await checkPermissions(directory, uid, user);
}

function noModes(directory: string): KeypairError {
  const message = t`others could read a key in ${directory}: that file system does not store permissions`;
  return new KeypairError('USAGE', message, { hints: [t`choose another place with --key-dir or --output`] });
}

/** Publishes an empty file and removes it: refuses early a file system that could not give a key its name. */
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
 * A reserved key file on disk. It is reserved before the cloud is asked for the key, so every error of the disk comes
 * while it costs nothing.
 */
export class ReservedKeyFile {
  /** `<dir>/<name>`, for the private key. */
  readonly privateKeyFile: string;
  /** `<dir>/<name>.pub`. */
  readonly publicKeyFile: string;
  /** The 0600 file beside it for the raw answer. */
  readonly temporaryFile: string;
  readonly #directory: string;
  readonly #handle: FileHandle;
  /** What was reserved; its path may lead elsewhere by now. */
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
   * Writes the raw answer to disk, unchanged and synced.
   *
   * @throws KeyFileLost
   */
  async writeRaw(raw: Secret): Promise<void> {
    try {
      await writePreallocated(this.#handle, Buffer.from(raw.reveal()));
      // A network file system may report a lost write only now.
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
   * Publishes the private key under its name (0600, never overwriting) and the public key line beside it (0644).
   *
   * @throws KeypairError `PARTIAL` with the file that holds the key, if the key could not get its name.
   * @throws KeyFileLost if no known file holds it: the directory is gone or was replaced.
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
        // `>` would empty a file that was created meanwhile.
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
   * Removes the temporary file. Call it only if the file holds nothing, or its content is elsewhere.
   *
   * @throws KeypairError `PARTIAL` with the file that stays.
   */
  async release(): Promise<void> {
    await this.#handle.close().catch(() => undefined);
    try {
      await removeIfThere(this.temporaryFile);
    } catch (cause) {
      throw new KeypairError('PARTIAL', t`${this.temporaryFile} could not be removed (${reason(cause)})`, {
        hints: [
          this.#kept === null
            ? t`it holds no key: remove it`
            : t`if it is still there, it holds the private key as well: remove it`,
        ],
        cause,
      });
    }
  }

  /** @throws KeyFileLost if the path no longer leads to the temporary file. */
  async #checkPlace(): Promise<void> {
    const { directory, file } = this.#reserved;
    if (this.#kept !== null && (await holds(this.temporaryFile, Buffer.from(this.#kept)))) return;
    if (!(await isSameDirectory(this.#directory, directory)))
      throw new KeyFileLost(t`${this.#directory} is gone or was replaced`, null);
    if (!(await isSameFile(this.temporaryFile, file)))
      throw new KeyFileLost(t`${this.temporaryFile} is gone or was replaced`, null);
  }

  /** Publishes the private key and checks that the published file is ours, in the reserved directory. */
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
          ? t`the private key came, but ${privateKeyFile} was created meanwhile`
          : t`the private key came, but could not be saved as ${privateKeyFile} (${reason(cause)})`,
        { hints: [t`the private key is safe in ${temporaryFile}: move it to where you want it`], cause },
      );
    }
  }

  /** The key has its name, but a power failure could still undo that. */
  async #unconfirmed(cause: unknown): Promise<KeypairError> {
    const { privateKeyFile, temporaryFile } = this;
    const copy = (await holds(temporaryFile, Buffer.from(this.#kept ?? '')))
      ? t`a copy is safe in ${temporaryFile}: remove it when ${privateKeyFile} is sure to stay`
      : t`copy it to another disk`;
    const message = t`the private key is saved as ${privateKeyFile}, but the sync to disk failed (${reason(cause)})`;
    return new KeypairError('PARTIAL', message, { hints: [copy], cause });
  }

  /**
   * Written to a file of its own first, like the private key: ssh reads the `.pub` beside a key, and a partial line is
   * no key.
   */
  async #publishPublic(text: string): Promise<void> {
    const whole = companionName(this.temporaryFile, 'pub');
    await writeNewFile(whole, 0o644, text);
    try {
      await linkUnderName(whole, this.publicKeyFile);
    } finally {
      // It holds no secret: no error if it stays.
      await removeIfThere(whole).catch(() => undefined);
    }
  }

  async #publishFile(file: string, inode: Inode, text: string): Promise<Inode> {
    await linkUnderName(file, this.privateKeyFile);
    if (await this.#isPublished(inode, text)) return inode;
    throw new Error(`${this.#directory} was replaced`);
  }

  /** Both paths go through the directory: if it was replaced, the file may be somebody else's. */
  async #isPublished(inode: Inode, text: string): Promise<boolean> {
    const { directory } = this.#reserved;
    return (
      ((await isSameFile(this.privateKeyFile, inode)) && (await isSameDirectory(this.#directory, directory))) ||
      (await holds(this.privateKeyFile, Buffer.from(text)))
    );
  }

  /** The raw answer stays unchanged until the normalised text has the final name. */
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

/** The error's code (`EIO`), or a text if it has none. */
function reason(error: unknown): string {
  return errorCode(error) ?? t`it was replaced`;
}

/**
 * A hint with the ssh-keygen command that writes the public key. It redirects to a file only if the file does not
 * exist.
 *
 * @param mode the file's mode, or null: ssh-keygen refuses a key that others can read.
 */
export function publicHalfHint(file: string, mode: number | null): string {
  const word = shellWord(file);
  if (!isFree(`${file}.pub`)) return t`see which is right: ssh-keygen -y -f ${word}`;
  return mode !== null && (mode & 0o077) !== 0
    ? t`write its public key beside it: chmod 600 ${word} && ssh-keygen -y -f ${word} > ${word}.pub`
    : t`write its public key beside it: ssh-keygen -y -f ${word} > ${word}.pub`;
}

function isFree(file: string): boolean {
  try {
    // `~/` is not expanded here, so the path cannot be checked.
    return !file.startsWith('~/') && lstatSync(file, { throwIfNoEntry: false }) === undefined;
  } catch {
    return false;
  }
}

/** The key is in memory only: its file is lost, or could not be written. */
export class KeyFileLost extends Error {
  override readonly name = 'KeyFileLost';
  /** The code of the failed system call (`EIO`), if there is one. */
  readonly code: string | undefined;

  /** @param message what happened, as a clause for people. */
  constructor(message: string, cause: unknown) {
    super(message, { cause });
    this.code = errorCode(cause) ?? undefined;
  }
}

/** The rescue file for a lost temporary file. */
export function rescueFile(stateDirectory: string, temporaryFile: string): string {
  return path.join(stateDirectory, 'rescued', path.basename(temporaryFile));
}

/**
 * Writes the key of a lost temporary file to a new 0600 file `<state directory>/rescued/.<name>.<random>.keypair`. It
 * keeps the name of the temporary file, so it is known which create it belongs to, even among creates of the same name.
 *
 * @returns the file, or null if the disk fails here as well.
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
  // The file is complete: keep it even if the directory cannot be synced.
  await syncDirectory(path.dirname(file), platform).catch(() => undefined);
  return file;
}
