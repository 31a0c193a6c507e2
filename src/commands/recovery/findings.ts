import path from 'node:path';
import { KeypairError } from '../../errors.ts';
import { fingerprintDialects, matchFingerprint } from '../../keys/fingerprint.ts';
import type { PrivateKey } from '../../keys/private-key.ts';
import { samePublicKey } from '../../keys/public-key.ts';
import { bracketed, together } from '../../language/phrases.ts';
import { t, translated } from '../../language/t.ts';
import type { KeyPair } from '../../providers/types.ts';
import type { Session } from '../../session.ts';
import type { Intent } from '../../store/intent.ts';
import { fileNameProblem } from '../../store/names.ts';
import { printable } from '../../transport/sanitize.ts';
import type { Connection, Services } from '../connect.ts';
import { lookForName, whenMade } from '../create/lost-answer.ts';
import { findByName } from '../find-pair.ts';
import { keyDirectory } from '../key-directory.ts';
import { readPublicKey } from '../key-pair-result.ts';
import { wasMadeHere } from '../ledger.ts';
import { isAnotherSigner, signerOf } from '../signer.ts';
import { type Evidence, evidenceOf, type FoundKey, isInTheWay, keyIn } from './evidence.ts';
import { targetOf } from './target.ts';
import type { Remedy, Truth } from './unfinished.ts';

/** What was found out of one intent. */
export interface Findings {
  readonly truth: Truth;
  /** One line for people, safe to print. */
  readonly says: string;
  readonly remedies: readonly Remedy[];
  /** Null where the service could not be asked. */
  readonly connection: Connection | null;
  /** The pair of that name as it is in the cloud now. */
  readonly pair: KeyPair | null;
  /** The private key that belongs to it, or would if it were there. */
  readonly key: FoundKey | null;
  /** Where the private key should stand; null where no file can have that name. */
  readonly destination: string | null;
  readonly evidence: Evidence;
  /** Why the service could not be asked, or null. */
  readonly error: KeypairError | null;
}

/** A request may be carried out some time after its sender has died, in milliseconds. */
const STILL_WARM_MS = 30_000;

/**
 * Looks on this machine and in the cloud what has become of an intent. Changes nothing.
 *
 * @throws KeypairError `CANCELLED` when the user interrupts, and nothing else.
 */
export async function findOut(
  session: Session,
  services: Services,
  intent: Intent,
  signal: AbortSignal,
): Promise<Findings> {
  const destination = destinationOf(session, intent);
  const evidence = await evidenceOf(session, intent, destination);
  const base = { evidence, destination, connection: null, pair: null, key: null, error: null };
  let connection: Connection;
  let pair: KeyPair | null;
  let another: boolean;
  try {
    connection = await services.connect(await targetOf(session, intent));
    another = isAnotherSigner(intent.signer, await signerOf(connection.credentials, signal));
    const warm = session.context.now().getTime() - Date.parse(intent.startedAt) < STILL_WARM_MS;
    pair = await (warm ? lookForName : findByName)(connection, intent.name, signal);
  } catch (error) {
    if (session.context.interrupts.signal.aborted) {
      throw new KeypairError('CANCELLED', 'cancelled: nothing was changed', { cause: error });
    }
    const late = signal.aborted
      ? new KeypairError('UNAVAILABLE', 'the service did not answer in time')
      : error;
    return {
      ...base,
      ...untold(intent, evidence, late),
      error: late instanceof KeypairError ? late : null,
    };
  }
  const asked = { ...base, connection, pair };
  const key =
    pair === null
      ? strayKey(evidence)
      : (keyOf(evidence, pair, intent) ?? (await movedKey(session, pair, destination)));
  if (another && (pair === null || key === null)) {
    const error = anotherSigner();
    return { ...asked, ...untold(intent, evidence, error), error };
  }
  if (key !== null) return { ...asked, key, ...(await withKey(intent, pair, key, destination)) };
  const [unusable] = evidence.unusable;
  if (unusable !== undefined) {
    const { reason } = unusable;
    const file = printable(unusable.file);
    const says =
      pair === null
        ? t`${shown(intent)} is not in the cloud, and what came for it is no key that can be used (${reason}): it is in ${file}`
        : t`${shown(intent)} is in the cloud, and what came for it is no key that can be used (${reason}): it is in ${file}`;
    return { ...asked, truth: 'key unusable', says, remedies: [forget(unusable.file)] };
  }
  if (pair !== null && (await wasMadeHere(session, connection, pair))) {
    const says = t`${shown(intent)} was made by another create on this machine: it is not what was asked for`;
    return { ...asked, truth: 'not ours', says, remedies: [{ ...forget(), safe: true }] };
  }
  return { ...asked, ...withoutKey(intent, pair, evidence) };
}

type Verdict = Pick<Findings, 'truth' | 'says' | 'remedies'>;

function untold(intent: Intent, { keys, unusable }: Evidence, error: unknown): Verdict {
  const fate =
    error instanceof KeypairError
      ? t`what became of ${shown(intent)} cannot be told: ${printable(translated(error.message))}`
      : t`what became of ${shown(intent)} cannot be told`;
  const file = (keys[0] ?? unusable[0])?.file;
  const says = file === undefined ? fate : t`${fate}; what came for it is in ${printable(file)}`;
  return { truth: 'cannot tell', says, remedies: [forget(file)] };
}

/** What other credentials show, or do not show, may be of another account. */
function anotherSigner(): KeypairError {
  return new KeypairError(
    'AUTH',
    'it was begun with another access key than the one in use now, maybe of another account',
    { hints: ['use the credentials that it was begun with: their profile, or their variables'] },
  );
}

/** The key that came for a pair which is not in the cloud. Where none came, what has the key's name is another's. */
function strayKey({ keys, untouched }: Evidence): FoundKey | null {
  const kept = keys.find(({ settled }) => !settled);
  return kept ?? (untouched ? null : (keys[0] ?? null));
}

/** The first key that is the pair's; one that nobody can compare counts when our request made the pair. */
function keyOf({ keys }: Evidence, pair: KeyPair, intent: Intent): FoundKey | null {
  const fitting = keys.find(({ privateKey }) => fits(pair, privateKey) === true);
  if (fitting !== undefined) return fitting;
  if (whenMade(pair, new Date(intent.startedAt), intent.latestMs) !== 'meanwhile') return null;
  // Nobody but our create writes the temporary file; the key's own file may be another's by now.
  return keys.find(({ settled, privateKey }) => !settled && fits(pair, privateKey) === null) ?? null;
}

/** The pair's private key under a name that somebody else has given it. */
async function movedKey(
  session: Session,
  pair: KeyPair,
  destination: string | null,
): Promise<FoundKey | null> {
  const told = readPublicKey(pair.publicKey);
  if (told === null || destination === null) return null;
  return keyIn(session, path.dirname(destination), told);
}

/** Whether a private key is a pair's; null where the service tells nothing that it could be compared with. */
function fits(pair: KeyPair, privateKey: PrivateKey): boolean | null {
  const told = readPublicKey(pair.publicKey);
  if (told !== null) return samePublicKey(told, privateKey.publicKey);
  if (pair.fingerprint === null) return null;
  const dialects = fingerprintDialects(privateKey.publicKey, privateKey);
  return matchFingerprint(pair.fingerprint, dialects) === null ? null : true;
}

async function withKey(
  intent: Intent,
  pair: KeyPair | null,
  { file, settled }: FoundKey,
  destination: string | null,
): Promise<Verdict> {
  const name = shown(intent);
  const from = printable(file);
  const truth = 'key here';
  if (settled) {
    const says =
      pair === null
        ? t`${name} is not in the cloud any more; its private key is in ${from}`
        : t`${name} was made, and its private key is in ${from}`;
    return { truth, says, remedies: [{ id: 'clean', title: t`note that it is done`, safe: true }] };
  }
  const obstacle = destination === null ? null : await isInTheWay(destination);
  const free = destination !== null && obstacle === null;
  const to = printable(destination ?? '');
  if (pair === null) {
    const says =
      intent.action === 'create-local'
        ? t`${name} is not in the cloud; the private key that was made for it is in ${from}`
        : t`${name} is not in the cloud any more; the private key that was made for it is in ${from}`;
    const upload = t`upload its public half, and save its private key as ${to}`;
    return {
      truth,
      says,
      remedies: [
        ...(free ? [{ id: 'upload' as const, title: upload, safe: false }] : []),
        { id: 'clean', title: t`remove the private key, which opens nothing`, safe: false },
        forget(file),
      ],
    };
  }
  if (free) {
    const says = t`${name} was made, and its private key is safe in ${from}`;
    const title = t`save its private key as ${to}`;
    return { truth, says, remedies: [{ id: 'publish', title, safe: true }] };
  }
  const says =
    obstacle === null
      ? t`${name} was made, and its private key is safe in ${from}: move it to where you want it`
      : t`${name} was made, and its private key is safe in ${from}: move it to where you want it, since ${printable(obstacle)} stands in the way`;
  return { truth, says, remedies: [forget(file)] };
}

function withoutKey(intent: Intent, pair: KeyPair | null, { keys, untouched }: Evidence): Verdict {
  const name = shown(intent);
  if (pair === null) {
    const title = t`note that nothing was made`;
    return {
      truth: 'never made',
      says: t`${name} was not made`,
      remedies: [{ id: 'clean', title, safe: true }],
    };
  }
  const made = whenMade(pair, new Date(intent.startedAt), intent.latestMs);
  const at = pair.createdAt === null ? '' : t` (${printable(pair.createdAt, 40)})`;
  if (made === 'before') {
    const says = t`${name} was there before${at}: it is not what was asked for`;
    return { truth: 'not ours', says, remedies: [{ ...forget(), safe: true }] };
  }
  const other = keys.find(({ file }) => file === intent.temporaryFile);
  if (intent.action === 'create-local') {
    if (other === undefined && !untouched) return unclear(name, at);
    const says = t`${name} in the cloud has another key${at}: it is not what was made here`;
    if (other === undefined) return { truth: 'not ours', says, remedies: [{ ...forget(), safe: true }] };
    const title = t`remove ${printable(other.file)}, which opens nothing`;
    return { truth: 'not ours', says, remedies: [{ id: 'clean', title, safe: false }, forget(other.file)] };
  }
  if (made !== 'meanwhile') return unclear(name, at);
  if (other === undefined && !untouched && !intent.keyLost) {
    const says = t`${name} was made${at}, and its private key is not in ${printable(intent.temporaryFile)} any more: it was moved, or is lost`;
    return { truth: 'cannot tell', says, remedies: [forget()] };
  }
  const id = printable(pair.id ?? pair.name, 100);
  return {
    truth: other === undefined ? 'key lost' : 'key unusable',
    says:
      other === undefined
        ? t`${name} was made${at}, but its private key never reached this machine: it is lost`
        : t`${name} was made${at}, but the private key that came, in ${printable(other.file)}, is another one`,
    remedies: [
      { id: 'delete', title: t`delete ${id} in the cloud: nobody can log in with it`, safe: false },
      forget(other?.file),
    ],
  };
}

function unclear(name: string, at: string): Verdict {
  const says = t`${name} is in the cloud${at}, and whether this machine made it cannot be told: look in the provider's console`;
  return { truth: 'cannot tell', says, remedies: [forget()] };
}

function forget(file?: string): Remedy {
  const title =
    file === undefined ? t`forget it: the cloud stays as it is` : t`forget it: ${printable(file)} stays`;
  return { id: 'forget', title, safe: false };
}

/** `foo (tencent, ap-guangzhou)`, safe to print. */
function shown({ name, provider, region, sandbox }: Intent): string {
  const where = together([provider, region, ...(sandbox ? [t`sandbox`] : [])]);
  return bracketed(printable(name, 100), printable(where, 100));
}

/** Where the key was to stand; one that was meant for stdout goes to the key directory. */
function destinationOf(session: Session, { name, privateKeyFile }: Intent): string | null {
  const file = privateKeyFile ?? path.join(keyDirectory(session, undefined), path.basename(name));
  return fileNameProblem(path.basename(file), session.context.platform) === null ? file : null;
}
