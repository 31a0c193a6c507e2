import path from 'node:path';
import { type Session, withSettings } from '../../cli/session.ts';
import { keyDirectory } from '../../cli/settings.ts';
import { loadProfile } from '../../config/load.ts';
import { accountIdOf, isOtherAccount, type Connection, type Connections } from '../../connection/connect.ts';
import { findByName } from '../../connection/find-key-pair.ts';
import { resolveTarget, type Target } from '../../connection/target.ts';
import { KeypairError } from '../../errors.ts';
import { parseEndpoint } from '../../http/route.ts';
import { t } from '../../i18n/t.ts';
import { descriptors, findDescriptor } from '../../providers/registry.ts';
import type { KeyPair } from '../../providers/types.ts';
import { printable } from '../../sanitize.ts';
import { fileNameProblem } from '../../storage/file-name.ts';
import type { Intent } from '../../storage/intent.ts';
import type { OpenEntry } from '../../storage/journal.ts';
import { type LocalKeys, readLocalKeys } from '../../storage/key-directory.ts';
import { isKeyOf, readPublicKey } from '../key-pair-record.ts';
import { isRecorded } from '../ledger.ts';
import { type Evidence, evidenceOf, type FoundKey, keyIn } from './evidence.ts';
import {
  lostKey,
  notOurs,
  type Explanation,
  unproved,
  unreached,
  unreadKey,
  unusable,
  withKey,
  withoutPair,
} from './explanations.ts';
import type { Findings } from './types.ts';
import { hasOurId, isNamedBy, isOlder } from './ownership.ts';

/**
 * Looks on this machine and in the cloud what has become of an intent. Changes nothing.
 *
 * A pair that has the intent's name is ours to delete only when an answer to our own request told its id, or when the
 * user has named it.
 *
 * @param named the id or fingerprint of the pair that the user wants deleted; null: none.
 * @throws KeypairError `CANCELLED` when the user interrupts, and nothing else.
 */
export async function diagnose(
  session: Session,
  connections: Connections,
  intent: Intent,
  signal: AbortSignal,
  named: string | null = null,
): Promise<Findings> {
  const destination = destinationOf(session, intent);
  const evidence = await evidenceOf(session, intent, destination);
  const base = { evidence, destination, connection: null, pair: null, key: null, error: null };
  let connection: Connection;
  let pair: KeyPair | null;
  let another: boolean;
  try {
    connection = await connections.connect(await targetOf(session, intent));
    another = isOtherAccount(intent.signer, await accountIdOf(connection.credentials, signal));
    pair = await findByName(connection, intent.name, signal);
  } catch (error) {
    if (session.context.interrupts.signal.aborted) {
      throw new KeypairError('CANCELLED', t`cancelled: nothing was changed`, { cause: error });
    }
    const late = signal.aborted ? new KeypairError('UNAVAILABLE', t`the service did not answer in time`) : error;
    return {
      ...base,
      ...unreached(intent, evidence, late),
      error: late instanceof KeypairError ? late : null,
    };
  }
  const asked = { ...base, connection, pair };
  const directory = destination === null ? keyDirectory(session, undefined) : path.dirname(destination);
  const local = (): Promise<LocalKeys> => readLocalKeys(directory, session.context.platform);
  const key =
    pair === null
      ? strayKey(evidence, intent)
      : (keyOf(evidence, pair, intent) ?? (await movedKey(pair, await local())));
  if (another && (pair === null || key === null)) {
    const error = otherAccountError();
    return { ...asked, ...unreached(intent, evidence, error), error };
  }
  if (key !== null && pair !== null && isFromElsewhere(evidence, key, pair, intent)) {
    const why = t`its private key is in ${printable(key.file)}, and did not come for this`;
    return { ...asked, ...notOurs(intent, evidence, why) };
  }
  if (key !== null) return { ...asked, key, ...(await withKey(session, intent, pair, key, destination)) };
  if (pair === null) return { ...asked, ...withoutPair(session, intent, evidence) };
  const told = await explainKeyless(session, connection, intent, pair, evidence, named);
  const ours = told.repairs.some(({ id }) => id === 'delete') && told.diagnosis !== 'named';
  const unread = ours ? unreadKey(session, intent, pair, told.diagnosis, await local()) : null;
  return { ...asked, ...(unread ?? told) };
}

/** What is to be said of a pair whose private key was not found. */
async function explainKeyless(
  session: Session,
  connection: Connection,
  intent: Intent,
  pair: KeyPair,
  evidence: Evidence,
  named: string | null,
): Promise<Explanation> {
  const files = evidence.unusable.map(({ file }) => file);
  const ours = intent.action === 'create' && (await hasOurId(pair, intent, files));
  const wanted = named !== null && isNamedBy(pair, named);
  if (!ours && !wanted) {
    if (await isRecorded(session, connection, pair)) {
      return notOurs(intent, evidence, t`it was made by another create on this machine`);
    }
    if (isOlder(pair, intent)) return notOurs(intent, evidence, t`it was there before`);
  }
  if (wanted) return lostKey(session, intent, pair, evidence, 'named');
  if (evidence.unusable.length > 0) return unusable(session, intent, pair, evidence, ours);
  return ours ? lostKey(session, intent, pair, evidence, 'ours') : unproved(session, intent, pair, evidence);
}

/** What other credentials show, or do not show, may be of another account. */
function otherAccountError(): KeypairError {
  return new KeypairError(
    'AUTH',
    t`it was begun with another access key than the one in use now, maybe of another account`,
    { hints: [t`use the credentials that it was begun with: their profile, or their variables`] },
  );
}

/** The key that came for a pair which is not in the cloud. Where none came, what has the key's name is another's. */
function strayKey({ keys, untouched }: Evidence, { keyLost }: Intent): FoundKey | null {
  const kept = keys.find(({ settled }) => !settled);
  return kept ?? (untouched || keyLost ? null : (keys[0] ?? null));
}

/**
 * The first key that is the pair's. One that nobody can compare counts when it came with our answer, unless the pair is
 * older than that; nothing is deleted for it.
 */
function keyOf({ keys }: Evidence, pair: KeyPair, intent: Intent): FoundKey | null {
  const fitting = keys.find(({ privateKey }) => isKeyOf(pair, privateKey) === true);
  if (fitting !== undefined) return fitting;
  if (intent.action === 'create-local' || isOlder(pair, intent)) return null;
  // Nobody but our create writes the temporary file; the key's own file may be another's by now.
  return keys.find(({ settled, privateKey }) => !settled && isKeyOf(pair, privateKey) === null) ?? null;
}

/** Whether a pair is another's though its key is here: no key came for ours, and no answer told this pair's id. */
function isFromElsewhere(
  { keys, untouched }: Evidence,
  key: FoundKey,
  { id }: KeyPair,
  { keyLost, pairId }: Intent,
): boolean {
  const came = keys.some(({ settled }) => !settled) || !(untouched || keyLost);
  return key.settled && !came && (id === null || id !== pairId);
}

/** The pair's private key under a name that somebody else has given it. */
async function movedKey(pair: KeyPair, local: LocalKeys): Promise<FoundKey | null> {
  const told = readPublicKey(pair.publicKey);
  return told === null ? null : keyIn(local, told);
}

/** Where the key was to stand; one that was meant for stdout goes to the key directory. */
function destinationOf(session: Session, { name, privateKeyFile }: Intent): string | null {
  const file = privateKeyFile ?? path.join(keyDirectory(session, undefined), path.basename(name));
  return fileNameProblem(path.basename(file), session.context.platform) === null ? file : null;
}

/**
 * The service that an entry's create called, whatever this run's own flags say of others; with the credentials that
 * are found now for the profile that it was made with.
 *
 * @throws KeypairError as {@link resolveTarget}; `USAGE` where that profile is not there any more.
 */
export async function targetOf(session: Session, intent: Intent): Promise<Target> {
  const descriptor = findDescriptor(intent.provider);
  const silent = (): void => undefined;
  const { profile } = session.settings;
  const settings = {
    ...session.settings,
    profile:
      intent.profile === null || intent.profile === profile.name
        ? profile
        : await loadProfile(session.context, intent.profile, silent),
    provider: descriptor.id,
    region: intent.region,
    endpoint: intent.sandbox ? null : intent.endpoint,
    sandbox: intent.sandbox,
    // The endpoint says it all; this one every service of the vendor has.
    site: descriptor.sites[0] ?? session.settings.site,
  };
  const itsOwn = withSettings(session, settings, { info: silent, warn: silent });
  if (!intent.sandbox) {
    const { shareCredentials } = await import('../../connection/credentials.ts');
    shareCredentials(session, itsOwn, descriptor.vendor);
  }
  const target = await resolveTarget(itsOwn, descriptor, intent.apiVersion);
  return { ...target, endpoint: parseEndpoint(intent.endpoint) };
}

/**
 * Finds the credentials for entries, one after the other, before several are looked at at once under a sign of life and
 * within a time: a passphrase may be asked for. What cannot be had is told with each entry.
 *
 * @throws KeypairError `CANCELLED` when the user leaves that question, and nothing else.
 */
export async function prepareTargets(session: Session, entries: readonly OpenEntry[]): Promise<void> {
  for (const entry of entries) {
    if (entry.intent === null) continue;
    try {
      await targetOf(session, entry.intent);
    } catch (error) {
      if (error instanceof KeypairError && error.code === 'CANCELLED') throw error;
    }
  }
}

/** Loads what talks to the services of these entries, which is no waiting for a service. */
export async function loadAdapters(entries: readonly OpenEntry[]): Promise<void> {
  for (const { intent } of entries) {
    // A provider that is not known is told with its entry.
    const descriptor = descriptors.find(({ id }) => id === intent?.provider);
    await descriptor?.load();
  }
}
