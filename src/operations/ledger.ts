import { stateDirectory } from '../paths.ts';
import { KeypairError } from '../errors.ts';
import { sha256Fingerprint } from '../keys/fingerprint.ts';
import type { PublicKey } from '../keys/public-key.ts';
import { t } from '../i18n/t.ts';
import type { Descriptor, KeyPair } from '../providers/types.ts';
import type { Session } from '../cli/session.ts';
import {
  removeFromLedger,
  isMade,
  type MadePair,
  addToLedger,
  notesOf,
  type PairKey,
  readLedger,
  renameInLedger,
} from '../storage/ledger-file.ts';
import { readPublicKey } from './key-pair-record.ts';
import { isOtherAccount, accountIdOf } from '../connection/connect.ts';
import type { Target } from '../connection/target.ts';

/** Which pair of which cloud is meant, as the ledger has it. */
export function pairKeyOf(
  { descriptor, region, endpoint, credentials }: Target,
  { name, id }: Pick<KeyPair, 'name' | 'id'>,
): PairKey {
  // The sandbox brings its own credentials; nothing else does without.
  return {
    provider: descriptor.id,
    region,
    endpoint: endpoint.origin,
    sandbox: credentials === null,
    name,
    id,
  };
}

/**
 * Notes that a pair was made or uploaded from this machine. Never throws.
 *
 * @param wroteFile whether this program wrote `privateKeyFile`: only then may it ever go to the trash.
 */
export async function rememberPair(
  { context, settings }: Session,
  target: Target,
  pair: Pick<KeyPair, 'name' | 'id'>,
  publicKey: PublicKey | null,
  privateKeyFile: string | null,
  wroteFile: boolean,
): Promise<void> {
  await addToLedger(stateDirectory(context), {
    ...pairKeyOf(target, pair),
    fingerprint: publicKey === null ? null : sha256Fingerprint(publicKey),
    privateKeyFile,
    madeAt: context.now().toISOString(),
    profile: settings.profile.name,
    signer: await accountIdOf(target.credentials, context.interrupts.signal).catch(() => null),
    wroteFile,
  });
}

/**
 * Whether a pair of the cloud is one that a command on this machine has made, and has seen through to its end: by its
 * id or its key, since its name may have been another's. Never throws.
 */
export async function isRecorded({ context }: Session, target: Target, pair: KeyPair): Promise<boolean> {
  const handle = pairKeyOf(target, pair);
  const publicKey = readPublicKey(pair.publicKey);
  const fingerprint = publicKey === null ? null : sha256Fingerprint(publicKey);
  return (await notesOf(stateDirectory(context), context.platform, handle)).some(({ made }) =>
    fingerprint !== null && made.fingerprint !== null
      ? made.fingerprint === fingerprint
      : made.id !== null && made.id === pair.id,
  );
}

/** Forgets a pair that was deleted. Never throws. */
export async function forgetPair({ context }: Session, target: Target, pair: KeyPair): Promise<void> {
  await removeFromLedger(stateDirectory(context), context.platform, pairKeyOf(target, pair));
}

/** Notes the new name of a pair. Never throws. */
export async function renamePair({ context }: Session, target: Target, pair: KeyPair, name: string): Promise<void> {
  await renameInLedger(stateDirectory(context), context.platform, pairKeyOf(target, pair), name);
}

/** Which pair a text means. */
export interface PairReference {
  readonly given: string;
  /** What the service knows it by: its name, or an id that it takes. */
  readonly text: string;
  /** What was noted of an id that the service takes nowhere: it means the one pair of the notes. */
  readonly notes: readonly MadePair[];
}

/**
 * Which pair is meant by a text. An id that the service takes nowhere is known on the machine that made the pair, by the
 * ledger; elsewhere it is said that a name is needed.
 */
export async function pairReference(
  { context, settings, info }: Session,
  providers: readonly Descriptor[],
  given: string,
): Promise<PairReference> {
  const service = providers.find((descriptor) => descriptor.isUnlistedId?.(given));
  if (service === undefined) return { given, text: given, notes: [] };
  const notes = (await readLedger(stateDirectory(context), context.platform))
    .map(({ made }) => made)
    .filter(({ id, sandbox }) => id === given && sandbox === settings.sandbox);
  if (notes.length === 0)
    info(t`${given} looks like an id: ${service.title} lists none, and it was not made on this machine; give the name`);
  return { given, text: notes[0]?.name ?? given, notes };
}

/**
 * Whether a pair that a service lists under the text is the one that is meant. One that was named by an id of the ledger
 * is where and whose its note says, and has the key that was noted: its name may be another pair's by now.
 *
 * @throws KeypairError `CONFLICT` where a pair of this name is in its place that is not known to have this key.
 */
export async function matchesReference(
  { context }: Session,
  target: Target,
  pair: KeyPair,
  { given, notes }: PairReference,
): Promise<boolean> {
  if (notes.length === 0) return true;
  const signer = await accountIdOf(target.credentials, context.interrupts.signal).catch(() => null);
  const handle = { ...pairKeyOf(target, pair), id: null };
  const here = notes.filter((made) => isMade(made, handle) && !isOtherAccount(made.signer, signer));
  if (here.length === 0) return false;
  const publicKey = readPublicKey(pair.publicKey);
  const fingerprint = publicKey === null ? null : sha256Fingerprint(publicKey);
  if (fingerprint !== null && here.some((made) => made.fingerprint === fingerprint)) return true;
  throw new KeypairError(
    'CONFLICT',
    t`a pair of the name ${pair.name} is there, but it does not have the key of ${given}`,
    {
      provider: target.descriptor.id,
      hints: [t`if you mean the pair that is there now, give its name: ${pair.name}`],
    },
  );
}
