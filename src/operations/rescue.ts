import type { Session } from '../cli/session.ts';
import type { Connection } from '../connection/connect.ts';
import { findByName } from '../connection/find-key-pair.ts';
import { KeypairError } from '../errors.ts';
import { t, withLabel } from '../i18n/t.ts';
import { parsePrivateKey } from '../keys/private-key.ts';
import { inspectPrivateKey } from '../keys/ssh-reads.ts';
import { stateDirectory } from '../paths.ts';
import type { KeyPair, KeyPairRef } from '../providers/types.ts';
import { printable } from '../sanitize.ts';
import type { Secret } from '../secret.ts';
import { KeyFileLost, rescue } from '../storage/key-file.ts';
import { isKeyOf } from './key-pair-record.ts';
import { passphraseHint, type Reservation, rollBack } from './reservation.ts';

/** Bytes that may be the only copy of a private key, and their pair. */
interface UnsavedKey {
  readonly raw: Secret;
  /** Null if the response could not be parsed. */
  readonly pair: KeyPairRef | null;
  readonly name: string;
  /** Whether the key is to have a passphrase, which these bytes do not have. */
  readonly wantsPassphrase: boolean;
}

/**
 * Runs `act` with the private key on the disk. If the disk loses the key, saves it in the state directory, or else
 * prints it on the terminal if the user agrees. If that fails too, the pair is useless and is deleted in the cloud.
 *
 * @throws KeypairError as `act` does; `PARTIAL` that names the place of the bytes, or the pair to delete by hand;
 * `UNAVAILABLE` if the pair was deleted, so that nothing has changed.
 */
export async function withRescue<T>(
  session: Session,
  connection: Connection,
  reservation: Reservation,
  unsaved: UnsavedKey,
  act: () => Promise<T>,
): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof KeyFileLost)) throw error;
    throw await rescueKey(session, connection, reservation, unsaved, error);
  }
}

/** @returns the error to throw. */
async function rescueKey(
  session: Session,
  connection: Connection,
  reservation: Reservation,
  { raw, pair, name, wantsPassphrase }: UnsavedKey,
  lost: KeyFileLost,
): Promise<KeypairError> {
  const { context } = session;
  const provider = connection.descriptor.id;
  const partial = (message: string, ...hints: readonly string[]): KeypairError =>
    new KeypairError('PARTIAL', withLabel(message, lost.message), { provider, hints, cause: lost });

  const { temporaryFile } = reservation.place;
  const file = await rescue(stateDirectory(context), temporaryFile, raw, context.platform);
  if (file !== null) {
    return partial(
      t`the private key of ${name} was received but could not be saved`,
      t`the private key is safe in ${file}: move it to where you want it`,
      ...(wantsPassphrase ? [passphraseHint(file)] : []),
    );
  }
  if (await showOnScreen(session, name, raw)) {
    return partial(
      t`the private key of ${name} was shown on the screen and is on no disk`,
      t`without it, delete the pair: ${deletion(connection, pair, name)}`,
    );
  }
  if (pair === null) {
    return partial(
      t`the response for ${name} could not be saved and is lost`,
      t`look for ${name} in the provider's console, and delete it there`,
    );
  }
  if (!(await deleteAgain(connection, pair, raw, context.interrupts.signal))) {
    await reservation.entry.note({ keyLost: true });
    return partial(
      t`the private key of ${name} could not be saved and is lost, and the pair could not be deleted`,
      t`delete it: ${deletion(connection, pair, name)}`,
    );
  }
  const deleted = new KeypairError(
    'UNAVAILABLE',
    t`no disk could hold the private key of ${name}, so the pair was deleted again: ${lost.message}`,
    {
      provider,
      hints: [t`nothing is left of it: repair the disk or choose another --key-dir, then try again`],
      cause: lost,
    },
  );
  const told = await rollBack(reservation, deleted);
  return told instanceof KeypairError ? told : deleted;
}

/**
 * Deletes the pair from our response. If the service deletes by name, another pair may have that name by now. Then the
 * received key must belong to the pair.
 *
 * @returns whether the service confirmed that the pair is gone.
 */
async function deleteAgain(
  connection: Connection,
  pair: KeyPairRef,
  raw: Secret,
  signal: AbortSignal,
): Promise<boolean> {
  const { descriptor, provider } = connection;
  try {
    if (pair.id === null || !descriptor.isId(pair.id)) {
      const there = await findByName(connection, pair.name, signal);
      if (there === null || !isKeyHere(there, raw)) return false;
    }
    const [outcome] = await provider.deleteKeyPairs([pair], signal);
    return outcome?.error === null;
  } catch {
    // After any error, the pair may still exist.
    return false;
  }
}

/** Whether the received key, or the one that was made here, belongs to the pair. */
function isKeyHere(pair: KeyPair, raw: Secret): boolean {
  const info = inspectPrivateKey(raw);
  if (info?.encrypted === true) return info.publicKey !== null && isKeyOf(pair, info.publicKey) === true;
  const privateKey = parsePrivateKey(raw);
  return isKeyOf(pair, privateKey.publicKey, privateKey) === true;
}

function deletion({ descriptor, flagsToReproduce }: Connection, pair: KeyPairRef | null, name: string): string {
  return `keypair delete ${pair?.id ?? name} -p ${descriptor.id} -r ${flagsToReproduce}`;
}

/**
 * Prints a private key on the terminal, and only there, after asking, if no disk can hold it.
 *
 * @returns whether it was printed.
 */
async function showOnScreen(session: Session, name: string, raw: Secret): Promise<boolean> {
  if (!session.interactive) return false;
  return session.withTerminal(async () => {
    session.warn(t`no disk here can save the private key of ${name}, and the service returns it only once`);
    if (!(await agreed(session))) return false;
    // A server sent the text: it must not contain terminal control characters.
    const lines = raw.reveal().trimEnd().split(/\r?\n/);
    session.context.stderr.write(`\n${lines.map((line) => printable(line, Infinity)).join('\n')}\n\n`);
    session.warn(t`this is the private key: copy it now, then clear the screen and its scrollback`);
    return true;
  });
}

async function agreed({ context }: Session): Promise<boolean> {
  try {
    const { askConfirm } = await import('../ui/prompts.ts');
    return await askConfirm(context, t`Show it on this screen, where others may see it? If not, the pair is deleted.`);
  } catch {
    // Ctrl-C means no, and so does a failure to load the question: the program may be on the failing disk.
    return false;
  }
}
