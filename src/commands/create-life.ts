import { stateDirectory } from '../config/paths.ts';
import type { Secret } from '../credentials/secret.ts';
import { KeypairError } from '../errors.ts';
import { md5Fingerprint, sha256Fingerprint } from '../keys/fingerprint.ts';
import { parsePrivateKey, type PrivateKey } from '../keys/private-key.ts';
import { KeyFormatError } from '../keys/format-error.ts';
import { formatPublicKey } from '../keys/public-key.ts';
import type { CreatedKeyPair, CreateRequest } from '../providers/types.ts';
import type { Session } from '../session.ts';
import { type JournalEntry, openEntry } from '../store/journal.ts';
import { type KeyPlace, reservePlace } from '../store/key-place.ts';
import { keepRaw } from '../store/rescue.ts';
import { checkAgainstCloud } from './cloud-check.ts';
import type { Connection } from './connect.ts';
import type { KnownPair } from './key-pair-result.ts';
import { explainLostAnswer } from './lost-answer.ts';

/** Where the private key goes. */
export interface Destination {
  /** The key file; for stdout, a file of the state directory that holds the key until it has been handed on. */
  readonly file: string;
  /** Hands the key to stdout instead of publishing it, or null. */
  readonly handOver: ((privateKey: Secret) => Promise<void>) | null;
}

/**
 * The life of one `create`: take the place, note the intent, ask once, keep what came, understand it, publish it.
 * From the moment the request leaves until the key stands under its name, nothing interrupts it.
 *
 * @throws KeypairError. Any code but `PARTIAL` says that nothing was changed, here or in the cloud; `PARTIAL` names
 * what holds the key, or says what became of the pair.
 */
export async function createKeyPair(
  session: Session,
  connection: Connection,
  request: CreateRequest,
  destination: Destination,
): Promise<KnownPair> {
  const { context } = session;
  const place = await reservePlace(destination.file, context.platform);
  let entry: JournalEntry | null = null;
  try {
    entry = await noteIntent(session, connection, request, place, destination);
    if (context.interrupts.signal.aborted)
      throw new KeypairError('CANCELLED', 'cancelled: nothing was called');
  } catch (error) {
    await place.release();
    await entry?.close();
    throw error;
  }
  const open = { place, entry };
  return context.interrupts.hold(
    () => carryOut(session, connection, request, destination, open),
    () => {
      session.warn(`${request.name} has been asked for: this ends when its private key is safe`);
    },
  );
}

interface Open {
  readonly place: KeyPlace;
  readonly entry: JournalEntry;
}

async function carryOut(
  session: Session,
  connection: Connection,
  request: CreateRequest,
  destination: Destination,
  { place, entry }: Open,
): Promise<KnownPair> {
  const created = await askCloud(session, connection, request, { place, entry });
  await keepRaw(place, created.privateKey, stateDirectory(session.context));
  const privateKey = understand(created, place);
  const fingerprintDialect = await checkAgainstCloud(
    session,
    connection,
    request.name,
    created.pair,
    privateKey,
    place.temporaryFile,
  );
  const publicLine = formatPublicKey(privateKey.publicKey, request.name);
  if (destination.handOver === null) {
    await place.publish(privateKey.text, publicLine);
  } else {
    await handOver(destination.handOver, privateKey.text, place);
  }
  await entry.close();
  const onDisk = destination.handOver === null;
  return {
    provider: connection.descriptor.id,
    region: connection.region,
    pair: { ...created.pair, name: request.name },
    publicKey: privateKey.publicKey,
    publicLine,
    fingerprintDialect,
    fingerprints: {
      sha256: sha256Fingerprint(privateKey.publicKey),
      md5: md5Fingerprint(privateKey.publicKey),
    },
    privateKeyPath: onDisk ? place.privateKeyFile : null,
    publicKeyPath: onDisk ? place.publicKeyFile : null,
    requestId: created.requestId,
    sandbox: session.settings.sandbox,
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

/** Sends the one request. Where it fails, the disk is left as the failure demands: clean, or holding what came. */
async function askCloud(
  { context }: Session,
  connection: Connection,
  request: CreateRequest,
  { place, entry }: Open,
): Promise<CreatedKeyPair> {
  const startedAt = context.now();
  const { signal } = context.interrupts;
  try {
    return await connection.provider.createKeyPair(request, signal);
  } catch (thrown) {
    const error = thrown instanceof KeypairError ? thrown : unexpected(thrown);
    if (error.outcome === 'none') {
      await place.release();
      await entry.close();
      throw error;
    }
    if (error.answer !== undefined && mayHoldKey(error.answer)) {
      await keepRaw(place, error.answer, stateDirectory(context));
      throw new KeypairError('PARTIAL', `an answer came for ${request.name}, but it could not be read`, {
        hints: [`the whole answer is safe in ${place.temporaryFile}: the private key may be in it`],
        provider: connection.descriptor.id,
        cause: error,
      });
    }
    await place.release();
    const lost = await explainLostAnswer(connection, request.name, startedAt, error, signal);
    if (!lost.created) await entry.close();
    throw lost.error;
  }
}

/** A bug of ours may have struck after the answer came: nothing may be concluded from it. */
function unexpected(cause: unknown): KeypairError {
  return new KeypairError('FAILURE', 'the answer could not be dealt with', { outcome: 'unknown', cause });
}

/** Whether an unreadable answer is worth a file: a captive portal's page is not. */
function mayHoldKey(answer: Secret): boolean {
  return /private|secretkey|MII[A-Za-z0-9+/]/i.test(answer.reveal());
}

function understand(created: CreatedKeyPair, place: KeyPlace): PrivateKey {
  try {
    return parsePrivateKey(created.privateKey);
  } catch (cause) {
    if (!(cause instanceof KeyFormatError)) throw cause;
    throw new KeypairError('PARTIAL', `a private key came that cannot be used: ${cause.message}`, {
      hints: [`what came is safe, as it came, in ${place.temporaryFile}`],
      ...(created.requestId === null ? {} : { requestId: created.requestId }),
      cause,
    });
  }
}
