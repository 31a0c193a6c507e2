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
import { isDocumented, knownFromUpload, tellUndocumented, undocumentedHints, uploadPublicKey } from './upload.ts';

/** In order of preference: small and fast keys, then those that every old server supports. */
const PREFERRED: readonly KeyType[] = ['ed25519', 'rsa-3072', 'ecdsa-256'];

/**
 * The type of the key to create on this machine: `--type`, else the best that the service accepts. Null without
 * `--local`.
 *
 * @param mayInsist whether the command has `--undocumented`.
 * @throws KeypairError `USAGE` for `--type` without `--local`, and for a type that the service does not accept.
 */
export function localTypeFor(
  descriptor: Descriptor,
  flags: Pick<CreateFlags, 'local' | 'type' | 'apiVersion' | 'undocumented'>,
  mayInsist = true,
): KeyType | null {
  const { local, type, apiVersion, undocumented } = flags;
  if (local !== true) {
    if (undocumented === true)
      throw new KeypairError('USAGE', t`--undocumented needs --local: the service decides what it makes itself`);
    if (type === undefined) return null;
    throw new KeypairError('USAGE', t`--type needs --local: the service decides what it makes itself`);
  }
  checkAbility(descriptor, apiVersion ?? descriptor.apiVersions[0], 'import', '--local');
  const best = bestType(descriptor);
  if (type === undefined) return best;
  if (undocumented === true || accepts(descriptor, type)) return type;
  const taken = KEY_TYPES.filter((other) => accepts(descriptor, other));
  throw new KeypairError(
    'USAGE',
    t`${descriptor.title} does not take --type ${type}: ${descriptor.publicKeyRule.sentence}`,
    {
      provider: descriptor.id,
      hints: [t`use one of ${joinList(taken)}`, ...(mayInsist ? undocumentedHints() : [])],
    },
  );
}

/** The best key type that the service accepts. */
export function bestType(descriptor: Descriptor): KeyType {
  return PREFERRED.find((type) => accepts(descriptor, type)) ?? 'rsa-3072';
}

function accepts({ publicKeyRule }: Descriptor, type: KeyType): boolean {
  const [family = '', size] = type.split('-');
  return publicKeyRule.accepts(family === 'rsa' || family === 'ecdsa' ? family : 'ed25519', Number(size ?? 256));
}

/** How often to repeat an upload that was certainly not carried out. */
const REPEATS = 2;

/**
 * Runs one `create --local`: reserve the place, write the intent to the journal, generate the pair, save the private
 * key, upload the public key, publish the private key under its name. So the cloud is called only once the private key
 * is safe, and the key gets its name only once the cloud has the pair.
 *
 * @param interrupted called on Ctrl-C during the part that must finish.
 * @throws KeypairError. Any code but `PARTIAL` means that nothing was changed, here or in the cloud. `PARTIAL` names
 * the file with the private key.
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
    const made = await generateKeyPair(type, job.request.name);
    // Nothing without the passphrase reaches the disk.
    privateKey = job.passphrase === null ? made : await job.passphrase.encrypt(made);
    const { text } = privateKey;
    await mapFsErrors(path.dirname(reservation.place.temporaryFile), () => reservation.place.writeRaw(text));
    checkGoingOn(session);
  } catch (error) {
    throw await rollBack(reservation, error);
  }
  return session.context.interrupts.hold(async () => {
    const uploaded = await upload(session, connection, job, reservation, privateKey);
    const unsaved = { raw: privateKey.text, pair: uploaded.pair, name: job.request.name, wantsPassphrase: false };
    const paths = await withRescue(session, connection, reservation, unsaved, () =>
      deliver(session, job, reservation, privateKey),
    );
    tellUndocumented(session, connection, privateKey.publicKey);
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
    const repeats = isDocumented(connection.descriptor, publicKey) ? REPEATS : 0;
    return await uploadPublicKey(connection, request, publicKey, repeats, context.interrupts.signal);
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
