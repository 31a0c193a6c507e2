import path from 'node:path';
import type { Session } from '../cli/session.ts';
import { accountIdOf, type Connection } from '../connection/connect.ts';
import { KeypairError, withHints } from '../errors.ts';
import { t } from '../i18n/t.ts';
import type { PrivateKey } from '../keys/private-key.ts';
import { formatPublicKey } from '../keys/public-key.ts';
import { journalDirectory, stateDirectory } from '../paths.ts';
import type { CreateRequest } from '../providers/types.ts';
import { shellWord } from '../sanitize.ts';
import type { Secret } from '../secret.ts';
import { errorCode } from '../storage/fs.ts';
import { type Intent, ownerOf } from '../storage/intent.ts';
import { JOURNAL_HINT, type JournalEntry, openEntry } from '../storage/journal.ts';
import { type ReservedKeyFile, reserveKeyFile } from '../storage/key-file.ts';
import type { keepCopy } from '../storage/trash.ts';
import type { KnownPair } from './key-pair-record.ts';
import type { KeyPassphrase } from './key-passphrase.ts';

/**
 * Checks that a create could write these key files. Leaves nothing behind. For a dry run.
 *
 * @throws KeypairError as a create.
 */
export async function tryPlaces({ context }: Session, files: readonly string[]): Promise<void> {
  const { tryKeyDirectory, tryOwnDirectory } = await import('../storage/trial.ts');
  for (const directory of new Set(files.map((file) => path.dirname(file)))) {
    const refusal = await tryKeyDirectory(directory, context);
    if (refusal !== null) throw refusal;
  }
  const refusal = await tryOwnDirectory(journalDirectory(stateDirectory(context)), context, JOURNAL_HINT);
  if (refusal !== null) throw refusal;
}

/** Where the private key goes. */
export interface Destination {
  /** The key file. For stdout, a file in the state directory that holds the key until it is delivered. */
  readonly file: string;
  /** Writes the key to stdout instead of publishing it, or null. */
  readonly handOver: ((privateKey: Secret) => Promise<void>) | null;
  /**
   * Whether to keep a copy of a key written to stdout: the reader may fail, and the service returns the key only once.
   */
  readonly copy: boolean;
  /** The comment of the public key file. */
  readonly comment: string;
}

/** One pair to create. */
export interface Job {
  readonly request: CreateRequest;
  readonly destination: Destination;
  /** The passphrase of the private key; null: none. */
  readonly passphrase: KeyPassphrase | null;
}

/**
 * What a create reserves on this machine before calling the cloud: the place of the key, and a journal entry for the
 * intent.
 */
export interface Reservation {
  readonly place: ReservedKeyFile;
  readonly entry: JournalEntry;
  /** The content of the journal entry. */
  readonly intent: Intent;
  /** Keeps a copy of what goes to stdout; null: keep none. Loaded before the request is sent. */
  readonly keepCopy: typeof keepCopy | null;
}

/**
 * Reserves the place and writes the intent to the journal, before any call.
 *
 * @param action whether the cloud or this machine creates the pair.
 * @throws KeypairError as {@link reserveKeyFile} and {@link accountIdOf}; then nothing is left behind.
 */
export async function reserve(
  session: Session,
  connection: Connection,
  { request, destination, passphrase }: Job,
  action: Intent['action'] = 'create',
): Promise<Reservation> {
  const signer = await accountIdOf(connection.credentials, session.context.interrupts.signal);
  const place = await reserveKeyFile(destination.file, session.context);
  try {
    const intent = intentOf(session, connection, request, place, destination, {
      action,
      signer,
      passphrase: passphrase !== null,
    });
    const { context } = session;
    const state = stateDirectory(context);
    if (destination.copy) await (await import('../storage/trial.ts')).checkTrash(state, context);
    const keepCopy = destination.copy ? (await import('../storage/trash.ts')).keepCopy : null;
    return { place, intent, keepCopy, entry: await openEntry(state, intent, context) };
  } catch (error) {
    // Report the first error. A file that stays is empty.
    await place.release().catch(() => undefined);
    throw error;
  }
}

/** Removes everything reserved. Nothing happened in the cloud. */
async function releaseAll({ place, entry }: Reservation): Promise<void> {
  await place.release();
  await entry.close();
}

/** The hint for a file with a private key that is to have a passphrase, and has none yet. */
export function passphraseHint(file: string): string {
  return t`it has no passphrase yet: set one with ssh-keygen -p -f ${shellWord(file)}`;
}

/** Throws `CANCELLED` after Ctrl-C, even during a part that must finish. */
export function checkGoingOn({ context }: Session): void {
  if (context.interrupts.requested) throw new KeypairError('CANCELLED', t`cancelled: nothing was called`);
}

/**
 * Publishes the key under its name or writes it to stdout. Then the intent is fulfilled.
 *
 * @returns the paths of the private and public key.
 * @throws KeypairError `PARTIAL` that names the file with the key.
 */
export async function deliver(
  session: Session,
  { request, destination }: Job,
  { place, entry, keepCopy }: Reservation,
  privateKey: PrivateKey,
): Promise<Pick<KnownPair, 'privateKeyPath' | 'publicKeyPath'>> {
  if (destination.handOver === null) {
    await place.publish(privateKey.text, formatPublicKey(privateKey.publicKey, destination.comment));
  } else {
    await handOver(destination.handOver, privateKey.text, place);
    if (keepCopy !== null) await keep(session, request.name, privateKey.text, place, keepCopy);
    await place.release();
  }
  // The create has succeeded. If the entry cannot be removed, the next check finds it fulfilled.
  await entry.close().catch(() => undefined);
  const onDisk = destination.handOver === null;
  return {
    privateKeyPath: onDisk ? place.privateKeyFile : null,
    publicKeyPath: onDisk ? place.publicKeyFile : null,
  };
}

async function handOver(
  write: (privateKey: Secret) => Promise<void>,
  privateKey: Secret,
  place: ReservedKeyFile,
): Promise<void> {
  try {
    await write(privateKey);
  } catch (cause) {
    throw new KeypairError('PARTIAL', t`the private key was received, but nobody read it from stdout`, {
      hints: [t`the private key is safe in ${place.temporaryFile}: move it to where you want it`],
      cause,
    });
  }
}

/** Keeps a copy until the user removes it: the reader of stdout may fail even after the last byte. */
async function keep(
  { context }: Session,
  name: string,
  privateKey: Secret,
  place: ReservedKeyFile,
  copy: typeof keepCopy,
): Promise<void> {
  try {
    const state = stateDirectory(context);
    const file = await copy(state, path.basename(name), privateKey, context.now(), context);
    // Also with --quiet: users must know of a private key on their disk.
    const line = t`a copy is kept in ${file}; remove it with: keypair trash empty`;
    context.stderr.write(`keypair: ${line}\n`);
  } catch (cause) {
    const why = errorCode(cause) ?? t`error`;
    throw new KeypairError('PARTIAL', t`the private key went to stdout, but no copy could be kept (${why})`, {
      hints: [t`the private key is safe in ${place.temporaryFile}: move it to where you want it`],
      cause,
    });
  }
}

/** A refused request is repeated for four times its timeout; the last one takes up to one more. */
const LONGEST_TIMEOUTS = 5;

function intentOf(
  { context, settings }: Session,
  connection: Connection,
  request: CreateRequest,
  place: ReservedKeyFile,
  destination: Destination,
  rest: Pick<Intent, 'action' | 'signer' | 'passphrase'>,
): Intent {
  return {
    ...rest,
    startedAt: context.now().toISOString(),
    latestMs: LONGEST_TIMEOUTS * settings.timeoutMs,
    ...ownerOf(context),
    provider: connection.descriptor.id,
    region: connection.region,
    endpoint: connection.endpoint.origin,
    apiVersion: connection.apiVersion,
    profile: settings.profile.name,
    sandbox: settings.sandbox,
    name: request.name,
    tags: request.tags,
    projectId: request.projectId,
    resourceGroupId: request.resourceGroupId,
    temporaryFile: place.temporaryFile,
    privateKeyFile: destination.handOver === null ? place.privateKeyFile : null,
    keyLost: false,
    pairId: null,
  };
}

/**
 * Removes everything reserved after a failure that changed nothing in the cloud. If the disk refuses that, the original
 * error gets one more hint and the intent stays open.
 *
 * @returns the error to throw.
 */
export async function rollBack(reservation: Reservation, error: unknown): Promise<unknown> {
  try {
    await releaseAll(reservation);
    return error;
  } catch (left) {
    if (!(error instanceof KeypairError)) return error;
    const told =
      left instanceof KeypairError
        ? [left.message, ...left.hints]
        : [t`its journal entry ${reservation.entry.file} could not be removed`];
    return withHints(error, told);
  }
}
