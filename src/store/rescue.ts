import path from 'node:path';
import type { Secret } from '../credentials/secret.ts';
import { KeypairError } from '../errors.ts';
import { createExclusive, makePrivateDirectory, temporaryName, writeSynced } from './files.ts';
import type { KeyPlace } from './key-place.ts';

/**
 * Puts a raw answer on the disk, synced: in the place that was taken for it, or, when the disk fails there, in a 0600
 * file of the state directory.
 *
 * @throws KeypairError `PARTIAL`: it is in the state directory instead, or nowhere.
 */
export async function keepRaw(place: KeyPlace, raw: Secret, stateDirectory: string): Promise<void> {
  try {
    await place.keep(raw);
  } catch (cause) {
    const file = await rescue(path.join(stateDirectory, 'rescued', path.basename(place.privateKeyFile)), raw);
    throw new KeypairError(
      'PARTIAL',
      `the private key came, but ${place.temporaryFile} could not be written`,
      {
        hints: [
          file === null
            ? 'it could be saved nowhere: delete the pair in the cloud and make a new one'
            : `the private key is safe in ${file}: move it to where you want it`,
        ],
        cause,
      },
    );
  }
}

async function rescue(file: string, raw: Secret): Promise<string | null> {
  try {
    await makePrivateDirectory(path.dirname(file));
    const rescued = temporaryName(file);
    const handle = await createExclusive(rescued, 0o600);
    try {
      await writeSynced(handle, raw.reveal());
    } finally {
      await handle.close();
    }
    return rescued;
  } catch {
    return null;
  }
}
