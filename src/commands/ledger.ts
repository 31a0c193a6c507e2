import { stateDirectory } from '../config/paths.ts';
import { sha256Fingerprint } from '../keys/fingerprint.ts';
import type { PublicKey } from '../keys/public-key.ts';
import { t } from '../language/t.ts';
import type { Descriptor, KeyPair } from '../providers/types.ts';
import type { Session } from '../session.ts';
import { forgetMade, noteMade, notesOf, type PairHandle, readLedger, renameMade } from '../store/ledger.ts';
import { readPublicKey } from './key-pair-result.ts';
import { signerOf } from './signer.ts';
import type { Target } from './target.ts';

/** Which pair of which cloud is meant, as the ledger has it. */
export function handleOf(
  { descriptor, region, endpoint, credentials }: Target,
  { name, id }: Pick<KeyPair, 'name' | 'id'>,
): PairHandle {
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
  await noteMade(stateDirectory(context), {
    ...handleOf(target, pair),
    fingerprint: publicKey === null ? null : sha256Fingerprint(publicKey),
    privateKeyFile,
    madeAt: context.now().toISOString(),
    profile: settings.profile.name,
    signer: await signerOf(target.credentials, context.interrupts.signal).catch(() => null),
    wroteFile,
  });
}

/**
 * Whether a pair of the cloud is one that a command on this machine has made, and has seen through to its end: by its
 * id or its key, since its name may have been another's. Never throws.
 */
export async function wasMadeHere({ context }: Session, target: Target, pair: KeyPair): Promise<boolean> {
  const handle = handleOf(target, pair);
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
  await forgetMade(stateDirectory(context), context.platform, handleOf(target, pair));
}

/** Notes the new name of a pair. Never throws. */
export async function renamePair(
  { context }: Session,
  target: Target,
  pair: KeyPair,
  name: string,
): Promise<void> {
  await renameMade(stateDirectory(context), context.platform, handleOf(target, pair), name);
}

/** The ids of ECS, which its lists do not tell. */
const UNLISTED_ID = /^ssh-[0-9a-z]{12,40}$/;

/**
 * The name of the pair that is meant by a text. An id that the service takes nowhere is known on the machine that made
 * the pair, by the ledger; elsewhere it is said that a name is needed.
 */
export async function nameMeant(
  { context, settings, note }: Session,
  providers: readonly Descriptor[],
  text: string,
): Promise<string> {
  if (!UNLISTED_ID.test(text) || !providers.some(({ id }) => id === 'aliyun')) return text;
  const made = (await readLedger(stateDirectory(context), context.platform)).find(
    (entry) => entry.made.id === text && entry.made.sandbox === settings.sandbox,
  );
  if (made !== undefined) return made.made.name;
  note(
    t`${text} looks like an id: Alibaba Cloud ECS lists none, and it was not made on this machine; give the name`,
  );
  return text;
}
