import { stateDirectory } from '../../config/paths.ts';
import type { Secret } from '../../credentials/secret.ts';
import { KeypairError } from '../../errors.ts';
import type { PrivateKey } from '../../keys/private-key.ts';
import { formatPublicKey } from '../../keys/public-key.ts';
import type { CreateRequest } from '../../providers/types.ts';
import type { Session } from '../../session.ts';
import { type JournalEntry, openEntry } from '../../store/journal.ts';
import { type KeyPlace, reservePlace } from '../../store/key-place.ts';
import type { Connection } from '../connect.ts';
import type { KnownPair } from '../key-pair-result.ts';

/** Where the private key goes. */
export interface Destination {
  /** The key file; for stdout, a file of the state directory that holds the key until it has been handed on. */
  readonly file: string;
  /** Hands the key to stdout instead of publishing it, or null. */
  readonly handOver: ((privateKey: Secret) => Promise<void>) | null;
}

/** One pair that is to be made. */
export interface Job {
  readonly request: CreateRequest;
  readonly destination: Destination;
}

/** What has been taken on this machine before the cloud is asked: the place of the key, and a note of the intent. */
export interface Open {
  readonly place: KeyPlace;
  readonly entry: JournalEntry;
}

/**
 * Takes the place and notes the intent: nothing has been called yet.
 *
 * @throws KeypairError as {@link reservePlace}; then nothing is left behind.
 */
export async function openPlace(
  session: Session,
  connection: Connection,
  { request, destination }: Job,
): Promise<Open> {
  const place = await reservePlace(destination.file, session.context.platform);
  try {
    return { place, entry: await noteIntent(session, connection, request, place, destination) };
  } catch (error) {
    await place.release();
    throw error;
  }
}

/** Leaves nothing behind: nothing happened in the cloud. */
export async function abandon({ place, entry }: Open): Promise<void> {
  await place.release();
  await entry.close();
}

/** Refuses to go on after Ctrl-C, held back or not. */
export function checkGoingOn({ context }: Session): void {
  if (context.interrupts.requested) throw new KeypairError('CANCELLED', 'cancelled: nothing was called');
}

/**
 * Publishes the key under its name, or hands it over to stdout; then the intent is fulfilled.
 *
 * @returns where the halves are now.
 * @throws KeypairError `PARTIAL` that names the file which holds the key.
 */
export async function deliver(
  { request, destination }: Job,
  { place, entry }: Open,
  privateKey: PrivateKey,
): Promise<Pick<KnownPair, 'privateKeyPath' | 'publicKeyPath'>> {
  if (destination.handOver === null) {
    await place.publish(privateKey.text, formatPublicKey(privateKey.publicKey, request.name));
  } else {
    await handOver(destination.handOver, privateKey.text, place);
  }
  await entry.close();
  const onDisk = destination.handOver === null;
  return {
    privateKeyPath: onDisk ? place.privateKeyFile : null,
    publicKeyPath: onDisk ? place.publicKeyFile : null,
  };
}

async function handOver(
  write: (privateKey: Secret) => Promise<void>,
  privateKey: Secret,
  place: KeyPlace,
): Promise<void> {
  try {
    await write(privateKey);
  } catch (cause) {
    throw new KeypairError('PARTIAL', 'the private key came, but nobody read it from stdout', {
      hints: [`the private key is safe in ${place.temporaryFile}: move it to where you want it`],
      cause,
    });
  }
  await place.release();
}

function noteIntent(
  { context, settings }: Session,
  connection: Connection,
  request: CreateRequest,
  place: KeyPlace,
  destination: Destination,
): Promise<JournalEntry> {
  const intent = {
    action: 'create',
    startedAt: context.now().toISOString(),
    pid: context.pid,
    provider: connection.descriptor.id,
    region: connection.region,
    endpoint: connection.endpoint.origin,
    sandbox: settings.sandbox,
    name: request.name,
    temporaryFile: place.temporaryFile,
    privateKeyFile: destination.handOver === null ? place.privateKeyFile : null,
  } as const;
  return openEntry(stateDirectory(context), intent, context.platform);
}
