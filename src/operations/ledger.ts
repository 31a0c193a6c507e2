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

/** The key of a pair in the ledger. */
export function pairKeyOf(
  { descriptor, region, endpoint, credentials }: Target,
  { name, id }: Pick<KeyPair, 'name' | 'id'>,
): PairKey {
  // Only the sandbox has no credentials of the user.
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
 * Records that a pair was created or uploaded from this machine. Never throws.
 *
 * @param wroteFile whether this program wrote `privateKeyFile`. Only then may the file go to the trash.
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
 * Whether a command on this machine created the pair and completed. Compares the id or the key, since another pair may
 * have had the name. Never throws.
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

/** Removes a deleted pair. Never throws. */
export async function forgetPair({ context }: Session, target: Target, pair: KeyPair): Promise<void> {
  await removeFromLedger(stateDirectory(context), context.platform, pairKeyOf(target, pair));
}

/** Records the new name of a pair. Never throws. */
export async function renamePair({ context }: Session, target: Target, pair: KeyPair, name: string): Promise<void> {
  await renameInLedger(stateDirectory(context), context.platform, pairKeyOf(target, pair), name);
}

/** The pair that a text refers to. */
export interface PairReference {
  readonly given: string;
  /** The pair's name, or an id that the service accepts. */
  readonly text: string;
  /** The ledger's notes about an id that the service does not accept. The text means their pair. */
  readonly notes: readonly MadePair[];
}

/**
 * The pair that a text refers to. If the service does not accept the id, the ledger of the machine that created the
 * pair knows it. On other machines, this says that a name is needed.
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
 * Whether a listed pair is the one that the text refers to. For an id from the ledger, the service, the account and the
 * key must match the note, since another pair may have the name by now.
 *
 * @throws KeypairError `CONFLICT` if a pair with this name exists there but is not known to have this key.
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
  throw new KeypairError('CONFLICT', t`a pair named ${pair.name} exists, but it does not have the key of ${given}`, {
    provider: target.descriptor.id,
    hints: [t`if you mean the existing pair, give its name: ${pair.name}`],
  });
}
