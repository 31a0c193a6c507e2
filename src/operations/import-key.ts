import path from 'node:path';
import { providerAnswer } from '../cli/ask-provider.ts';
import { runBatch } from '../cli/batch.ts';
import { askFile, readKeyFile } from '../cli/read-input.ts';
import type { Session } from '../cli/session.ts';
import { keyDirectory } from '../cli/settings.ts';
import { checkAbility } from '../cli/validate.ts';
import { settleEverywhere, withRegion } from '../connection/all-regions.ts';
import { type Connection, withConnections } from '../connection/connect.ts';
import { placeFlags, type Target } from '../connection/target.ts';
import { KeypairError } from '../errors.ts';
import { joinList, t, withLabel } from '../i18n/t.ts';
import { KeyFormatError } from '../keys/format-error.ts';
import { parsePrivateKey } from '../keys/private-key.ts';
import { parsePublicKey, type PublicKey, samePublicKey } from '../keys/public-key.ts';
import { inspectPrivateKey, type PrivateKeyInfo } from '../keys/ssh-reads.ts';
import { expandPath } from '../paths.ts';
import type { CreateRequest, Descriptor } from '../providers/types.ts';
import { Secret } from '../secret.ts';
import { shellWord } from '../sanitize.ts';
import { isTaken } from '../storage/fs.ts';
import { readSmallFile } from '../storage/key-directory.ts';
import { cachePair } from './completion-cache.ts';
import { bestType } from './create-local.ts';
import { type KnownPair, warnIfWeak } from './key-pair-record.ts';
import { rememberPair } from './ledger.ts';
import { keysHere, privateHalfNote } from './local-keys.ts';
import { askName, type NewPairFlags, requestsFor } from './new-pair.ts';
import { keyFileHints } from './read-keys.ts';
import { knownFromUpload, uploadPublicKey } from './upload.ts';

/** Which key is uploaded, as the flags of `import` say it. */
interface ImportFlags extends NewPairFlags {
  readonly name?: string;
  readonly fromPrivate?: boolean;
  readonly keyDir?: string;
}

/** Regions that are dealt with at once: each has limits of its own. */
const AT_ONCE = 20;

/**
 * Uploads a public key: it is read and checked before the first call, and put into all regions at the same time.
 *
 * @param given `-` for stdin; null: it is asked for.
 * @throws KeypairError for what cannot be done; SeveralFailures.
 */
export async function importPairs(
  session: Session,
  given: string | null,
  flags: ImportFlags,
  show: (known: KnownPair) => Promise<void>,
): Promise<void> {
  const missing = [...(flags.name === undefined ? ['--name'] : []), ...(given === null ? ['FILE'] : [])];
  const descriptor = await providerAnswer(session, missing);
  const named = { ...descriptor, nameRule: descriptor.importNameRule ?? descriptor.nameRule };
  const name = flags.name ?? (await askName(session, named.nameRule));
  const file = given ?? (await askFile(session, t`Public key file:`));
  checkAbility(descriptor, flags.apiVersion ?? descriptor.apiVersions[0], 'import', 'import');
  const [request] = requestsFor(named, [name], flags, session.settings.profile);
  if (request === undefined) return;
  const { publicKey, privateKeyFile } = await readGivenKey(session, file, flags.fromPrivate === true);
  await checkKey(session, descriptor, name, publicKey, flags.keyDir);
  const { targets: all, failures } = await settleEverywhere(session, [descriptor], flags.apiVersion ?? null);
  // Where the service has no such region, nothing is uploaded.
  const targets = all.filter(({ everywhere }) => everywhere !== 'unlisted');
  const left = all.filter((target) => !targets.includes(target)).map(({ region }) => region);
  if (left.length > 0) session.warn(t`left out, since ${descriptor.id} does not list them: ${joinList(left)}`);
  const [failure] = failures;
  if (failure !== undefined) throw failure;
  if (descriptor.warning !== null) session.warn(descriptor.warning);
  warnIfWeak(session, publicKey);
  const local = await keysHere(session, keyDirectory(session, flags.keyDir));
  const here = local.find(publicKey);
  const paths = {
    privateKeyPath: here?.privateKeyFile ?? privateKeyFile,
    publicKeyPath: here?.publicKeyFile ?? null,
  };
  const [only, ...more] = targets;
  await withConnections(session, async (connections) => {
    const many = {
      items: targets,
      nameOf: ({ region }: Target) => region,
      doing:
        only !== undefined && more.length === 0
          ? t`uploading ${name} to ${only.region}`
          : t`uploading ${name} to ${targets.length} regions`,
      atOnce: AT_ONCE,
      // Regions may belong to accounts of their own (finance), or may not be open to this one.
      isFatal: () => false,
    };
    await runBatch(session, many, async (target, interrupted) => {
      try {
        const connection = await connections.connect(target);
        const known = await uploadTo(session, connection, request, publicKey, paths, interrupted);
        await show(known);
        await cachePair(session, connection, null, known);
      } catch (error) {
        throw targets.length > 1 && error instanceof KeypairError ? withRegion(target, error) : error;
      }
    });
  });
  if (targets.length === 1 && paths.privateKeyPath === null) {
    session.info(privateHalfNote(publicKey, local) ?? t`its private half is not on this machine`);
  }
}

/** One upload, whose outcome is waited for whatever the user presses. */
function uploadTo(
  session: Session,
  connection: Connection,
  request: CreateRequest,
  publicKey: PublicKey,
  paths: Pick<KnownPair, 'privateKeyPath' | 'publicKeyPath'>,
  interrupted: () => void,
): Promise<KnownPair> {
  const { context, settings } = session;
  const { interrupts } = context;
  if (interrupts.requested) throw new KeypairError('CANCELLED', t`cancelled: nothing was called`);
  return interrupts.hold(async () => {
    const uploaded = await uploadPublicKey(connection, request, publicKey, 0, interrupts.signal);
    await rememberPair(session, connection, uploaded.pair, publicKey, paths.privateKeyPath, false);
    return knownFromUpload(connection, uploaded, publicKey, paths, settings.sandbox);
  }, interrupted);
}

/** The key that is to be uploaded, and what of it is known to lie beside its file. */
interface GivenKey {
  readonly publicKey: PublicKey;
  /** The private half, where it is the file that was given, or the one beside it. */
  readonly privateKeyFile: string | null;
}

/**
 * Reads the key that is to be uploaded.
 *
 * @param file `-` for stdin.
 * @param fromPrivate whether it is the private half, from which the public one is derived.
 * @throws KeypairError `USAGE` for anything but one key of that half; no piece of the file is in it.
 */
async function readGivenKey(session: Session, file: string, fromPrivate: boolean): Promise<GivenKey> {
  const text = new Secret(await readKeyFile(session, file));
  const { context } = session;
  const absolute = file === '-' ? null : expandPath(file, context);
  if (fromPrivate) {
    const seen = inspectPrivateKey(text);
    const publicKey = publicHalfOf(text, file, seen, context.platform);
    return { publicKey, privateKeyFile: seen?.refused === null ? absolute : null };
  }
  const publicKey = await publicKeyIn(text, file, absolute, context.platform);
  const beside = absolute?.endsWith('.pub') === true ? absolute.slice(0, -'.pub'.length) : null;
  return { publicKey, privateKeyFile: await holding(beside, publicKey) };
}

function shownName(file: string): string {
  return file === '-' ? 'stdin' : file;
}

async function publicKeyIn(text: Secret, file: string, absolute: string | null, platform: string): Promise<PublicKey> {
  const shown = shownName(file);
  try {
    return parsePublicKey(text.reveal());
  } catch (error) {
    if (!(error instanceof KeyFormatError)) throw error;
    if (error.reason === 'private-key' || isPrivate(text)) {
      const hasPublicHalf = absolute !== null && (await isTaken(`${absolute}.pub`).catch(() => false));
      throw new KeypairError('USAGE', t`${shown} is a private key: nothing of it was sent or shown`, {
        hints: [
          ...(absolute === null ? [t`give its public half`] : []),
          ...(hasPublicHalf ? [t`give its public half: ${file}.pub`] : []),
          t`or add --from-private: the public half is derived here, and only that is sent`,
        ],
      });
    }
    throw new KeypairError('USAGE', t`${shown} holds no public key: ${error.message}`, {
      hints: keyFileHints(error.reason, file, platform),
      cause: error,
    });
  }
}

/** Also a private key without its armour, which is no public key by its looks either. */
function isPrivate(text: Secret): boolean {
  try {
    parsePrivateKey(text);
    return true;
  } catch (error) {
    return error instanceof KeyFormatError && ['encrypted', 'mismatch', 'damaged'].includes(error.reason);
  }
}

function publicHalfOf(text: Secret, file: string, seen: PrivateKeyInfo | null, platform: string): PublicKey {
  try {
    return parsePrivateKey(text).publicKey;
  } catch (error) {
    if (!(error instanceof KeyFormatError)) throw error;
    // OpenSSH's own container, and PuTTY's, have the public half in the clear.
    const isClosed = ['encrypted', 'putty', 'unsupported'].includes(error.reason);
    if (isClosed && seen !== null && seen.publicKey !== null) return seen.publicKey;
    throw new KeypairError('USAGE', withLabel(shownName(file), error.message), {
      hints: error.reason === 'public-key' ? [t`leave --from-private out`] : keyFileHints(error.reason, file, platform),
      cause: error,
    });
  }
}

async function holding(file: string | null, publicKey: PublicKey): Promise<string | null> {
  if (file === null) return null;
  const reading = await readSmallFile(file);
  if (reading === null || reading === 'unreadable') return null;
  const seen = inspectPrivateKey(reading.text);
  if (seen?.refused !== null || seen.publicKey === null) return null;
  return samePublicKey(seen.publicKey, publicKey) ? file : null;
}

/**
 * Refuses a key that the service does not take.
 *
 * @throws KeypairError `USAGE` that offers a key which it does take.
 */
async function checkKey(
  session: Session,
  descriptor: Descriptor,
  name: string,
  { keyType, bits, algorithm }: PublicKey,
  keyDir: string | undefined,
): Promise<void> {
  const { id, title, publicKeyRule } = descriptor;
  // The rules are about plain keys: no service documents keys on hardware tokens.
  if (publicKeyRule.accepts(keyType, bits) && !algorithm.startsWith('sk-')) return;
  const type = bestType(descriptor);
  const [family = '', size = ''] = type.split('-');
  const file = await freeFile(session, descriptor, name, family, keyDir);
  const free = path.basename(file);
  const words = [
    placeFlags(session, descriptor),
    ...(keyDir === undefined ? [] : ['--key-dir', shellWord(keyDir)]),
  ].join(' ');
  throw new KeypairError(
    'USAGE',
    t`${title} does not take this key (${algorithm}, ${bits} bits): ${publicKeyRule.sentence}`,
    {
      provider: id,
      hints: [
        t`make one that it takes: keypair create ${words} --local --type ${type} --name ${free}`,
        t`or: ssh-keygen -t ${family}${size === '' ? '' : ` -b ${size}`} -f ${shellWord(file)}`,
      ],
    },
  );
}

/** Where a new key may lie: under a name that the service takes, beside the key files that are there already. */
async function freeFile(
  session: Session,
  { nameRule }: Descriptor,
  name: string,
  family: string,
  keyDir: string | undefined,
): Promise<string> {
  const short = name.slice(0, 18);
  const names = [name, `${short}_${family}`, ...Array.from({ length: 9 }, (_, at) => `${short}_${at + 2}`)];
  const files = names
    .flatMap((one) => nameRule.suggest(one) ?? [])
    .map((one) => path.join(keyDirectory(session, keyDir), one));
  for (const file of files) if (!(await isTaken(file)) && !(await isTaken(`${file}.pub`))) return file;
  return path.join(keyDirectory(session, keyDir), `key_${family}`);
}
