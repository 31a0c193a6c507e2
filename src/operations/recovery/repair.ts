import type { Session } from '../../cli/session.ts';
import type { Connection } from '../../connection/connect.ts';
import { KeypairError, withHints } from '../../errors.ts';
import { t } from '../../i18n/t.ts';
import { sha256Fingerprint } from '../../keys/fingerprint.ts';
import type { PrivateKey } from '../../keys/private-key.ts';
import { formatPublicKey, samePublicKey } from '../../keys/public-key.ts';
import { cachePair } from '../completion-cache.ts';
import { encryptedFor, type KeyPassphrase } from '../key-passphrase.ts';
import { forgetPair, rememberPair } from '../ledger.ts';
import { type FoundKey, isClaim } from './evidence.ts';
import type { Findings, Repair } from './types.ts';
import { uploadPublicKey } from '../upload.ts';
import { stateDirectory } from '../../paths.ts';
import type { KeyPair } from '../../providers/types.ts';
import { printable } from '../../sanitize.ts';
import { companionName, isTaken, removeIfThere, writeNewFile } from '../../storage/fs.ts';
import type { Intent } from '../../storage/intent.ts';
import { reserveKeyFile } from '../../storage/key-file.ts';
import { readLedger } from '../../storage/ledger-file.ts';
import { moveToTrash } from '../../storage/trash.ts';

/**
 * Does one repair of an intent that this process has claimed.
 *
 * @param passphrase of a key that is published; null: it has one already, or is to have none.
 * @returns what was done, in one line that is safe to print.
 * @throws KeypairError. The entry must then stay.
 */
export async function repair(
  session: Session,
  intent: Intent,
  found: Findings,
  action: Repair['id'],
  passphrase: KeyPassphrase | null,
): Promise<string> {
  const name = printable(intent.name, 100);
  switch (action) {
    case 'publish':
      return publishFound(session, intent, found, passphrase);
    case 'upload':
      await upload(session, intent, found);
      return t`uploaded ${name}; ${await publishFound(session, intent, found, passphrase)}`;
    case 'delete':
      if (found.connection === null || found.pair === null)
        throw new KeypairError('CONFLICT', t`there is nothing to delete`);
      await deletePair(session, found.connection, found.pair);
      await releasePlace(intent, found);
      return t`deleted ${name} in the cloud`;
    case 'clean':
      return clean(session, intent, found);
    case 'forget':
      await releasePlace(intent, found);
      return t`forgot ${name}`;
  }
}

/** Releases the place reserved for a key that was never received. */
async function releasePlace(intent: Intent, { evidence }: Findings): Promise<void> {
  if (evidence.untouched) await removeIfThere(intent.temporaryFile);
}

async function publishFound(
  session: Session,
  intent: Intent,
  found: Findings,
  passphrase: KeyPassphrase | null,
): Promise<string> {
  const { key, destination } = found;
  if (key === null || destination === null) throw gone(intent);
  const { file } = key;
  const privateKey = passphrase === null ? key.privateKey : await encrypted(intent, key, passphrase);
  for (const file of [destination, `${destination}.pub`]) if (await isClaim(file, intent)) await removeIfThere(file);
  const place = await reserveKeyFile(destination, session.context);
  try {
    await place.writeRaw(privateKey.text);
    await place.publish(privateKey.text, formatPublicKey(privateKey.publicKey, intent.name));
  } catch (cause) {
    // Remove this second copy. The earlier one stays.
    await place.release();
    throw new KeypairError('PARTIAL', t`the private key could not be saved as ${printable(destination)}`, {
      hints: [t`it is safe in ${printable(file)}`],
      cause,
    });
  }
  await removeIfThere(file);
  await removeCopies(intent);
  await releasePlace(intent, found);
  if (found.connection !== null) {
    const pair = found.pair ?? { name: intent.name, id: null };
    await rememberPair(session, found.connection, pair, privateKey.publicKey, destination, true);
  }
  return t`saved the private key of ${printable(intent.name, 100)} as ${printable(destination)}`;
}

/** @throws KeypairError `PARTIAL` if the key cannot have a passphrase. */
async function encrypted(
  { name }: Intent,
  { file, privateKey }: FoundKey,
  passphrase: KeyPassphrase,
): Promise<PrivateKey> {
  try {
    return await encryptedFor(name, privateKey, passphrase);
  } catch (error) {
    throw error instanceof KeypairError ? withHints(error, [t`it is safe in ${printable(file)}`]) : error;
  }
}

async function upload({ context }: Session, intent: Intent, { connection, key }: Findings): Promise<void> {
  if (connection === null || key === null) throw gone(intent);
  const { name, tags, projectId, resourceGroupId } = intent;
  const request = { name, tags, projectId, resourceGroupId };
  await uploadPublicKey(connection, request, key.privateKey.publicKey, 0, context.interrupts.signal);
}

/**
 * Deletes a pair in the cloud and its records on this machine.
 *
 * @throws KeypairError the service's refusal.
 */
export async function deletePair(session: Session, connection: Connection, pair: KeyPair): Promise<void> {
  const { signal } = session.context.interrupts;
  const [outcome] = await connection.provider.deleteKeyPairs([pair], signal);
  if (outcome?.error != null) throw outcome.error;
  await forgetPair(session, connection, pair);
  await cachePair(session, connection, pair, null);
}

async function clean(session: Session, intent: Intent, found: Findings): Promise<string> {
  const { key } = found;
  const name = printable(intent.name, 100);
  if (key?.settled === true) {
    const ours = await isFromHere(session, found, key);
    await completePublic(intent, key.file, formatPublicKey(key.privateKey.publicKey, intent.name));
    for (const file of sameKeyElsewhere(found, key.file)) await removeIfThere(file);
    await removeCopies(intent);
    await releasePlace(intent, found);
    if (found.connection !== null && found.pair !== null) {
      await rememberPair(session, found.connection, found.pair, key.privateKey.publicKey, key.file, ours);
    }
    return t`${name} is complete`;
  }
  await releasePlace(intent, found);
  if (key === null) return t`${name} was not made: nothing is left of it here`;
  const { context } = session;
  const [kept = key.file] = await moveToTrash([key.file], stateDirectory(context), context.now(), context);
  return t`moved ${printable(key.file)} to ${printable(kept)}`;
}

/** Writes the public key file if it is missing. It is written last, so an interrupted create may lack it. */
async function completePublic(intent: Intent, privateKeyFile: string, line: string): Promise<void> {
  const file = `${privateKeyFile}.pub`;
  if (await isClaim(file, intent)) await removeIfThere(file);
  if (await isTaken(file)) return;
  await writeNewFile(file, 0o644, `${line}\n`);
}

/**
 * Whether a key file is proved to be from this create: the temporary or rescued file holds the same key, and no ledger
 * note says otherwise.
 */
async function isFromHere({ context }: Session, found: Findings, { file, privateKey }: FoundKey): Promise<boolean> {
  // A file that the user moved or created belongs to the user.
  if (file !== found.destination || sameKeyElsewhere(found, file).length === 0) return false;
  const fingerprint = sha256Fingerprint(privateKey.publicKey);
  return !(await readLedger(stateDirectory(context), context.platform)).some(
    ({ made }) => !made.wroteFile && made.privateKeyFile === file && made.fingerprint === fingerprint,
  );
}

function sameKeyElsewhere({ evidence, key }: Findings, published: string): readonly string[] {
  if (key === null) return [];
  const { text, publicKey } = key.privateKey;
  // Under a passphrase, the text is another. What the raw key was for has its name now.
  const isSame = (other: PrivateKey): boolean =>
    key.encrypted ? samePublicKey(other.publicKey, publicKey) : other.text.reveal() === text.reveal();
  return evidence.keys
    .filter(({ file, privateKey, settled }) => !settled && file !== published && isSame(privateKey))
    .map(({ file }) => file);
}

function gone({ name }: Intent): KeypairError {
  return new KeypairError('CONFLICT', t`what was left of ${printable(name, 100)} is gone by now`);
}

/** Removes the temporary copies of a key and its public key file once both final files exist. */
async function removeCopies({ temporaryFile }: Intent): Promise<void> {
  for (const what of ['new', 'pub']) await removeIfThere(companionName(temporaryFile, what));
}
