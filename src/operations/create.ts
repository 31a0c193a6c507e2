import { KeypairError } from '../errors.ts';
import { t } from '../i18n/t.ts';
import { parsePrivateKey, type PrivateKey } from '../keys/private-key.ts';
import { KeyFormatError } from '../keys/format-error.ts';
import type { CreatedKeyPair, CreateRequest, Provider } from '../providers/types.ts';
import type { Session } from '../cli/session.ts';
import type { ReservedKeyFile } from '../storage/key-file.ts';
import { checkAgainstCloud } from './verify.ts';
import type { Connection } from '../connection/connect.ts';
import { rollBack, checkGoingOn, deliver, type Job, type Reservation, reserve } from './reservation.ts';
import { withRescue } from './rescue.ts';
import type { KnownPair } from './key-pair-record.ts';
import { mayHoldPrivateKey } from '../http/key-shape.ts';
import { resolveOutcome } from './unknown-outcome.ts';

/**
 * The life of one `create`, from its third step on: the command has the answers (1) and has checked them (2).
 *
 * @param interrupted called when the user interrupts what may not be cut.
 * @throws KeypairError. Any code but `PARTIAL` says that nothing was changed, here or in the cloud; `PARTIAL` names
 * what holds the key, or says what became of the pair.
 */
export async function createKeyPair(
  session: Session,
  connection: Connection,
  job: Job,
  interrupted: () => void,
): Promise<KnownPair> {
  const { request } = job;
  const create = creatorOf(connection);
  // 3. The place is reserved and the intent noted. Nothing has been called: a refusal costs nothing.
  const reservation = await reserve(session, connection, job);
  const { place, entry } = reservation;
  try {
    checkGoingOn(session);
  } catch (error) {
    throw await rollBack(reservation, error);
  }
  return session.context.interrupts.hold(async () => {
    // 4. The request leaves, once. Ctrl-C waits until the key stands under its name.
    const created = await sendOnce(session, connection, create, request, reservation);
    const pair = { ...created.pair, name: request.name };
    const unsaved = { raw: created.privateKey, pair, name: request.name };
    return withRescue(session, connection, reservation, unsaved, async () => {
      try {
        // 5. The raw private key is on the disk before anything is computed from it.
        await place.writeRaw(created.privateKey);
        // 6. It is parsed, compared with what the cloud says, and published under its name.
        const privateKey = parse(created, place);
        const fingerprintDialect = await checkAgainstCloud(
          session,
          connection,
          request.name,
          created.pair,
          privateKey,
          place.temporaryFile,
        );
        const paths = await deliver(session, job, reservation, privateKey);
        // 7. The command shows the result.
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
        // Whatever became of the key: the id that came with it proves whose the pair is.
        await entry.note({ pairId: created.pair.id });
        throw error;
      }
    });
  }, interrupted);
}

function creatorOf({ descriptor, provider }: Connection): NonNullable<Provider['createKeyPair']> {
  const create = provider.createKeyPair?.bind(provider);
  if (create !== undefined) return create;
  throw new KeypairError('USAGE', t`${descriptor.title} makes no key pairs`, {
    provider: descriptor.id,
    hints: [t`make it here and upload its public half: keypair create --local`],
  });
}

/** Sends the one request. Where it fails, the disk is left as the failure demands: clean, or holding what came. */
async function sendOnce(
  session: Session,
  connection: Connection,
  create: NonNullable<Provider['createKeyPair']>,
  request: CreateRequest,
  reservation: Reservation,
): Promise<CreatedKeyPair> {
  const { context } = session;
  const { place, entry } = reservation;
  const { signal } = context.interrupts;
  try {
    return await create(request, signal);
  } catch (thrown) {
    const error = thrown instanceof KeypairError ? thrown : unexpected(thrown);
    if (error.outcome === 'none') throw await rollBack(reservation, error);
    if (error.answer !== undefined && mayHoldPrivateKey(error.answer.reveal())) {
      const raw = error.answer;
      const unsaved = { raw, pair: null, name: request.name };
      await withRescue(session, connection, reservation, unsaved, () => place.writeRaw(raw));
      throw new KeypairError('PARTIAL', t`an answer came for ${request.name}, but it could not be read`, {
        hints: [t`the whole answer is safe in ${place.temporaryFile}: the private key may be in it`],
        provider: connection.descriptor.id,
        cause: error,
      });
    }
    await entry.note({ keyLost: true });
    // What became of the pair must be told, also by a disk that lets go of nothing.
    await place.release().catch(() => undefined);
    const lost = await resolveOutcome(session, connection, reservation.intent, error, signal);
    if (lost.settled) await entry.close().catch(() => undefined);
    throw lost.error;
  }
}

/** A bug of ours may have struck after the answer came: nothing may be concluded from it. */
function unexpected(cause: unknown): KeypairError {
  return new KeypairError('FAILURE', t`the answer could not be dealt with`, { outcome: 'unknown', cause });
}

function parse(created: CreatedKeyPair, place: ReservedKeyFile): PrivateKey {
  try {
    return parsePrivateKey(created.privateKey);
  } catch (cause) {
    if (!(cause instanceof KeyFormatError)) throw cause;
    throw new KeypairError('PARTIAL', t`a private key came that cannot be used: ${cause.message}`, {
      hints: [t`what came is safe, as it came, in ${place.temporaryFile}`],
      ...(created.requestId === null ? {} : { requestId: created.requestId }),
      cause,
    });
  }
}
