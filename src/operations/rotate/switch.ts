import path from 'node:path';
import { hasAbility } from '../../cli/validate.ts';
import { KeypairError } from '../../errors.ts';
import { joinList, t } from '../../i18n/t.ts';
import { stateDirectory } from '../../paths.ts';
import { printable } from '../../sanitize.ts';
import { holds, linkUnderName } from '../../storage/durable-write.ts';
import { errorCode, isTaken, mapFsErrors, removeIfThere, syncDirectory } from '../../storage/fs.ts';
import { readSmallFile } from '../../storage/key-directory.ts';
import { readTrash } from '../../storage/trash.ts';
import { forgetPair, rememberPair } from '../ledger.ts';
import { barePair } from '../key-pair-record.ts';
import { keysHere } from '../local-keys.ts';
import { filesOf, handlesOf, lookBefore, trash } from '../own-files.ts';
import { attachLine } from './plan.ts';
import { holdsKey } from './retire.ts';
import { newKey, noteAll, oldKey, type Work } from './work.ts';

/**
 * Follows the new key where nothing needs a stop: the cloud's binding, and the names of the key files. The new key has
 * opened every server.
 *
 * @throws KeypairError `PARTIAL`, `USAGE` if the disk refuses it. Both private keys are still here.
 */
export async function switchOver(work: Work): Promise<void> {
  const { session, entry } = work;
  await bindNewPair(work);
  if (entry.rotation.finalFile !== null) await swapFiles(work, entry.rotation.finalFile);
  const { graceSeconds } = entry.rotation;
  const retireAt =
    graceSeconds === 0 ? null : new Date(session.context.now().getTime() + graceSeconds * 1000).toISOString();
  await noteAll(work, { stage: 'switched', retireAt });
}

/** Binds the new pair in the cloud, where the service stops no instance for it (ECS): for its next boots. */
async function bindNewPair(work: Work): Promise<void> {
  const { session, connection, entry } = work;
  const { descriptor, provider, apiVersion } = connection;
  const { newName } = entry.rotation;
  if (descriptor.stopsRunning !== 'never' || !hasAbility(descriptor, apiVersion, 'attach')) return;
  const bound = await boundToOld(work);
  if (bound.length === 0 || provider.attachKeyPair === undefined) return;
  const pair = { id: entry.rotation.newId, name: newName };
  const { interrupts } = session.context;
  const options = { forceStop: false, onlineUser: null };
  const failed = new Map<string, string>();
  try {
    const outcomes = await session.withSpinner(
      t`binding ${newName} in the cloud`,
      async () => (await provider.attachKeyPair?.(pair, bound, options, interrupts.signal)) ?? [],
    );
    for (const { item, error } of outcomes) if (error !== null) failed.set(item, error.message);
  } catch (error) {
    if (!(error instanceof KeypairError) || error.code === 'CANCELLED') throw error;
    for (const id of bound) failed.set(id, error.message);
  }
  for (const [id, why] of failed)
    session.warn(
      t`the cloud still names the old key pair for ${id} (${why}): ${attachLine(connection, newName, [id])}`,
    );
  const done = bound.filter((id) => !failed.has(id));
  if (done.length > 0)
    session.info(
      t`the cloud now names ${newName} for ${joinList(done)}, from their next boot on, which turns off login with a password`,
    );
}

/** The servers of the rotation that the cloud shows to have the old pair. */
async function boundToOld({ session, connection, entry }: Work): Promise<readonly string[]> {
  const { servers, name, oldId } = entry.rotation;
  const ids = servers.map(({ id }) => id);
  const bound: string[] = [];
  const { signal } = session.context.interrupts;
  for await (const { id, keyPairs } of connection.provider.listInstances?.({ ids }, signal) ?? []) {
    if (keyPairs?.some((key) => key === oldId || key === name) === true) bound.push(id);
  }
  return bound;
}

/**
 * Moves the old key files to the trash and gives the new ones their name. Overwrites nothing. Each step can be repeated:
 * it looks at what is there.
 */
async function swapFiles(work: Work, finalFile: string): Promise<void> {
  const { session, connection, entry } = work;
  const fresh = newKey(work);
  const isDone = (await holdsKey(finalFile, fresh.publicKey)) !== null;
  if (!isDone && (await isAnythingAt(finalFile)) && !(await putAside(work, finalFile))) return;
  await findInTrash(work, finalFile);
  const { newFile, newName, newId } = entry.rotation;
  if (newFile !== finalFile) {
    await mapFsErrors(path.dirname(finalFile), () => rename(work, newFile, finalFile));
    await noteAll(work, { newFile: finalFile });
  }
  await rememberPair(session, connection, { name: newName, id: newId }, fresh.publicKey, finalFile, true);
}

async function isAnythingAt(file: string): Promise<boolean> {
  return mapFsErrors(path.dirname(file), async () => (await isTaken(file)) || (await isTaken(`${file}.pub`)));
}

/**
 * Moves the old key files to the trash, if they are ours.
 *
 * @returns whether they are gone from there.
 */
async function putAside(work: Work, finalFile: string): Promise<boolean> {
  const { session, entry } = work;
  const { name, oldId, oldPublicKey } = entry.rotation;
  const ours = await oursAt(work, finalFile);
  const there: string[] = [];
  for (const file of [finalFile, `${finalFile}.pub`])
    if (await mapFsErrors(path.dirname(file), () => isTaken(file))) there.push(file);
  if (!there.every((file) => ours.includes(file))) {
    const shown = printable(finalFile);
    session.warn(t`${shown} is not only ours: it stays, and the new private key stays in ${entry.rotation.newFile}`);
    await noteAll(work, { finalFile: null });
    return false;
  }
  const { files: moved, error } = await trash(session, there);
  if (error !== null) throw error;
  const privateFile = moved[there.indexOf(finalFile)];
  // Its key files are where they belong: doctor would miss them.
  await forgetPair(session, work.connection, barePair({ id: oldId, name }, oldPublicKey));
  if (privateFile === undefined) return true;
  await noteAll(work, { oldFile: privateFile });
  session.info(t`the old private key is in the trash: ${printable(privateFile)}`);
  return true;
}

/** The files that hold the old key and are ours. */
async function oursAt({ session, connection, entry }: Work, finalFile: string): Promise<readonly string[]> {
  const { name, oldId, oldPublicKey } = entry.rotation;
  const pair = barePair({ name, id: oldId }, oldPublicKey);
  const groups = [{ connection, pairs: [pair] }];
  const before = await lookBefore(session, groups, true);
  const local = await keysHere(session, path.dirname(finalFile));
  return (await filesOf(pair, local, before, handlesOf(groups))).ours;
}

/** An earlier run may have moved the old key to the trash without noting where. */
async function findInTrash(work: Work, finalFile: string): Promise<void> {
  const { session, entry } = work;
  const old = oldKey(work).publicKey;
  const { oldFile } = entry.rotation;
  if (oldFile === null || (oldFile !== finalFile && (await holdsKey(oldFile, old)) !== null)) return;
  const { context } = session;
  const { folders } = await readTrash(stateDirectory(context), context.platform).catch(() => ({ folders: [] }));
  for (const { file, from } of folders.flatMap(({ files }) => files)) {
    if (from !== finalFile || (await holdsKey(file, old)) === null) continue;
    await noteAll(work, { oldFile: file });
    return;
  }
}

/** Gives both halves of a key another name. The private key always has one of them. */
async function rename({ session }: Work, from: string, to: string): Promise<void> {
  const { platform } = session.context;
  for (const half of ['', '.pub']) await linkHalf(`${from}${half}`, `${to}${half}`);
  await syncDirectory(path.dirname(to), platform);
  for (const half of ['', '.pub']) await removeIfThere(`${from}${half}`);
  await syncDirectory(path.dirname(from), platform);
}

/** Does nothing if an earlier run has done it. */
async function linkHalf(from: string, to: string): Promise<void> {
  if (!(await isTaken(from))) return;
  try {
    await linkUnderName(from, to);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST' || !(await isSame(from, to))) throw error;
  }
}

async function isSame(one: string, other: string): Promise<boolean> {
  const reading = await readSmallFile(one);
  return reading !== null && reading !== 'unreadable' && holds(other, Buffer.from(reading.text.reveal()));
}
