import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { runBatch } from '../cli/batch.ts';
import type { CreateFlags } from '../cli/create-options.ts';
import type { Session } from '../cli/session.ts';
import { keyDirectory } from '../cli/settings.ts';
import { type Connection, type Connections, withConnection } from '../connection/connect.ts';
import { findByName } from '../connection/find-key-pair.ts';
import { resolveTarget } from '../connection/target.ts';
import { KeypairError } from '../errors.ts';
import { t } from '../i18n/t.ts';
import { KeyFormatError } from '../keys/format-error.ts';
import { parsePrivateKey, rewritten } from '../keys/private-key.ts';
import { type PublicKey, samePublicKey } from '../keys/public-key.ts';
import { stateDirectory } from '../paths.ts';
import type { KeyPair } from '../providers/types.ts';
import { printable, shellWord } from '../sanitize.ts';
import { mapFsErrors, isTaken, isTemporaryName } from '../storage/fs.ts';
import { isUnderWay } from '../storage/journal.ts';
import { type LocalKey, type LocalKeys, readSmallFile } from '../storage/key-directory.ts';
import { notesOf } from '../storage/ledger-file.ts';
import { dropCopies } from './copies.ts';
import { localTypeFor } from './create-local.ts';
import { createPair, manyPairs } from './create.ts';
import { type KnownPair, readPublicKey } from './key-pair-record.ts';
import { missingPassphrase, type PassphraseSource, passphraseSource } from './key-passphrase.ts';
import { pairKeyOf } from './ledger.ts';
import { keysHere, knownFromCloud, unreadFiles, unreadHints } from './local-keys.ts';
import { answersFor, checkApart, keyFileFor, type NewPairFlags, requestsFor, warnOfLookAlikes } from './new-pair.ts';
import { findOpen, runningHere } from './recovery/recovery.ts';
import { endEarlier } from './recovery/recreate.ts';
import { type Job, tryPlaces } from './reservation.ts';

/** The flags of `ensure`. */
type EnsureFlags = NewPairFlags &
  Pick<CreateFlags, 'name' | 'local' | 'type' | 'keyDir' | 'passphrase' | 'passphraseStdin' | 'dryRun'>;

/** Shows one pair. */
interface ShowEnsured {
  /** It exists now: `made` by this run or not, `alone` or one of several. */
  readonly ensured: (
    known: KnownPair,
    job: Job,
    how: { readonly made: boolean; readonly alone: boolean; readonly connection: Connection },
  ) => Promise<void>;
  /** In a dry run. `known` is null for a pair that would be created. */
  readonly planned: (connection: Connection, job: Job, known: KnownPair | null) => void;
}

/**
 * Creates each pair unless it exists, in the cloud and on this machine. Checks everything for every name before the
 * first call.
 *
 * @throws KeypairError, SeveralFailures.
 */
export async function ensurePairs(session: Session, flags: EnsureFlags, show: ShowEnsured): Promise<void> {
  const given = flags.name ?? [];
  const { descriptor, names } = await answersFor(session, given, missingPassphrase(session, flags));
  const type = localTypeFor(descriptor, flags, false);
  const requests = requestsFor(descriptor, names, flags, session.settings.profile);
  checkApart(requests);
  const jobs = requests.map((request): Job => {
    const file = keyFileFor(session, request.name, flags.keyDir);
    return { request, destination: { file, handOver: null, copy: false, comment: request.name }, passphrase: null };
  });
  const passphrase = await passphraseSource(session, given, flags);
  const target = await resolveTarget(session, descriptor, flags.apiVersion ?? null);
  await withConnection(session, target, async (connection, connections) => {
    const local = await keysHere(session, keyDirectory(session, flags.keyDir));
    if (flags.dryRun !== true) await dropCopies(session, (publicKey) => local.find(publicKey)?.privateKeyFile ?? null);
    const [only, ...more] = jobs;
    const doing =
      only !== undefined && more.length === 0
        ? t`ensuring ${only.request.name} in ${connection.region}`
        : t`ensuring ${jobs.length} key pairs in ${connection.region}`;
    await runBatch(session, manyPairs(connection, jobs, doing), async (job, interrupted) => {
      if (flags.dryRun === true) {
        const { request, destination } = job;
        const standing = await presenceOf(session, connection, request.name, destination.file, local);
        if (standing.kind === 'conflict') throw standing.error;
        if (standing.kind === 'absent') await tryPlaces(session, [destination.file]);
        show.planned(connection, job, standing.kind === 'there' ? standing.known : null);
        return;
      }
      const make = async (): Promise<KnownPair> => {
        const complete = { ...job, passphrase: passphrase === null ? null : await passphrase() };
        return createPair(session, connections, connection, complete, type, interrupted);
      };
      const { made, known } = await ensurePair(session, connections, connection, job, local, passphrase, make);
      await show.ensured(known, job, { made, alone: more.length === 0, connection });
    });
  });
}

async function ensurePair(
  session: Session,
  connections: Connections,
  connection: Connection,
  { request: { name }, destination: { file } }: Job,
  local: LocalKeys,
  passphrase: PassphraseSource | null,
  make: () => Promise<KnownPair>,
): Promise<{ readonly made: boolean; readonly known: KnownPair }> {
  const standing = await presenceOf(session, connection, name, file, local);
  const there = ({ known, encrypted }: Extract<Presence, { kind: 'there' }>): { made: false; known: KnownPair } => {
    if (passphrase !== null && !encrypted) {
      const words = [shellWord(known.privateKeyPath ?? name), ...(session.interactive ? [] : ['--passphrase-stdin'])];
      session.warn(t`the private key of ${name} has no passphrase: set one with keypair passphrase ${words.join(' ')}`);
    }
    return { made: false, known };
  };
  if (standing.kind === 'there') return there(standing);
  if (standing.kind === 'conflict') {
    // An earlier create may have left the private key under another name.
    const finished = await endEarlier(session, connections, connection, name, null, passphrase);
    if (finished === null) throw standing.error;
    return { made: true, known: finished };
  }
  await warnOfLookAlikes(session, file);
  try {
    return { made: true, known: await make() };
  } catch (error) {
    if (!(error instanceof KeypairError) || error.code !== 'CONFLICT') throw error;
    // The name or the file was taken meanwhile, most likely by another run of this command. It may not have sent its
    // request yet: wait while it works.
    for (let look = 1; ; look += 1) {
      const unfinished = await unfinishedOf(session, file);
      const again = await presenceOf(session, connection, name, file, null);
      if (again.kind === 'there') return there(again);
      if (again.kind === 'conflict') throw again.error;
      if (look > LOOKS || unfinished?.fresh !== true) throw error;
      await pause(session);
    }
  }
}

/** Where a pair exists: nowhere, in the cloud and on this machine, or in conflict. */
type Presence =
  | { readonly kind: 'absent' }
  | { readonly kind: 'there'; readonly known: KnownPair; readonly encrypted: boolean }
  | { readonly kind: 'conflict'; readonly error: KeypairError };

/** How often, and at which interval, to check for a pair that another process is creating. */
const LOOKS = 60;
const BETWEEN_LOOKS_MS = 250;

/** The age, in milliseconds, from which a temporary file is a leftover. */
const FRESH_MS = 120_000;

/**
 * Looks for a pair by name in the cloud, and by public key on this machine. If the cloud has it and another process on
 * this machine is still saving its private key, waits for that.
 *
 * @param file the private key file if this program created the pair: `<key dir>/<name>`.
 * @param seen the keys found earlier in the key directory, or null. A key among them is not looked for again.
 * @throws KeypairError as listing does; `CANCELLED`.
 */
async function presenceOf(
  session: Session,
  connection: Connection,
  name: string,
  file: string,
  seen: LocalKeys | null,
): Promise<Presence> {
  // Check the file before the cloud: a file that another process has published is then in the cloud as well.
  const taken = await mapFsErrors(file, () => takenOf(file));
  const pair = await findByName(connection, name, session.context.interrupts.signal);
  if (pair === null) return taken === null ? { kind: 'absent' } : onlyHere(connection, name, file, taken, seen);
  const publicKey = readPublicKey(pair.publicKey);
  if (publicKey === null) {
    return conflict(connection, t`${name} is in the cloud, but the service does not return its public key`, []);
  }
  if (seen !== null && keyIn(seen, publicKey)?.publicKeyFile != null) {
    return here(session, connection, pair, publicKey, seen);
  }
  for (let look = 1; ; look += 1) {
    // Check before reading the directory: a process that has finished by then has published its key.
    const unfinished = await unfinishedOf(session, file);
    const local = await keysHere(session, path.dirname(file));
    const key = keyIn(local, publicKey);
    const last = look > LOOKS || unfinished?.fresh !== true;
    if (key !== null && (last || key.publicKeyFile !== null)) {
      return here(session, connection, pair, publicKey, local);
    }
    if (last) {
      const left = unfinished?.file ?? null;
      return notHere(connection, name, publicKey, file, local, left, await notedPlaces(session, connection, pair));
    }
    await pause(session);
  }
}

/** Waits until the next look. @throws KeypairError `CANCELLED` */
async function pause({ context }: Session): Promise<void> {
  await wait(BETWEEN_LOOKS_MS);
  if (context.interrupts.requested) throw new KeypairError('CANCELLED', t`cancelled: nothing was changed`);
}

/** Which file of the pair already exists, or null. */
async function takenOf(file: string): Promise<string | null> {
  for (const one of [file, `${file}.pub`]) if (await isTaken(one)) return one;
  return null;
}

/** The local key of this public key, if it has a private key file. Temporary files do not count. */
function keyIn(local: LocalKeys, publicKey: PublicKey): LocalKey | null {
  const key = local.find(publicKey);
  return key?.privateKeyFile == null ? null : key;
}

/** The temporary file of a create of this key that is running or was interrupted. */
async function unfinishedOf(
  session: Session,
  file: string,
): Promise<{ readonly file: string; readonly fresh: boolean } | null> {
  const { context } = session;
  const prefix = `.${path.basename(file)}.`;
  try {
    const names = await readdir(path.dirname(file));
    const found = names.filter(
      (name) => isTemporaryName(name) && name.length === prefix.length + 20 && name.startsWith(prefix),
    );
    const files = await Promise.all(found.map((name) => withTime(path.join(path.dirname(file), name))));
    // An old leftover must not hide the file of a running create.
    const [newest] = files.sort((a, b) => b.mtimeMs - a.mtimeMs);
    if (newest === undefined) return null;
    const young = Math.abs(context.now().getTime() - newest.mtimeMs) < FRESH_MS;
    return { file: newest.file, fresh: young && !(await isCutShort(session, newest.file)) };
  } catch {
    // No directory, or the file was just removed: nothing is unfinished.
    return null;
  }
}

async function withTime(file: string): Promise<{ readonly file: string; readonly mtimeMs: number }> {
  return { file, mtimeMs: (await stat(file)).mtimeMs };
}

/** Whether no process is working on this file any more, according to the journal. */
async function isCutShort(session: Session, temporaryFile: string): Promise<boolean> {
  const running = runningHere(session);
  return (await findOpen(session)).some(
    (entry) => entry.intent !== null && entry.intent.temporaryFile === temporaryFile && !isUnderWay(entry, running),
  );
}

async function here(
  session: Session,
  connection: Connection,
  pair: KeyPair,
  publicKey: PublicKey,
  local: LocalKeys,
): Promise<Presence> {
  const key = local.find(publicKey);
  const problem = key === null ? null : await problemWith(key, publicKey);
  if (problem !== null) {
    return conflict(connection, t`${pair.name} is in the cloud, but ${problem.message}`, problem.hints);
  }
  const known = knownFromCloud(connection, pair, local, session.settings.sandbox);
  return { kind: 'there', known, encrypted: key?.encrypted === true };
}

/** Why ssh could not log in with this key, or null. A key under a passphrase is trusted. */
async function problemWith(
  { privateKeyFile, mode, encrypted }: LocalKey,
  publicKey: PublicKey,
): Promise<{ readonly message: string; readonly hints: readonly string[] } | null> {
  const file = privateKeyFile ?? '';
  if (mode !== null && (mode & 0o077) !== 0) {
    return {
      message: t`ssh refuses ${file}, which others may read`,
      hints: [t`chmod 600 ${shellWord(file)}`],
    };
  }
  if (encrypted) return null;
  const reading = await readSmallFile(file);
  if (reading === null || reading === 'unreadable') return { message: t`${file} cannot be read`, hints: [] };
  try {
    const own = parsePrivateKey(reading.text).publicKey;
    return samePublicKey(own, publicKey) ? null : { message: t`${file} is the private key of another pair`, hints: [] };
  } catch (error) {
    if (!(error instanceof KeyFormatError)) throw error;
    // A key type that only OpenSSH reads.
    if (error.reason === 'unsupported') return null;
    return { message: t`${file} cannot be used: ${error.message}`, hints: [] };
  }
}

/** Where the private key of a pair was saved, according to the ledger. */
async function notedPlaces({ context }: Session, connection: Connection, pair: KeyPair): Promise<readonly string[]> {
  const notes = await notesOf(stateDirectory(context), context.platform, pairKeyOf(connection, pair));
  return [...new Set(notes.flatMap(({ made }) => made.privateKeyFile ?? []))];
}

async function notHere(
  connection: Connection,
  name: string,
  publicKey: PublicKey,
  file: string,
  local: LocalKeys,
  unfinished: string | null,
  noted: readonly string[],
): Promise<Presence> {
  const left = unfinished === null ? [] : [t`a create that did not end has left ${unfinished}: look there first`];
  const refused = local.find(publicKey)?.refused ?? null;
  if (refused !== null) {
    const message = t`${name} is in the cloud, but ssh cannot read its private key ${refused.file}: ${refused.reason}`;
    const directory = shellWord(path.dirname(refused.file));
    const reading = await readSmallFile(refused.file);
    const canBeRewritten = reading !== null && reading !== 'unreadable' && rewritten(reading.text) !== null;
    return conflict(connection, message, [
      ...left,
      canBeRewritten
        ? t`rewrite it: keypair doctor --local-only --fix --key-dir ${directory}`
        : t`replace it with an intact copy if you have one; else make a new pair`,
    ]);
  }
  // An unreadable file may be the key: do not suggest deleting the pair.
  if (local.untold.length > 0) {
    const message = t`${name} is in the cloud, but cannot tell whether its private key is here: could not read ${unreadFiles(local)}`;
    return conflict(connection, message, [...left, ...unreadHints(local)]);
  }
  const other = local.named(name)?.privateKeyFile ?? null;
  const problem =
    other === null
      ? t`its private key is not in ${path.dirname(file)}`
      : t`${other} is the private key of another pair`;
  return conflict(connection, t`${name} is in the cloud, but ${problem}`, [
    ...left,
    ...noted.map((place) => t`it was put in ${printable(place)}`),
    t`if its private key was moved, name the directory with --key-dir, or bring the key here`,
    t`if nobody has it any more, delete the pair in the cloud and run this again`,
  ]);
}

function onlyHere(
  { descriptor, region, flagsToReproduce }: Connection,
  name: string,
  file: string,
  taken: string,
  local: LocalKeys | null,
): Presence {
  const key = local?.named(name)?.publicKey ?? null;
  const isFit = key === null || descriptor.publicKeyRule.accepts(key.keyType, key.bits);
  const upload = `keypair import -p ${descriptor.id} -r ${flagsToReproduce} --name ${name}`;
  return conflict({ descriptor }, t`${taken} is here, but ${name} is not in the cloud, in ${region}`, [
    !isFit
      ? t`the service does not take this kind of key: move it away, and run this again`
      : taken === file
        ? t`upload its public key: ${upload} --from-private ${shellWord(file)}`
        : t`upload it: ${upload} ${shellWord(taken)}`,
    ...(isFit ? [t`or move it away, and run this again`] : []),
  ]);
}

function conflict({ descriptor }: Pick<Connection, 'descriptor'>, message: string, hints: readonly string[]): Presence {
  return {
    kind: 'conflict',
    error: new KeypairError('CONFLICT', message, { provider: descriptor.id, hints }),
  };
}
