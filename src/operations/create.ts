import { existsSync } from 'node:fs';
import type { Batch } from '../cli/batch.ts';
import type { Session } from '../cli/session.ts';
import type { Connection, Connections } from '../connection/connect.ts';
import { findByName } from '../connection/find-key-pair.ts';
import { causedBy, KeypairError, withHints } from '../errors.ts';
import { mayHoldPrivateKey } from '../http/key-shape.ts';
import { joinSentences, t } from '../i18n/t.ts';
import { fingerprintDialects, matchFingerprint } from '../keys/fingerprint.ts';
import { KeyFormatError } from '../keys/format-error.ts';
import type { KeyType } from '../keys/generate.ts';
import { parsePrivateKey, type PrivateKey } from '../keys/private-key.ts';
import { type PublicKey, samePublicKey } from '../keys/public-key.ts';
import { hasJournalEntries, stateDirectory } from '../paths.ts';
import type { CreatedKeyPair, KeyPair, Provider } from '../providers/types.ts';
import type { ReservedKeyFile } from '../storage/key-file.ts';
import { cachePair } from './completion-cache.ts';
import { type KnownPair, readPublicKey, warnIfWeak } from './key-pair-record.ts';
import { encryptedFor } from './key-passphrase.ts';
import { rememberPair } from './ledger.ts';
import { withRescue } from './rescue.ts';
import { checkGoingOn, deliver, type Job, passphraseHint, type Reservation, reserve, rollBack } from './reservation.ts';

/**
 * Steps 3 to 7 of one `create`. The command has done steps 1 and 2: get the answers and check them.
 *
 * @param interrupted called on Ctrl-C during the part that must finish.
 * @throws KeypairError. Any code but `PARTIAL` means that nothing was changed, here or in the cloud. `PARTIAL` names
 * the file with the key, or says what happened to the pair.
 */
export async function createKeyPair(
  session: Session,
  connection: Connection,
  job: Job,
  interrupted: () => void,
): Promise<KnownPair> {
  const { request } = job;
  const create = creatorOf(connection);
  // 3. Reserve the place and write the intent to the journal, before any call.
  const reservation = await reserve(session, connection, job);
  const { place, entry } = reservation;
  try {
    checkGoingOn(session);
  } catch (error) {
    throw await rollBack(reservation, error);
  }
  return session.context.interrupts.hold(async () => {
    // 4. Send the request, once. Ctrl-C waits until the key file has its final name.
    const created = await sendOnce(session, connection, create, job, reservation);
    const pair = { ...created.pair, name: request.name };
    const wantsPassphrase = job.passphrase !== null;
    const unsaved = { raw: created.privateKey, pair, name: request.name, wantsPassphrase };
    return withRescue(session, connection, reservation, unsaved, async () => {
      try {
        // 5. Write the raw private key to the disk before parsing it.
        await place.writeRaw(created.privateKey);
        // 6. Parse it, compare it with the cloud, and publish it under its name.
        const privateKey = parse(created, place);
        const fingerprintDialect = await checkAgainstCloud(
          session,
          connection,
          request.name,
          created.pair,
          privateKey,
          place.temporaryFile,
        );
        const { passphrase } = job;
        const published = passphrase === null ? privateKey : await encryptedFor(request.name, privateKey, passphrase);
        const paths = await deliver(session, job, reservation, published);
        // 7. Return the result for the command to show.
        return {
          provider: connection.descriptor.id,
          region: connection.region,
          pair,
          publicKey: privateKey.publicKey,
          fingerprintDialect,
          ...paths,
          requestId: created.requestId,
          sandbox: session.settings.sandbox,
        };
      } catch (error) {
        // Even if the key is unusable, the id in the response proves that the pair is ours.
        await entry.note({ pairId: created.pair.id });
        throw wantsPassphrase ? withPassphraseHint(error, place.temporaryFile) : error;
      }
    });
  }, interrupted);
}

/**
 * The batch that creates these pairs in one service, parallel enough to use the whole rate limit.
 *
 * @param doing the text of the spinner.
 */
export function manyPairs(
  { descriptor: { requestsPerSecond } }: Connection,
  jobs: readonly Job[],
  doing: string,
): Batch<Job> {
  return {
    items: jobs,
    nameOf: ({ request }) => request.name,
    doing,
    // Responses take up to two seconds, and Ctrl-C waits for all of them.
    atOnce: requestsPerSecond === null ? 20 : 2 * requestsPerSecond,
    isFatal: ({ code }) => code === 'AUTH',
  };
}

/**
 * Creates one pair: in the cloud, or on this machine with `type`. An error says how to finish what is unfinished.
 *
 * @throws KeypairError as `refuseWhileOpen`, {@link createKeyPair} and `createLocalPair`.
 */
export async function createPair(
  session: Session,
  connections: Connections,
  connection: Connection,
  job: Job,
  type: KeyType | null,
  interrupted: () => void,
): Promise<KnownPair> {
  if (hasJournalEntries(stateDirectory(session.context))) {
    const { refuseWhileOpen } = await import('./recovery/recreate.ts');
    await refuseWhileOpen(session, connections, connection, job.request.name);
  }
  try {
    const known =
      type === null
        ? await createKeyPair(session, connection, job, interrupted)
        : await (await import('./create-local.ts')).createLocalPair(session, connection, job, type, interrupted);
    await rememberPair(session, connection, known.pair, known.publicKey, known.privateKeyPath, true);
    await cachePair(session, connection, null, known);
    return known;
  } catch (error) {
    if (!(error instanceof KeypairError) || !['PARTIAL', 'CONFLICT'].includes(error.code)) throw error;
    throw await addRecreateHint(session, connection, job.request.name, error);
  }
}

/**
 * The error, with a hint how to finish what is left. If that module cannot be loaded, the error is returned unchanged.
 */
async function addRecreateHint(
  session: Session,
  connection: Connection,
  name: string,
  error: KeypairError,
): Promise<KeypairError> {
  try {
    const { withRecreateHint } = await import('./recovery/recreate.ts');
    return await withRecreateHint(session, connection, name, error);
  } catch {
    return error;
  }
}

function creatorOf({ descriptor, provider }: Connection): NonNullable<Provider['createKeyPair']> {
  const create = provider.createKeyPair?.bind(provider);
  if (create !== undefined) return create;
  throw new KeypairError('USAGE', t`${descriptor.title} makes no key pairs`, {
    provider: descriptor.id,
    hints: [t`make it here and upload its public key: keypair create --local`],
  });
}

/** Sends the one request. If it fails, removes the reserved files, or keeps what was received. */
async function sendOnce(
  session: Session,
  connection: Connection,
  create: NonNullable<Provider['createKeyPair']>,
  { request, passphrase }: Job,
  reservation: Reservation,
): Promise<CreatedKeyPair> {
  const { place, entry } = reservation;
  try {
    return await create(request, session.context.interrupts.signal);
  } catch (thrown) {
    const error = thrown instanceof KeypairError ? thrown : unexpected(thrown);
    if (error.outcome === 'none') throw await rollBack(reservation, error);
    if (error.answer !== undefined && mayHoldPrivateKey(error.answer.reveal())) {
      const raw = error.answer;
      const unsaved = { raw, pair: null, name: request.name, wantsPassphrase: passphrase !== null };
      await withRescue(session, connection, reservation, unsaved, () => place.writeRaw(raw));
      throw new KeypairError('PARTIAL', t`the response for ${request.name} could not be read`, {
        hints: [t`the whole answer is safe in ${place.temporaryFile}: the private key may be in it`],
        provider: connection.descriptor.id,
        cause: error,
      });
    }
    await entry.note({ keyLost: true });
    // Report what happened to the pair even if the file cannot be removed.
    await place.release().catch(() => undefined);
    throw await lostAnswerError(session, connection, reservation, error);
  }
}

/** The `PARTIAL` error of a create whose answer was lost, even if the module that looks it up cannot be loaded. */
async function lostAnswerError(
  session: Session,
  connection: Connection,
  { intent, entry }: Reservation,
  error: KeypairError,
): Promise<KeypairError> {
  const { name } = intent;
  try {
    const { resolveOutcome } = await import('./unknown-outcome.ts');
    const { signal } = session.context.interrupts;
    const lost = await resolveOutcome(session, connection, intent, error, signal);
    if (lost.settled) await entry.close().catch(() => undefined);
    return lost.error;
  } catch {
    return new KeypairError('PARTIAL', joinSentences([error.message, t`cannot tell whether ${name} was created`]), {
      ...causedBy(error),
      hints: [t`check later what happened to it: ${'keypair doctor --fix'}`],
      outcome: 'unknown',
    });
  }
}

/** A bug in keypair, possibly after the response: the outcome is unknown. */
function unexpected(cause: unknown): KeypairError {
  return new KeypairError('FAILURE', t`could not process the response`, { outcome: 'unknown', cause });
}

function parse(created: CreatedKeyPair, place: ReservedKeyFile): PrivateKey {
  try {
    return parsePrivateKey(created.privateKey);
  } catch (cause) {
    if (!(cause instanceof KeyFormatError)) throw cause;
    throw new KeypairError('PARTIAL', t`the received private key cannot be used: ${cause.message}`, {
      hints: [t`the response is saved unchanged in ${place.temporaryFile}`],
      ...(created.requestId === null ? {} : { requestId: created.requestId }),
      cause,
    });
  }
}

/**
 * Compares the received private key with the cloud's public key, or else with its fingerprint in any format. If no
 * format matches, or the response has neither (Simple Application Server), fetches the public key.
 *
 * If the key cannot be verified, this only warns. Only a different public key is an error, since the private key would
 * be useless.
 *
 * @param keptIn the file that holds the raw key, for the message.
 * @returns the format of the cloud's fingerprint, for people, or null if none matches.
 * @throws KeypairError `PARTIAL` if the cloud's public key is a different one.
 */
async function checkAgainstCloud(
  session: Session,
  connection: Connection,
  name: string,
  pair: KeyPair,
  privateKey: PrivateKey,
  keptIn: string,
): Promise<string | null> {
  const { publicKey } = privateKey;
  if (pair.name !== name) session.warn(t`the service calls the pair ${JSON.stringify(pair.name)}, not ${name}`);
  warnIfWeak(session, publicKey);
  let told = readPublicKey(pair.publicKey);
  const dialect =
    pair.fingerprint === null ? null : matchFingerprint(pair.fingerprint, fingerprintDialects(publicKey, privateKey));
  if (told === null && dialect !== null) return dialect.title;
  if (told === null) {
    if (pair.fingerprint !== null)
      session.info(t`the service's fingerprint ${pair.fingerprint} matches this key in no known format`);
    told = await askForPublicKey(session, connection, name);
  }
  if (told === null) {
    session.warn(t`the service returned nothing to check the private key against`);
    return null;
  }
  if (samePublicKey(told, publicKey)) return dialect?.title ?? null;
  throw new KeypairError('PARTIAL', t`the received private key does not belong to the public key of ${name}`, {
    provider: connection.descriptor.id,
    hints: [t`the response is saved in ${keptIn}`, t`delete ${pair.id ?? name} in the cloud, then create it again`],
  });
}

/** The error, with a hint that the raw key has no passphrase, if the raw key is still there. */
function withPassphraseHint(error: unknown, temporaryFile: string): unknown {
  if (!(error instanceof KeypairError) || !existsSync(temporaryFile)) return error;
  return withHints(error, [passphraseHint(temporaryFile)]);
}

async function askForPublicKey(session: Session, connection: Connection, name: string): Promise<PublicKey | null> {
  try {
    const pair = await findByName(connection, name, session.context.interrupts.signal);
    return pair && readPublicKey(pair.publicKey);
  } catch (error) {
    // The key is safe. The caller warns that it could not be verified.
    if (!(error instanceof KeypairError)) throw error;
    return null;
  }
}
