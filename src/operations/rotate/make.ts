import path from 'node:path';
import { findByName } from '../../connection/find-key-pair.ts';
import { causedBy, KeypairError } from '../../errors.ts';
import { t } from '../../i18n/t.ts';
import { KEY_TYPES } from '../../keys/generate.ts';
import { samePublicKey } from '../../keys/public-key.ts';
import { hasJournalEntries, stateDirectory } from '../../paths.ts';
import type { KeyPair } from '../../providers/types.ts';
import { createPair } from '../create.ts';
import { readPublicKey } from '../key-pair-record.ts';
import { rememberPair } from '../ledger.ts';
import { keysHere } from '../local-keys.ts';
import { requestsFor } from '../new-pair.ts';
import { checkNewFile } from './retire.ts';
import { keyLine, newKey, note, noteAll, onServers, proofText, proveUntil, showServer, type Work } from './work.ts';

/**
 * Makes the new pair, by the steps of `create --local` with a journal entry of their own. If an earlier run of the same
 * rotation has made it, or has begun to, that one counts.
 *
 * @throws KeypairError as a create does. With any code but `PARTIAL` nothing was changed.
 */
export async function makeNewPair(work: Work): Promise<void> {
  const { session, connections, connection, entry } = work;
  const { newName, newFile, keyType } = entry.rotation;
  if (await settleNewPair(work)) return;
  const type = KEY_TYPES.find((one) => one === keyType);
  if (type === undefined) throw new KeypairError('USAGE', t`this version of keypair makes no ${keyType} keys`);
  const { descriptor, apiVersion } = connection;
  const [request] = requestsFor(descriptor, [newName], { apiVersion }, session.settings.profile);
  if (request === undefined) throw new Error('no request for one name');
  const job = {
    request,
    destination: { file: newFile, handOver: null, copy: false, comment: newName },
    passphrase: null,
  };
  const known = await session.withSpinner(t`making the key pair ${newName}`, () =>
    createPair(session, connections, connection, job, type, () => {
      session.warn(t`waiting for ${newName}: its request was sent`);
    }),
  );
  if (known.publicKey === null) throw new KeypairError('FAILURE', t`the new key pair is not made yet`);
  const newPublicKey = keyLine(known.publicKey);
  try {
    await noteAll(work, { stage: 'made', newId: known.pair.id, newPublicKey });
  } catch (error) {
    // The pair is made: whoever goes on finds it.
    if (!(error instanceof KeypairError)) throw error;
    throw new KeypairError('PARTIAL', error.message, { ...causedBy(error), hints: error.hints });
  }
}

/**
 * Finds the new pair that an earlier run has made, or has begun to, and notes it.
 *
 * @returns whether there is one, with its private key here.
 * @throws KeypairError `CONFLICT` if another pair has its name, or what was begun cannot be finished.
 */
export async function settleNewPair(work: Work): Promise<boolean> {
  const { session, connections, connection, entry } = work;
  const { newName, newFile } = entry.rotation;
  if (hasJournalEntries(stateDirectory(session.context))) {
    const { endEarlier } = await import('../recovery/recreate.ts');
    await endEarlier(session, connections, connection, newName, null, null);
  }
  const pair = await findByName(connection, newName, session.context.interrupts.signal);
  if (pair === null) return false;
  const local = await keysHere(session, path.dirname(newFile));
  const publicKey = local.keys.find(({ privateKeyFile }) => privateKeyFile === newFile)?.publicKey ?? null;
  const told = readPublicKey(pair.publicKey);
  if (publicKey === null || (told !== null && !samePublicKey(told, publicKey))) throw taken(work, pair);
  await rememberPair(session, connection, pair, publicKey, newFile, true);
  await noteAll(work, { stage: 'made', newId: pair.id, newPublicKey: keyLine(publicKey) });
  return true;
}

function taken({ connection, entry }: Work, { name }: KeyPair): KeypairError {
  return new KeypairError('CONFLICT', t`another key pair has the name ${name}`, {
    provider: connection.descriptor.id,
    region: connection.region,
    hints: [t`its private key is not in ${entry.rotation.newFile}: abort this rotation, and begin another`],
  });
}

/**
 * Puts the new key on every server and logs in with it alone; first on the canaries. Nothing of the old key is touched.
 *
 * @returns the failures, each reported; empty if the new key opens every server.
 */
export async function placeAll(work: Work): Promise<readonly KeypairError[]> {
  await checkNewFile(work);
  const { canary } = work.limits;
  const waiting = (): Work['entry']['rotation']['servers'] =>
    work.entry.rotation.servers.filter(({ state }) => state !== 'proven');
  const proven = work.entry.rotation.servers.length - waiting().length;
  if (canary > proven) {
    const failures = await placeOn(work, waiting().slice(0, canary - proven));
    if (failures.length > 0) return failures;
  }
  return placeOn(work, waiting());
}

function placeOn(work: Work, servers: Work['entry']['rotation']['servers']): Promise<readonly KeypairError[]> {
  const { newName, newFile, oldFile } = work.entry.rotation;
  const key = newKey(work);
  const opener = work.flags.key === undefined ? oldFile : null;
  return onServers(work, servers, opener, t`putting ${newName} on the servers`, async (server, { id, state }) => {
    await note(work, id, 'placing');
    try {
      await server.add(key, null);
    } catch (error) {
      // It never had the key: there is nothing to take off should the rotation be undone.
      if (
        state === 'waiting' &&
        error instanceof KeypairError &&
        error.code !== 'CANCELLED' &&
        error.outcome === 'none'
      )
        await note(work, id, 'waiting');
      throw error;
    }
    await note(work, id, 'placed');
    const proof = await proveUntil(work, server, newFile, key.publicKey, 'accepted');
    if (proof.result !== 'accepted')
      throw new KeypairError(
        'CONFLICT',
        t`${newName} is on the server, but a login as ${server.user} with it alone failed: ${proofText(proof)}`,
        {
          hints: [t`its sshd may read other files or forbid this user: see its log`],
        },
      );
    await note(work, id, 'proven');
  });
}

/** Shows the servers that were not shown yet, as they are. */
export function showRest(work: Work): void {
  const { entry, told } = work;
  for (const { id, state } of entry.rotation.servers) {
    if (told.has(id)) continue;
    showServer(work, id, SHOWN[state]);
  }
}

const SHOWN = {
  waiting: 'pending',
  placing: 'placed',
  placed: 'placed',
  proven: 'proven',
  retiring: 'failed',
  retired: 'retired',
} as const;
