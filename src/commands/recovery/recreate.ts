import { causedBy, KeypairError } from '../../errors.ts';
import { fingerprintDialects, matchFingerprint } from '../../keys/fingerprint.ts';
import type { PrivateKey } from '../../keys/private-key.ts';
import { t } from '../../language/t.ts';
import type { KeyPair } from '../../providers/types.ts';
import type { Session } from '../../session.ts';
import { isUnderWay, type ReadableEntry } from '../../store/journal-entries.ts';
import type { Connection, Services } from '../connect.ts';
import { findByName } from '../find-pair.ts';
import type { KnownPair } from '../key-pair-result.ts';
import type { Target } from '../target.ts';
import { type Findings, findOut } from './findings.ts';
import { carryOut, findOpen, type Remedy, runningHere, type Truth, underWay } from './unfinished.ts';

/** The entries of earlier creates of this name in this service, the oldest first. */
export async function entriesOf(
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

/** What is done about an earlier create without another question: it can lose nothing that anybody could use. */
const BY_ITSELF: Readonly<Record<Truth, readonly Remedy['id'][]>> = {
  'never made': ['clean'],
  'key here': ['publish', 'upload', 'clean'],
  'key lost': ['delete'],
  'under way': [],
  'key unusable': [],
  'not ours': [],
  'cannot tell': [],
  unreadable: [],
};

/** A key that is removed is gone: what cleans away one that has no other place is never done without asking. */
function isDoneByItself(truth: Truth, { id, safe }: Remedy): boolean {
  return BY_ITSELF[truth].includes(id) && (id !== 'clean' || safe);
}

/**
 * Ends what earlier creates of this name have left: a pair whose private key is here is finished; one that our request
 * made and whose key is lost is deleted, where that is wanted.
 *
 * @param deleteLost whether to: else such a pair is a `CONFLICT`.
 * @returns the pair that was finished, or null when nothing of an earlier create is left: then one may be made.
 * @throws KeypairError `CONFLICT` when the pair in the cloud is not proved to be ours, or cannot be finished by itself; what
 * the service answers (`UNAVAILABLE`, `AUTH`) where it could not be asked.
 */
export async function endEarlier(
  session: Session,
  services: Services,
  connection: Connection,
  name: string,
  deleteLost: boolean,
): Promise<KnownPair | null> {
  const running = runningHere(session);
  const { signal } = session.context.interrupts;
  for (const entry of await entriesOf(session, connection, name)) {
    if (isUnderWay(entry, running)) throw conflict(connection, underWay(entry, running), []);
    const found = await findOut(session, services, entry.intent, signal);
    const { truth, says, remedies, key, destination } = found;
    const remedy = remedies.find((one) => isDoneByItself(truth, one));
    if (remedy === undefined) throw unfinishable(connection, found);
    if (remedy.id === 'delete' && !deleteLost)
      throw conflict(connection, says, [recreateHint(connection, name)]);
    session.note(await carryOut(session, services, { entry, truth, says, remedies }, remedy));
    const pair = await findByName(connection, name, signal);
    const file = key?.settled === true ? key.file : destination;
    if (truth !== 'key here' || pair === null || key === null || file === null) continue;
    return {
      provider: connection.descriptor.id,
      region: connection.region,
      pair,
      publicKey: key.privateKey.publicKey,
      fingerprintDialect: dialectOf(pair, key.privateKey),
      privateKeyPath: file,
      publicKeyPath: `${file}.pub`,
      requestId: null,
      sandbox: session.settings.sandbox,
    };
  }
  return null;
}

/** The command that finishes an earlier create of this name, or begins anew. */
export function recreateHint({ descriptor, regionWords }: Target, name: string): string {
  return t`finish it or begin anew: keypair create -p ${descriptor.id} -r ${regionWords} --name ${name} --recreate`;
}

/** Where the service could not be asked, its own failure: trying again may help. */
function unfinishable(connection: Connection, { says, error }: Findings): KeypairError {
  const hint = t`see what can be done with: keypair doctor`;
  if (error === null) return conflict(connection, says, [hint]);
  return new KeypairError(error.code, says, { ...causedBy(error), hints: [...error.hints, hint] });
}

function conflict({ descriptor }: Connection, message: string, hints: readonly string[]): KeypairError {
  return new KeypairError('CONFLICT', message, { provider: descriptor.id, hints });
}

function dialectOf({ fingerprint }: KeyPair, privateKey: PrivateKey): string | null {
  if (fingerprint === null) return null;
  const dialects = fingerprintDialects(privateKey.publicKey, privateKey);
  return matchFingerprint(fingerprint, dialects)?.title ?? null;
}
