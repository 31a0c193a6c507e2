import type { Session } from '../../cli/session.ts';
import { keyDirectory } from '../../cli/settings.ts';
import type { Connection, Connections } from '../../connection/connect.ts';
import { boundInstances, findByName } from '../../connection/find-key-pair.ts';
import type { Target } from '../../connection/target.ts';
import { causedBy, KeypairError, withHints } from '../../errors.ts';
import { joinList, t, withLabel } from '../../i18n/t.ts';
import { fingerprintDialects, matchFingerprint, sha256Fingerprint } from '../../keys/fingerprint.ts';
import type { KeyPair } from '../../providers/types.ts';
import { printable, shellWord } from '../../sanitize.ts';
import { type Intent, isSameOwner } from '../../storage/intent.ts';
import { isUnderWay, type ReadableEntry } from '../../storage/journal.ts';
import type { PassphraseSource } from '../key-passphrase.ts';
import { type KnownPair, readPublicKey } from '../key-pair-record.ts';
import { keysHere } from '../local-keys.ts';
import { doctorCommand, recreateCommand } from './command-line.ts';
import { diagnose } from './diagnose.ts';
import { fileOf, type FoundKey } from './evidence.ts';
import { mayStillCome } from './explanations.ts';
import { findOpen, runningHere, runRepair, TakenByAnother, underWay, WAIT } from './recovery.ts';
import { deletePair } from './repair.ts';
import type { Diagnosis, Findings, Repair } from './types.ts';
import { factsOf, idOrFingerprint, isNamedBy } from './ownership.ts';

/** The entries of earlier creates with this name in this service, the oldest first. */
async function entriesOf(
  session: Session,
  { descriptor, region, endpoint }: Target,
  name: string,
): Promise<readonly ReadableEntry[]> {
  const { sandbox } = session.settings;
  return (await findOpen(session)).filter(
    (entry): entry is ReadableEntry =>
      entry.intent !== null &&
      entry.intent.name === name &&
      entry.intent.provider === descriptor.id &&
      entry.intent.region === region &&
      entry.intent.endpoint === endpoint.origin &&
      entry.intent.sandbox === sandbox,
  );
}

/** The repairs of an earlier create that need no question, since they cannot lose anything usable. */
const BY_ITSELF: Readonly<Record<Diagnosis, readonly Repair['id'][]>> = {
  undecided: [],
  'never made': ['clean'],
  'key here': ['publish', 'upload', 'clean'],
  'key lost': ['delete'],
  named: ['delete'],
  'under way': [],
  'key unusable': [],
  'not ours': [],
  'cannot tell': [],
  unreadable: [],
};

/** Whether a repair needs no question. Removing the only copy of a key always needs one. */
function isDoneByItself(diagnosis: Diagnosis, { id, consent }: Repair): boolean {
  return BY_ITSELF[diagnosis].includes(id) && (id !== 'clean' || consent === 'nobody');
}

/** What `--recreate` may delete. True: only a pair proved to be ours; a text: also the pair that it names. */
export type Recreate = true | string;

/**
 * Finishes what earlier creates with this name left. If the private key of a pair is on this machine, completes the
 * pair. With `recreate`, deletes a pair that is proved to be ours and whose key is lost, or that the user has named.
 *
 * @param recreate null: such a pair is a `CONFLICT`.
 * @param passphrase of a private key that is saved under its name; null: ask, if it is to have one.
 * @param tryPlace checks that the new key can be saved, before the pair that the user has named is deleted.
 * @returns the finished pair, or null if nothing is left of an earlier create. Then a new pair may be created.
 * @throws KeypairError `CONFLICT` if the pair in the cloud is neither proved to be ours nor named, if a request may
 * still be carried out, or if it needs a question; the service's own error (`UNAVAILABLE`, `AUTH`) if it could not be
 * asked; `CANCELLED` if the user does not want the pair deleted.
 */
export async function endEarlier(
  session: Session,
  connections: Connections,
  connection: Connection,
  name: string,
  recreate: Recreate | null,
  passphrase: PassphraseSource | null,
  tryPlace: () => Promise<void> = () => Promise.resolve(),
): Promise<KnownPair | null> {
  const running = runningHere(session);
  const { signal } = session.context.interrupts;
  let named = typeof recreate === 'string' ? recreate : null;
  for (const entry of await entriesOf(session, connection, name)) {
    if (isUnderWay(entry, running)) throw conflict(connection, underWay(entry, running), [WAIT]);
    let found = await diagnose(session, connections, entry.intent, signal, named);
    if (recreate === true && found.pair !== null && mayBeNamed(found.diagnosis)) {
      named = await askForPair(session, connection, found, found.pair);
      if (named !== null) found = await diagnose(session, connections, entry.intent, signal, named);
    }
    const { diagnosis, repairs, key, destination } = found;
    const action = repairs.find((one) => isDoneByItself(diagnosis, one));
    // Another process may have finished the entry meanwhile. Then the finding is outdated.
    const open = (await entriesOf(session, connection, name)).some(({ file }) => file === entry.file);
    if (!open) throw new TakenByAnother(entry);
    if (action === undefined) throw unfinishable(session, connection, entry.intent, found);
    if (action.id === 'delete' && recreate === null)
      throw conflict(connection, found.message, [recreateHint(session, entry.intent)]);
    session.info(await runRepair(session, connections, entry, diagnosis, action.id, { named, passphrase }));
    const pair = await findByName(connection, name, signal);
    const file = key?.settled === true ? key.file : destination;
    if (diagnosis !== 'key here' || pair === null || key === null || file === null) continue;
    return {
      provider: connection.descriptor.id,
      region: connection.region,
      pair,
      publicKey: key.privateKey.publicKey,
      fingerprintDialect: dialectOf(pair, key),
      privateKeyPath: file,
      publicKeyPath: `${file}.pub`,
      requestId: null,
      sandbox: session.settings.sandbox,
    };
  }
  if (named !== null) await deleteNamed(session, connection, name, named, tryPlace);
  return null;
}

/**
 * Refuses to create a name for which an earlier request may still be carried out or left something. Checks this machine
 * first: without an open entry, there is no call.
 *
 * @throws KeypairError as {@link endEarlier}.
 */
export async function refuseWhileOpen(
  session: Session,
  connections: Connections,
  connection: Connection,
  name: string,
): Promise<void> {
  const running = runningHere(session);
  for (const entry of await entriesOf(session, connection, name)) {
    const { intent } = entry;
    if (intent.action !== 'create' || !mayStillCome(session, intent) || isUnderWay(entry, running)) continue;
    const found = await diagnose(session, connections, intent, session.context.interrupts.signal);
    // A create that has finished meanwhile has closed its entry.
    const open = (await entriesOf(session, connection, name)).some(({ file }) => file === entry.file);
    // If the pair is known not to be ours, the service itself will refuse the name.
    if (open && found.diagnosis !== 'not ours') throw unfinishable(session, connection, intent, found);
  }
}

/**
 * Whether the user may name the pair for deletion: nothing proves that it is ours, and its key is not on this machine.
 */
function mayBeNamed(diagnosis: Diagnosis): boolean {
  return diagnosis === 'cannot tell' || diagnosis === 'key unusable';
}

/**
 * Shows a pair on a terminal and asks whether to delete it. `--yes` does not answer this question.
 *
 * @returns the pair's id or fingerprint; null if it cannot ask or the pair has neither.
 * @throws KeypairError `CANCELLED` if the answer is no.
 */
async function askForPair(
  session: Session,
  connection: Connection,
  { message }: Findings,
  pair: KeyPair,
): Promise<string | null> {
  const handle = idOrFingerprint(pair);
  if (!session.interactive || session.settings.yes || handle === null) return null;
  const { context } = session;
  const bound = await boundInstances(connection, pair, context.interrupts.signal);
  const publicKey = readPublicKey(pair.publicKey);
  const { askConfirm } = await import('../../ui/prompts.ts');
  const agreed = await session.withTerminal(async () => {
    session.warn(message);
    if (publicKey !== null) session.warn(withLabel('sha256', sha256Fingerprint(publicKey)));
    if (bound === null) session.warn(t`cannot see which instances ${pair.name} is bound to`);
    else if (bound.length > 0) session.warn(t`${pair.name} is bound to ${joinList(bound)}`);
    return askConfirm(context, t`Delete ${handle} in the cloud, and make ${pair.name} anew?`);
  });
  if (!agreed) throw new KeypairError('CANCELLED', t`cancelled: nothing was changed`);
  return handle;
}

/**
 * Looks up the pair that the user has named, and deletes it. Does nothing if no pair has that name.
 *
 * @throws KeypairError `CONFLICT` if its private key is on this machine: the pair is in use, and `delete` asks first.
 */
async function deleteNamed(
  session: Session,
  connection: Connection,
  name: string,
  named: string,
  tryPlace: () => Promise<void>,
): Promise<void> {
  const { interrupts } = session.context;
  const pair = await findByName(connection, name, interrupts.signal);
  if (pair === null) return;
  if (!isNamedBy(pair, named)) {
    throw conflict(connection, t`the pair ${name} that is there is another one (${factsOf(pair)})`, []);
  }
  const publicKey = readPublicKey(pair.publicKey);
  const local = await keysHere(session, keyDirectory(session, undefined));
  const file = publicKey === null ? null : fileOf(local, publicKey);
  if (file !== null) {
    const { descriptor, flagsToReproduce } = connection;
    throw conflict(connection, t`the private key of ${factsOf(pair)} is here: ${printable(file)}`, [
      t`delete the pair with: keypair delete ${shellWord(pair.id ?? pair.name)} -p ${descriptor.id} -r ${flagsToReproduce}`,
    ]);
  }
  await tryPlace();
  const bound = await boundInstances(connection, pair, interrupts.signal);
  if (bound !== null && bound.length > 0) session.warn(t`${pair.name} is bound to ${joinList(bound)}`);
  await interrupts.hold(
    () => deletePair(session, connection, pair),
    () => {
      session.warn(t`this is under way: it ends when it is safe`);
    },
  );
  session.info(t`deleted ${name} in the cloud`);
}

/**
 * The error of a create, with the command that finishes what this or an earlier create with this name left.
 *
 * @returns the error unchanged if nothing is left, or if it already says what to do about a lost response.
 */
export async function withRecreateHint(
  session: Session,
  connection: Connection,
  name: string,
  error: KeypairError,
): Promise<KeypairError> {
  const running = runningHere(session);
  const isOurs = ({ intent }: ReadableEntry): boolean => isSameOwner(intent, running.self);
  const left = await entriesOf(session, connection, name);
  const entry = left.find((one) => isOurs(one) || !isUnderWay(one, running));
  if (entry === undefined) return error;
  const { intent } = entry;
  if (isOurs(entry) && intent.keyLost && intent.pairId === null) return error;
  return withHints(error, [recreateHint(session, intent)]);
}

/** The command that finishes an earlier create or starts over. */
function recreateHint(session: Session, intent: Intent): string {
  return t`finish it or start over: ${recreateCommand(session, intent)}`;
}

/**
 * The error for an entry that cannot be finished. If the service could not be asked, its own error: a retry may help.
 */
function unfinishable(
  session: Session,
  connection: Connection,
  intent: Intent,
  { message, error, hints, diagnosis, repairs }: Findings,
): KeypairError {
  // `--recreate` does the repairs that need no question. The rest needs one.
  const byItself = repairs.some((one) => isDoneByItself(diagnosis, one));
  const ways = byItself ? [recreateHint(session, intent)] : hints;
  const all = ways.length > 0 ? ways : [t`see what can be done with: ${doctorCommand(session, intent)}`];
  if (error === null) return conflict(connection, message, all);
  return new KeypairError(error.code, message, { ...causedBy(error), hints: [...error.hints, ...all] });
}

function conflict({ descriptor }: Connection, message: string, hints: readonly string[]): KeypairError {
  return new KeypairError('CONFLICT', message, { provider: descriptor.id, hints });
}

function dialectOf({ fingerprint }: KeyPair, { privateKey, encrypted }: FoundKey): string | null {
  if (fingerprint === null) return null;
  const dialects = fingerprintDialects(privateKey.publicKey, encrypted ? undefined : privateKey);
  return matchFingerprint(fingerprint, dialects)?.title ?? null;
}
