import { KeypairError } from '../../errors.ts';
import { t } from '../../i18n/t.ts';
import { inspectPrivateKey } from '../../keys/ssh-reads.ts';
import { type PublicKey, samePublicKey } from '../../keys/public-key.ts';
import { printable, shellWord } from '../../sanitize.ts';
import { readSmallFile } from '../../storage/key-directory.ts';
import type { Server } from '../server.ts';
import { newKey, note, oldKey, onServers, proofText, proveUntil, showServer, stillThere, type Work } from './work.ts';

/**
 * Takes the old key off every server. Before, a login with the new one; after, one with the old one that is refused, and
 * once more one with the new one.
 *
 * @returns the failures, each reported; empty if no server has the old key.
 */
export async function retireAll(work: Work): Promise<readonly KeypairError[]> {
  const { session, entry } = work;
  const { name, newFile } = entry.rotation;
  await checkNewFile(work);
  const oldFile = await usableOldFile(work);
  if (oldFile === null)
    session.warn(t`that ${name} is refused is not tried: its private key is not here, or has a passphrase`);
  const open = entry.rotation.servers.filter(({ state }) => state !== 'retired');
  for (const { id, state } of entry.rotation.servers) if (state === 'retired') showServer(work, id, 'retired');
  return onServers(
    work,
    await stillThere(work, open, newFile),
    newFile,
    t`taking ${name} off the servers`,
    (server, { id }) => retireOne(work, server, id, oldFile),
  );
}

async function retireOne(work: Work, server: Server, id: string, oldFile: string | null): Promise<void> {
  const { newFile, newName, name } = work.entry.rotation;
  const [fresh, old] = [newKey(work), oldKey(work)];
  const before = await proveUntil(work, server, newFile, fresh.publicKey, 'accepted');
  if (before.result !== 'accepted')
    throw new KeypairError('CONFLICT', t`a login with ${newName} failed, so ${name} stays on it: ${proofText(before)}`);
  await note(work, id, 'retiring');
  await server.remove(old);
  if (oldFile !== null) {
    const refused = await proveUntil(work, server, oldFile, old.publicKey, 'refused');
    if (refused.result !== 'refused')
      throw new KeypairError(
        'CONFLICT',
        t`${name} was taken off, but no refusal of it was seen: ${proofText(refused)}`,
        {
          hints: [t`another file or command of its sshd may still accept it`],
        },
      );
  }
  // Something else may write the file again: another program, or the vendor's agent.
  await work.means.pause(work.limits.settleMs, work.session.context.interrupts.signal);
  const after = await proveUntil(work, server, newFile, fresh.publicKey, 'accepted');
  if (after.result !== 'accepted') throw await giveBack(work, server, proofText(after), after.result === 'refused');
  const { presence } = await server.look(old.publicKey);
  if (presence === 'present')
    throw new KeypairError('CONFLICT', t`${name} is back on the server: another program has written it again`);
  await note(work, id, 'retired');
  showServer(work, id, 'retired');
}

/** Puts the old key back: the new one no longer opens the server. */
async function giveBack(work: Work, server: Server, why: string, refused: boolean): Promise<KeypairError> {
  const { name, newName } = work.entry.rotation;
  const message = t`${name} was taken off, and then a login with ${newName} failed: ${why}`;
  if (!refused) return new KeypairError('CONFLICT', message);
  try {
    await server.add(oldKey(work), null);
    return new KeypairError('CONFLICT', message, { hints: [t`${name} was put back`] });
  } catch (error) {
    if (!(error instanceof KeypairError)) throw error;
    return new KeypairError('CONFLICT', message, { hints: [t`${name} could not be put back: ${error.message}`] });
  }
}

/** The file with the old private key; null if it is not here, or ssh would ask for a passphrase. */
async function usableOldFile(work: Work): Promise<string | null> {
  const { oldFile } = work.entry.rotation;
  return oldFile !== null && (await holdsKey(oldFile, oldKey(work).publicKey)) === 'plain' ? oldFile : null;
}

/**
 * Checks that the new private key is where the rotation left it, and that ssh can use it without a question.
 *
 * @throws KeypairError `CONFLICT`
 */
export async function checkNewFile(work: Work): Promise<void> {
  const { newFile, newName } = work.entry.rotation;
  const held = await holdsKey(newFile, newKey(work).publicKey);
  if (held === 'plain') return;
  const shown = printable(newFile);
  if (held === 'encrypted')
    throw new KeypairError('CONFLICT', t`${shown} has a passphrase now: a login with it alone cannot be tried`, {
      hints: [t`remove it until the rotation has ended: ${`keypair passphrase ${shellWord(shown)} --remove`}`],
    });
  throw new KeypairError('CONFLICT', t`${shown} does not hold the private key of ${newName} any more`, {
    hints: [t`put it back there`],
  });
}

/** Whether a file holds this private key, and how; null if not. */
export async function holdsKey(file: string, publicKey: PublicKey): Promise<'plain' | 'encrypted' | null> {
  const reading = await readSmallFile(file);
  if (reading === null || reading === 'unreadable') return null;
  const seen = inspectPrivateKey(reading.text);
  if (seen?.publicKey == null || !samePublicKey(seen.publicKey, publicKey)) return null;
  return seen.encrypted ? 'encrypted' : 'plain';
}
