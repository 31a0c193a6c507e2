import path from 'node:path';
import type { CreateFlags } from '../cli/create-options.ts';
import type { Session } from '../cli/session.ts';
import { checkAbility } from '../cli/validate.ts';
import type { Connection } from '../connection/connect.ts';
import { KeypairError } from '../errors.ts';
import { joinList, t } from '../i18n/t.ts';
import { generateKeyPair, KEY_TYPES, type KeyType } from '../keys/generate.ts';
import type { PrivateKey } from '../keys/private-key.ts';
import type { Descriptor, ImportedKeyPair } from '../providers/types.ts';
import { mapFsErrors } from '../storage/fs.ts';
import type { KnownPair } from './key-pair-record.ts';
import { withRescue } from './rescue.ts';
import { checkGoingOn, deliver, type Job, type Reservation, reserve, rollBack } from './reservation.ts';
import { knownFromUpload, uploadPublicKey } from './upload.ts';

/** The best first: small and fast, then what every server has known for decades. */
const PREFERRED: readonly KeyType[] = ['ed25519', 'rsa-3072', 'ecdsa-256'];

/**
 * The kind of pair that is to be made here: `--type`, else the best that the service takes. Null without `--local`.
 *
 * @throws KeypairError `USAGE` for `--type` without `--local`, and for what the service does not take.
 */
export function localTypeFor(
  descriptor: Descriptor,
  { local, type, apiVersion }: Pick<CreateFlags, 'local' | 'type' | 'apiVersion'>,
): KeyType | null {
  if (local !== true) {
    if (type === undefined) return null;
    throw new KeypairError('USAGE', t`--type needs --local: the service decides what it makes itself`);
  }
  checkAbility(descriptor, apiVersion ?? descriptor.apiVersions[0], 'import', '--local');
  const best = bestType(descriptor);
  if (type === undefined) return best;
  if (accepts(descriptor, type)) return type;
  const taken = KEY_TYPES.filter((other) => accepts(descriptor, other));
  throw new KeypairError(
    'USAGE',
    t`${descriptor.title} does not take --type ${type}: ${descriptor.publicKeyRule.sentence}`,
    { provider: descriptor.id, hints: [t`use one of ${joinList(taken)}`] },
  );
}

/** The best kind of key that the service takes. */
export function bestType(descriptor: Descriptor): KeyType {
  return PREFERRED.find((type) => accepts(descriptor, type)) ?? 'rsa-3072';
}

function accepts({ publicKeyRule }: Descriptor, type: KeyType): boolean {
  const [family = '', size] = type.split('-');
  return publicKeyRule.accepts(family === 'rsa' || family === 'ecdsa' ? family : 'ed25519', Number(size ?? 256));
}

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
    throw new KeypairError('PARTIAL', error instanceof KeypairError ? error.message : t`the upload broke off`, {
      provider: connection.descriptor.id,
      hints: [
        t`its private key is safe in ${temporaryFile}: if the pair is there, move it to where you want it`,
        ...(error instanceof KeypairError ? error.hints : []),
      ],
      cause: error,
    });
  }
}
