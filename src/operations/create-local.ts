import path from 'node:path';
import { KeypairError } from '../errors.ts';
import { generateKeyPair, type KeyType } from '../keys/generate.ts';
import type { PrivateKey } from '../keys/private-key.ts';
import { t } from '../i18n/t.ts';
import type { ImportedKeyPair } from '../providers/types.ts';
import type { Session } from '../cli/session.ts';
import { mapFsErrors } from '../storage/fs.ts';
import type { Connection } from '../connection/connect.ts';
import { rollBack, checkGoingOn, deliver, type Job, type Reservation, reserve } from './reservation.ts';
import { withRescue } from './rescue.ts';
import type { KnownPair } from './key-pair-record.ts';
import { knownFromUpload, uploadPublicKey } from './upload.ts';

/** How often an upload is tried again that is known not to have been carried out. */
const REPEATS = 2;

/**
 * The life of one `create --local`: take the place, note the intent, make the pair, put its private half on the disk,
 * upload the public one, publish. The cloud is asked only when the private key is safe, and it gets its name only when
 * the cloud has the pair.
 *
 * @param interrupted called when the user interrupts what may not be cut.
 * @throws KeypairError. Any code but `PARTIAL` says that nothing was changed, here or in the cloud; `PARTIAL` names
 * the file that holds the private key.
 */
export async function createLocalPair(
  session: Session,
  connection: Connection,
  job: Job,
  type: KeyType,
  interrupted: () => void,
): Promise<KnownPair> {
  const reservation = await reserve(session, connection, job, 'create-local');
  let privateKey: PrivateKey;
  try {
    checkGoingOn(session);
    privateKey = await generateKeyPair(type, job.request.name);
    const { text } = privateKey;
    await mapFsErrors(path.dirname(reservation.place.temporaryFile), () => reservation.place.writeRaw(text));
    checkGoingOn(session);
  } catch (error) {
    throw await rollBack(reservation, error);
  }
  return session.context.interrupts.hold(async () => {
    const uploaded = await upload(session, connection, job, reservation, privateKey);
    const unsaved = { raw: privateKey.text, pair: uploaded.pair, name: job.request.name };
    const paths = await withRescue(session, connection, reservation, unsaved, () =>
      deliver(session, job, reservation, privateKey),
    );
    return knownFromUpload(connection, uploaded, privateKey.publicKey, paths, session.settings.sandbox);
  }, interrupted);
}

async function upload(
  { context }: Session,
  connection: Connection,
  { request }: Job,
  reservation: Reservation,
  { publicKey }: PrivateKey,
): Promise<ImportedKeyPair> {
  try {
    return await uploadPublicKey(connection, request, publicKey, REPEATS, context.interrupts.signal);
  } catch (error) {
    if (error instanceof KeypairError && error.outcome === 'none') throw await rollBack(reservation, error);
    const { temporaryFile } = reservation.place;
    throw new KeypairError(
      'PARTIAL',
      error instanceof KeypairError ? error.message : t`the upload broke off`,
      {
        provider: connection.descriptor.id,
        hints: [
          t`its private key is safe in ${temporaryFile}: if the pair is there, move it to where you want it`,
          ...(error instanceof KeypairError ? error.hints : []),
        ],
        cause: error,
      },
    );
  }
}
