import path from 'node:path';
import { providerAnswer } from '../cli/ask-provider.ts';
import { runBatch } from '../cli/batch.ts';
import { askFile, readKeyFile } from '../cli/read-input.ts';
import type { Session } from '../cli/session.ts';
import { keyDirectory } from '../cli/settings.ts';
import { checkAbility } from '../cli/validate.ts';
import { settleEverywhere, withRegion } from '../connection/all-regions.ts';
import { type Connection, withConnections } from '../connection/connect.ts';
import { checkNameFree } from '../connection/find-key-pair.ts';
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
import { isDocumented, knownFromUpload, tellUndocumented, undocumentedHints, uploadPublicKey } from './upload.ts';

/** The flags of `import`. */
interface ImportFlags extends NewPairFlags {
  readonly name?: string;
  readonly fromPrivate?: boolean;
  readonly undocumented?: boolean;
  readonly keyDir?: string;
  readonly dryRun?: boolean;
}

/** Shows an upload. */
interface ShowImport {
  readonly uploaded: (known: KnownPair) => Promise<void>;
  /** In a dry run. */
  readonly planned: (connection: Connection, request: CreateRequest, key: PublicKey, files: KeyPaths) => void;
}

type KeyPaths = Pick<KnownPair, 'privateKeyPath' | 'publicKeyPath'>;

/** How many regions to upload to at once. Each has its own rate limit. */
const AT_ONCE = 20;

/**
 * Uploads a public key to all selected regions at once. Reads and checks it before the first call.
 *
 * @param given `-` for stdin; null: ask for the file.
 * @throws KeypairError, SeveralFailures.
 */
export async function importPairs(
  session: Session,
  given: string | null,
  flags: ImportFlags,
  show: ShowImport,
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
  if (flags.undocumented !== true) await checkKey(session, descriptor, name, publicKey, flags.keyDir);
  const { targets: all, failures } = await settleEverywhere(session, [descriptor], flags.apiVersion ?? null);
  // Skip regions that the service does not list.
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
      // A region may need a separate account (finance) or may not be open to this one.
      isFatal: () => false,
    };
    await runBatch(session, many, async (target, interrupted) => {
      try {
        const connection = await connections.connect(target);
        if (flags.dryRun === true) {
          const projectId = descriptor.abilities.project === false ? null : request.projectId;
          await checkNameFree(connection, name, projectId, session.context.interrupts.signal);
          show.planned(connection, request, publicKey, paths);
          return;
        }
        const known = await uploadTo(session, connection, request, publicKey, paths, interrupted);
        await show.uploaded(known);
        await cachePair(session, connection, null, known);
      } catch (error) {
        throw targets.length > 1 && error instanceof KeypairError ? withRegion(target, error) : error;
      }
    });
  });
  if (targets.length === 1 && paths.privateKeyPath === null) {
    session.info(privateHalfNote(publicKey, local) ?? t`its private key is not on this machine`);
  }
}

/** Uploads to one region. Ctrl-C does not interrupt a request that was sent. */
function uploadTo(
  session: Session,
  connection: Connection,
  request: CreateRequest,
  publicKey: PublicKey,
  paths: KeyPaths,
  interrupted: () => void,
): Promise<KnownPair> {
  const { context, settings } = session;
  const { interrupts } = context;
  if (interrupts.requested) throw new KeypairError('CANCELLED', t`cancelled: nothing was called`);
  return interrupts.hold(async () => {
    const uploaded = await uploadPublicKey(connection, request, publicKey, 0, interrupts.signal);
    tellUndocumented(session, connection, publicKey);
    await rememberPair(session, connection, uploaded.pair, publicKey, paths.privateKeyPath, false);
    return knownFromUpload(connection, uploaded, publicKey, paths, settings.sandbox);
  }, interrupted);
}

/** The key to upload, and its files on this machine. */
interface GivenKey {
  readonly publicKey: PublicKey;
  /** The private key's file, if it is the given file or lies beside it. */
  readonly privateKeyFile: string | null;
}

/**
 * Reads the key to upload.
 *
 * @param file `-` for stdin.
 * @param fromPrivate whether the file is a private key, from which to derive the public key.
 * @throws KeypairError `USAGE` for anything but one key of that kind. It contains no part of the file.
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
          ...(absolute === null ? [t`give its public key`] : []),
          ...(hasPublicHalf ? [t`give its public key: ${file}.pub`] : []),
          t`or add --from-private: the public key is derived here, and only that is sent`,
        ],
      });
    }
    throw new KeypairError('USAGE', t`${shown} holds no public key: ${error.message}`, {
      hints: keyFileHints(error.reason, file, platform),
      cause: error,
    });
  }
}

/** Whether a text is a private key, even one without armour. */
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
    // OpenSSH's and PuTTY's formats store the public key unencrypted.
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
 * Refuses a key that the service does not accept.
 *
 * @throws KeypairError `USAGE` that suggests a key which it accepts.
 */
async function checkKey(
  session: Session,
  descriptor: Descriptor,
  name: string,
  publicKey: PublicKey,
  keyDir: string | undefined,
): Promise<void> {
  if (isDocumented(descriptor, publicKey)) return;
  const { bits, algorithm } = publicKey;
  const { id, title, publicKeyRule } = descriptor;
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
        ...undocumentedHints(),
      ],
    },
  );
}

/** A free file for a new key, with a name that the service accepts, in the same directory. */
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
