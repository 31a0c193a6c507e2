import path from 'node:path';
import { hasAbility } from '../../cli/validate.ts';
import { boundInstances } from '../../connection/find-key-pair.ts';
import { causedBy, KeypairError } from '../../errors.ts';
import { joinList, t } from '../../i18n/t.ts';
import type { KeyPair } from '../../providers/types.ts';
import { printable, shellWord } from '../../sanitize.ts';
import { cachePair } from '../completion-cache.ts';
import { forgetPair, renamePair } from '../ledger.ts';
import { barePair } from '../key-pair-record.ts';
import { keysHere } from '../local-keys.ts';
import { filesOf, handlesOf, lookBefore, tellKept, trash } from '../own-files.ts';
import { settleNewPair } from './make.ts';
import { attachLine } from './plan.ts';
import { newKey, note, noteAll, onServers, pairNow, showServer, stillThere, type Work } from './work.ts';

/**
 * Ends a rotation: deletes the old pair in the cloud if nothing refers to it, and gives the new one its name where the
 * service renames pairs.
 *
 * @throws KeypairError if the service could not be asked; `PARTIAL` if the pair may have been deleted.
 */
export async function closeDown(work: Work): Promise<void> {
  const { session, entry } = work;
  const { name, oldId, keepsOld } = entry.rotation;
  const old = await pairNow(work, { id: oldId, name });
  if (keepsOld) session.info(t`the old key pair ${name} stays: other instances have it`);
  else if (old === null || (await deleteUnlessUsed(work, old))) await takeName(work);
  await entry.close();
}

/**
 * Deletes a pair that nothing refers to. Says what still does.
 *
 * @returns whether it is gone.
 */
async function deleteUnlessUsed(work: Work, pair: KeyPair): Promise<boolean> {
  const { session, connection } = work;
  const { name } = pair;
  const uses = await usesOf(work, pair);
  if (uses.length > 0) {
    for (const use of uses) session.info(t`the key pair ${name} stays in the cloud: ${use}`);
    tellDelete(work, pair);
    return false;
  }
  session.info(
    t`images and scaling groups that refer to ${name} cannot be seen: the service refuses to delete it then`,
  );
  const { interrupts } = session.context;
  return interrupts.hold(
    async () => {
      const [outcome] = await session.withSpinner(t`deleting ${name}`, () =>
        connection.provider.deleteKeyPairs([pair], interrupts.signal),
      );
      const error = outcome?.error ?? null;
      if (error !== null && !(error.outcome === 'unknown' && (await isGone(work, pair)))) {
        if (error.outcome === 'unknown')
          throw new KeypairError(
            'PARTIAL',
            t`${name}: ${error.message}; cannot tell whether it was deleted`,
            causedBy(error),
          );
        session.warn(t`the key pair ${name} stays in the cloud: ${error.message}`);
        tellDelete(work, pair);
        return false;
      }
      await cachePair(session, connection, pair, null);
      session.info(t`deleted ${name} in the cloud`);
      return true;
    },
    () => {
      session.warn(t`the deletion was requested: waiting for its outcome`);
    },
  );
}

async function isGone(work: Work, pair: KeyPair): Promise<boolean> {
  return (await pairNow(work, pair)) === null;
}

function tellDelete({ session, connection: { descriptor, flagsToReproduce } }: Work, { id, name }: KeyPair): void {
  const line = `keypair delete ${shellWord(id ?? name)} -p ${descriptor.id} -r ${flagsToReproduce}`;
  session.info(t`when nothing refers to it any more: ${line}`);
}

/** What refers to a pair, one line each, for people. */
async function usesOf(work: Work, pair: KeyPair): Promise<readonly string[]> {
  const { session, connection, entry } = work;
  const { signal } = session.context.interrupts;
  const uses: string[] = [];
  const bound = await boundInstances(connection, pair, signal);
  if (bound === null) uses.push(t`the instances that have it cannot be seen`);
  else if (bound.length > 0) {
    uses.push(t`the cloud still names it for ${joinList(bound)}`);
    const { newName, servers } = entry.rotation;
    const own = bound.filter((id) => servers.some((one) => one.id === id));
    if (own.length > 0 && connection.descriptor.stopsRunning !== 'never' && pair.name !== newName)
      session.info(t`the cloud follows only at a stop of the server: ${attachLine(connection, newName, own)}`);
  }
  try {
    const templates = (await connection.provider.launchTemplatesWith?.(pair, signal)) ?? [];
    if (templates.length > 0)
      uses.push(t`launch templates name it: ${joinList(templates.map((one) => printable(one, 80)))}`);
  } catch (error) {
    if (!(error instanceof KeypairError) || error.code === 'CANCELLED') throw error;
    uses.push(t`the launch templates cannot be seen: ${error.message}`);
  }
  return uses;
}

/** The old pair is gone: forgets it, and gives the new pair its name, where the service renames pairs. */
async function takeName(work: Work): Promise<void> {
  const { session, connection, entry } = work;
  const { descriptor, provider, apiVersion } = connection;
  const { name, oldId, oldPublicKey, newName, newId, newPublicKey } = entry.rotation;
  await forgetPair(session, connection, barePair({ id: oldId, name }, oldPublicKey));
  if (!hasAbility(descriptor, apiVersion, 'rename') || provider.updateKeyPair === undefined) return;
  const pair = await pairNow(work, { id: newId, name: newName });
  if (pair === null || pair.name === name || newPublicKey === null) return;
  try {
    await provider.updateKeyPair(pair, { name }, session.context.interrupts.signal);
  } catch (error) {
    if (!(error instanceof KeypairError) || error.code === 'CANCELLED') throw error;
    session.warn(t`the new key pair keeps the name ${newName} in the cloud: ${error.message}`);
    return;
  }
  await renamePair(session, connection, pair, name);
  await cachePair(session, connection, pair, { pair: { ...pair, name }, publicKey: newKey(work).publicKey });
  session.info(t`${newName} is called ${name} in the cloud now`);
}

/**
 * Undoes a rotation that has not switched: takes the new key off the servers, deletes the new pair, and moves its files
 * to the trash.
 *
 * @returns the failures, each reported; empty if the rotation has ended.
 * @throws KeypairError as {@link closeDown}.
 */
export async function undo(work: Work): Promise<readonly KeypairError[]> {
  const { session, entry } = work;
  if (entry.rotation.newPublicKey === null) await settleNewPair(work);
  await noteAll(work, { stage: 'aborting' });
  const { newName, newPublicKey, newId, oldFile, newFile, servers } = entry.rotation;
  if (newPublicKey === null) {
    await entry.close();
    return [];
  }
  const key = newKey(work);
  const touched = servers.filter(({ state }) => state !== 'waiting');
  const opener = work.flags.key === undefined ? (oldFile ?? newFile) : null;
  const failures = await onServers(
    work,
    await stillThere(work, touched, opener),
    opener,
    t`taking ${newName} off the servers`,
    async (server, { id }) => {
      await server.remove(key);
      await note(work, id, 'waiting');
      showServer(work, id, 'removed');
    },
  );
  if (failures.length > 0) return failures;
  const files = await filesOfNewPair(work);
  const pair = await pairNow(work, { id: newId, name: newName });
  if (pair !== null && !(await deleteUnlessUsed(work, pair))) {
    session.info(t`its key files stay: ${newFile}`);
    await entry.close();
    return [];
  }
  tellKept(session, files.kept);
  const { files: moved, error } = await trash(session, files.ours);
  if (error !== null) throw error;
  if (moved.length > 0) session.info(t`its key files are in the trash now: ${joinList(moved)}`);
  await forgetPair(session, work.connection, barePair({ id: newId, name: newName }, newPublicKey));
  await entry.close();
  return [];
}

async function filesOfNewPair({ session, connection, entry }: Work): ReturnType<typeof filesOf> {
  const { newId, newName, newPublicKey, newFile } = entry.rotation;
  const pair = barePair({ id: newId, name: newName }, newPublicKey ?? '');
  const groups = [{ connection, pairs: [pair] }];
  const before = await lookBefore(session, groups, true);
  return filesOf(pair, await keysHere(session, path.dirname(newFile)), before, handlesOf(groups));
}
