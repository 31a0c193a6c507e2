import type { Session } from '../cli/session.ts';
import type { Connection } from '../connection/connect.ts';
import { findByName } from '../connection/find-key-pair.ts';
import { KeypairError } from '../errors.ts';
import { t, withLabel } from '../i18n/t.ts';
import { parsePrivateKey } from '../keys/private-key.ts';
import { stateDirectory } from '../paths.ts';
import type { KeyPairRef } from '../providers/types.ts';
import { printable } from '../sanitize.ts';
import type { Secret } from '../secret.ts';
import { KeyFileLost, rescue } from '../storage/key-file.ts';
import { isKeyOf } from './key-pair-record.ts';
import { type Reservation, rollBack } from './reservation.ts';

/** Bytes that may be the only copy of a private key, and the pair that they belong to. */
interface UnsavedKey {
  readonly raw: Secret;
  /** Null when the answer that they came in could not be read. */
  readonly pair: KeyPairRef | null;
  readonly name: string;
}

/**
 * Does something with the private key on the disk; should the disk lose it, another home is found for it: a
 * file of the state directory; else, on a terminal and when the user agrees, the screen. When nothing can hold it the
 * pair is of no use to anybody, and is deleted in the cloud.
 *
 * @throws KeypairError what `act` throws; `PARTIAL` that names where the bytes are, or what is to be deleted by hand;
 * `UNAVAILABLE` when the pair was deleted, so that all is as it was.
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
  { raw, pair, name }: UnsavedKey,
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
      t`the private key of ${name} came, but could not be saved in its place`,
      t`the private key is safe in ${file}: move it to where you want it`,
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
      t`what came for ${name} could be saved nowhere and is lost`,
      t`look for ${name} in the provider's console, and delete it there`,
    );
  }
  if (!(await deleteAgain(connection, pair, raw, context.interrupts.signal))) {
    await reservation.entry.note({ keyLost: true });
    return partial(
      t`the private key of ${name} could be saved nowhere and is lost, and the pair could not be deleted`,
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
 * Deletes the pair that our answer told. Where pairs are deleted by their name, that may be another's by now: then the
 * key that came must be the pair's.
 *
 * @returns whether the service has said that the pair is gone.
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
      if (there === null || isKeyOf(there, parsePrivateKey(raw)) !== true) return false;
    }
    const [outcome] = await provider.deleteKeyPairs([pair], signal);
    return outcome?.error === null;
  } catch {
    // Whatever went wrong, it is told as what it means: the pair may still be there.
    return false;
  }
}

function deletion({ descriptor, flagsToReproduce }: Connection, pair: KeyPairRef | null, name: string): string {
  return `keypair delete ${pair?.id ?? name} -p ${descriptor.id} -r ${flagsToReproduce}`;
}

/**
 * Shows a private key on the terminal when no disk can hold it: only after asking, and never anywhere but there.
 *
 * @returns whether it stands on the screen now.
 */
async function showOnScreen(session: Session, name: string, raw: Secret): Promise<boolean> {
  if (!session.interactive) return false;
  return session.withTerminal(async () => {
    session.warn(t`no disk here takes the private key of ${name}, and the service hands it out only once`);
    if (!(await agreed(session))) return false;
    // It came from a server: nothing in it may speak to the terminal.
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
    // Ctrl-C is a no. So is a question that cannot be loaded: the disk may be the one that we run from.
    return false;
  }
}
