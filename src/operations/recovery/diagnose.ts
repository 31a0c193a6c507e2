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
 * Checks, on this machine and in the cloud, what happened to an intent. Changes nothing.
 *
 * A pair with the intent's name may be deleted only if its id is in the response to our own request, or if the user has
 * named it.
 *
 * @param named the id or fingerprint of the pair that the user wants deleted; null: none.
 * @throws KeypairError only `CANCELLED`, if the user interrupts.
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

/** Explains a pair whose private key was not found. */
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
    if (isOlder(pair, intent)) return notOurs(intent, evidence, t`it existed before`);
  }
  if (wanted) return lostKey(session, intent, pair, evidence, 'named');
  if (evidence.unusable.length > 0) return unusable(session, intent, pair, evidence, ours);
  return ours ? lostKey(session, intent, pair, evidence, 'ours') : unproved(session, intent, pair, evidence);
}

/** The error for other credentials: they may show another account's pairs. */
function otherAccountError(): KeypairError {
  return new KeypairError(
    'AUTH',
    t`it was begun with another access key than the one in use now, maybe of another account`,
    { hints: [t`use the credentials that it was begun with: their profile, or their variables`] },
  );
}

/**
 * The received key of a pair that is not in the cloud. If no key was received, a file with the key's name is not ours.
 */
function strayKey({ keys, untouched }: Evidence, { keyLost }: Intent): FoundKey | null {
  const kept = keys.find(({ settled }) => !settled);
  return kept ?? (untouched || keyLost ? null : (keys[0] ?? null));
}

/**
 * The first key that belongs to the pair. A key that cannot be compared counts if it was in our response, unless the
 * pair is older. Such a match never leads to a deletion.
 */
function keyOf({ keys }: Evidence, pair: KeyPair, intent: Intent): FoundKey | null {
  const fits = ({ privateKey, encrypted }: FoundKey): boolean | null =>
    isKeyOf(pair, privateKey.publicKey, encrypted ? undefined : privateKey);
  const fitting = keys.find((key) => fits(key) === true);
  if (fitting !== undefined) return fitting;
  if (intent.action === 'create-local' || isOlder(pair, intent)) return null;
  // Only our create writes the temporary file. The key's final file may contain another key by now.
  return keys.find((key) => !key.settled && fits(key) === null) ?? null;
}

/**
 * Whether a pair is not ours although its key is on this machine: we received no key, and no response contains this
 * pair's id.
 */
function isFromElsewhere(
  { keys, untouched }: Evidence,
  key: FoundKey,
  { id }: KeyPair,
  { keyLost, pairId }: Intent,
): boolean {
  const came = keys.some(({ settled }) => !settled) || !(untouched || keyLost);
  return key.settled && !came && (id === null || id !== pairId);
}

/** The pair's private key, in a file that was renamed or moved. */
async function movedKey(pair: KeyPair, local: LocalKeys): Promise<FoundKey | null> {
  const told = readPublicKey(pair.publicKey);
  return told === null ? null : keyIn(local, told);
}

/** The intended file of the key. A key for stdout goes to the key directory. */
function destinationOf(session: Session, { name, privateKeyFile }: Intent): string | null {
  const file = privateKeyFile ?? path.join(keyDirectory(session, undefined), path.basename(name));
  return fileNameProblem(path.basename(file), session.context.platform) === null ? file : null;
}

/**
 * The service that an entry's create called, independent of this run's flags. Credentials are resolved now, with the
 * profile of that create.
 *
 * @throws KeypairError as {@link resolveTarget}; `USAGE` if that profile no longer exists.
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
    // The endpoint decides; any supported site will do.
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
 * Resolves the credentials of entries, one after the other, because it may ask for a passphrase. Later, several entries
 * are checked at once, with a spinner and a time limit. Failures are reported with each entry.
 *
 * @throws KeypairError only `CANCELLED`, if the user cancels that question.
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

/** Loads the adapters of these entries, so that the time limit covers only the services. */
export async function loadAdapters(entries: readonly OpenEntry[]): Promise<void> {
  for (const { intent } of entries) {
    // An unknown provider is reported with its entry.
    const descriptor = descriptors.find(({ id }) => id === intent?.provider);
    await descriptor?.load();
  }
}
