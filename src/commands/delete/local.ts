import path from 'node:path';
import { stateDirectory } from '../../config/paths.ts';
import { KeypairError } from '../../errors.ts';
import { samePublicKey } from '../../keys/public-key.ts';
import type { LocalKeys } from '../../local/key-index.ts';
import type { KeyPair } from '../../providers/types.ts';
import type { Session } from '../../session.ts';
import { moveToTrash } from '../../store/trash.ts';
import { readPublicKey } from '../key-pair-result.ts';

/** All files in the key directory that hold a half of a pair, whatever they are called. */
export function filesOf(pair: KeyPair, local: LocalKeys): readonly string[] {
  const publicKey = readPublicKey(pair.publicKey);
  if (publicKey === null) return [];
  return local.keys
    .filter((key) => key.publicKey !== null && samePublicKey(key.publicKey, publicKey))
    .flatMap(({ privateKeyFile, publicKeyFile }) => [privateKeyFile, publicKeyFile])
    .filter((file) => file !== null);
}

/** What became of key files. */
export interface Trashed {
  /** Where they are now. */
  readonly files: readonly string[];
  readonly error: KeypairError | null;
}

/** Moves key files, which lie in one directory, to a fresh folder of the trash. */
export async function trash({ context }: Session, files: readonly string[]): Promise<Trashed> {
  if (files.length === 0) return { files: [], error: null };
  try {
    const folder = await moveToTrash(files, stateDirectory(context), context.now(), context.platform);
    return { files: files.map((file) => path.join(folder, path.basename(file))), error: null };
  } catch (error) {
    if (error instanceof KeypairError) return { files: [], error };
    throw error;
  }
}
