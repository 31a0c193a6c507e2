import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';
import type { Secret } from '../credentials/secret.ts';
import { KeypairError } from '../errors.ts';
import {
  createExclusive,
  errorCode,
  isTaken,
  makePrivateDirectory,
  publish,
  removeIfThere,
  syncDirectory,
  temporaryName,
  writeSynced,
} from './files.ts';
import { refusing } from './refusing.ts';

/** Room that is taken on the disk before the call: more than any private key and its armour needs. */
const ROOM = 32 * 1024;

/**
 * The place of one key pair on disk, taken before the cloud is asked for the key, so that whatever would refuse the
 * file refuses it while that costs nothing.
 */
export interface KeyPlace {
  /** `<dir>/<name>`: where the private key will stand. */
  readonly privateKeyFile: string;
  /** `<dir>/<name>.pub`. */
  readonly publicKeyFile: string;
  /** The 0600 file beside it that takes the raw answer. */
  readonly temporaryFile: string;
  /** Puts the raw answer on the disk, synced, as it came. */
  keep(raw: Secret): Promise<void>;
  /**
   * Publishes the private key under its name (0600, never over anything) and the public line beside it (0644).
   *
   * @throws KeypairError `PARTIAL` naming the file that holds the key, when it could not get its name.
   */
  publish(privateKey: Secret, publicLine: string): Promise<void>;
  /** Removes the temporary file: only when it holds nothing, or when its content stands elsewhere. */
  release(): Promise<void>;
}

/** Refuses a place where anything stands already, a dangling link included: `CONFLICT`. Changes nothing. */
export async function checkFree(privateKeyFile: string): Promise<void> {
  for (const file of [privateKeyFile, `${privateKeyFile}.pub`]) {
    if (await refusing(file, () => isTaken(file))) {
      throw new KeypairError('CONFLICT', `${file} already exists`, {
        hints: [
          'nothing is ever overwritten: choose another --name, or another place with --key-dir or --output',
        ],
      });
    }
  }
}

/**
 * Takes the place: the directory is made (0700), the names are free, and an exclusive 0600 file with room for the key
 * stands beside them, synced.
 *
 * @throws KeypairError `CONFLICT` where something stands in the way, `USAGE` where the directory cannot be written.
 */
export async function reservePlace(privateKeyFile: string, platform: string): Promise<KeyPlace> {
  const directory = path.dirname(privateKeyFile);
  await refusing(directory, () => makePrivateDirectory(directory));
  await checkFree(privateKeyFile);
  const temporaryFile = temporaryName(privateKeyFile);
  const handle = await refusing(directory, () => createExclusive(temporaryFile, 0o600));
  try {
    await refusing(directory, async () => {
      await writeSynced(handle, Buffer.alloc(ROOM));
      await syncDirectory(directory, platform);
    });
  } catch (error) {
    await handle.close();
    await removeIfThere(temporaryFile);
    throw error;
  }
  return new ReservedPlace(privateKeyFile, temporaryFile, handle, platform);
}

class ReservedPlace implements KeyPlace {
  readonly privateKeyFile: string;
  readonly publicKeyFile: string;
  readonly temporaryFile: string;
  readonly #handle: FileHandle;
  readonly #platform: string;
  #kept: string | null = null;
  #open = true;

  constructor(privateKeyFile: string, temporaryFile: string, handle: FileHandle, platform: string) {
    this.privateKeyFile = privateKeyFile;
    this.publicKeyFile = `${privateKeyFile}.pub`;
    this.temporaryFile = temporaryFile;
    this.#handle = handle;
    this.#platform = platform;
  }

  async keep(raw: Secret): Promise<void> {
    try {
      await writeSynced(this.#handle, raw.reveal(), true);
      this.#kept = raw.reveal();
    } finally {
      await this.#close();
    }
  }

  async publish(privateKey: Secret, publicLine: string): Promise<void> {
    const directory = path.dirname(this.privateKeyFile);
    try {
      await this.#publishPrivate(privateKey.reveal());
      await syncDirectory(directory, this.#platform);
    } catch (cause) {
      throw new KeypairError(
        'PARTIAL',
        errorCode(cause) === 'EEXIST'
          ? `the private key came, but ${this.privateKeyFile} has appeared meanwhile`
          : `the private key came, but could not be saved as ${this.privateKeyFile} (${errorCode(cause) ?? 'error'})`,
        { hints: [`the private key is safe in ${this.temporaryFile}: move it to where you want it`], cause },
      );
    }
    try {
      const handle = await createExclusive(this.publicKeyFile, 0o644);
      try {
        await writeSynced(handle, `${publicLine}\n`);
      } finally {
        await handle.close();
      }
      await syncDirectory(directory, this.#platform);
    } catch (cause) {
      throw new KeypairError(
        'PARTIAL',
        `the private key is safe in ${this.privateKeyFile}, but ${this.publicKeyFile} could not be written (${errorCode(cause) ?? 'error'})`,
        { hints: [`write it with: ssh-keygen -y -f ${this.privateKeyFile}`], cause },
      );
    }
    await this.release();
  }

  async #publishPrivate(text: string): Promise<void> {
    if (text === this.#kept) {
      await publish(this.temporaryFile, this.privateKeyFile, 0o600, text);
      return;
    }
    // The raw answer stays as it came until the normalised text stands under its name.
    const normalised = temporaryName(this.privateKeyFile);
    const handle = await createExclusive(normalised, 0o600);
    try {
      await writeSynced(handle, text);
      await publish(normalised, this.privateKeyFile, 0o600, text);
    } finally {
      await handle.close();
      await removeIfThere(normalised);
    }
  }

  async release(): Promise<void> {
    await this.#close();
    await removeIfThere(this.temporaryFile);
  }

  async #close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await this.#handle.close();
  }
}
