import path from 'node:path';
import { expandPath } from '../paths.ts';
import { Secret } from '../secret.ts';
import { KeypairError } from '../errors.ts';
import { KeyFormatError } from '../keys/format-error.ts';
import { glanceAtPrivateKey, type PrivateGlance } from '../keys/private-glance.ts';
import { parsePrivateKey } from '../keys/private-key.ts';
import { parsePublicKey, type PublicKey, samePublicKey } from '../keys/public-key.ts';
import { labelled } from '../i18n/phrases.ts';
import { t } from '../i18n/t.ts';
import { readSmallFile } from '../storage/key-directory.ts';
import type { Descriptor } from '../providers/types.ts';
import type { Session } from '../cli/session.ts';
import { shellWord } from '../shell-quote.ts';
import { isTaken } from '../storage/fs.ts';
import { bestType } from './local-pair-type.ts';
import { keyFileHints } from './read-keys.ts';
import { keyDirectory } from '../cli/key-directory.ts';
import { placeFlags } from '../connection/target.ts';
import { readKeyFile } from '../cli/read-input.ts';

/** The key that is to be uploaded, and what of it is known to lie beside its file. */
export interface GivenKey {
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
export async function readGivenKey(session: Session, file: string, fromPrivate: boolean): Promise<GivenKey> {
  const text = new Secret(await readKeyFile(session, file));
  const { context } = session;
  const absolute = file === '-' ? null : expandPath(file, context);
  if (fromPrivate) {
    const seen = glanceAtPrivateKey(text);
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

async function publicKeyIn(
  text: Secret,
  file: string,
  absolute: string | null,
  platform: string,
): Promise<PublicKey> {
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

function publicHalfOf(text: Secret, file: string, seen: PrivateGlance | null, platform: string): PublicKey {
  try {
    return parsePrivateKey(text).publicKey;
  } catch (error) {
    if (!(error instanceof KeyFormatError)) throw error;
    // OpenSSH's own container, and PuTTY's, have the public half in the clear.
    const isClosed = ['encrypted', 'putty', 'unsupported'].includes(error.reason);
    if (isClosed && seen !== null && seen.publicKey !== null) return seen.publicKey;
    throw new KeypairError('USAGE', labelled(shownName(file), error.message), {
      hints:
        error.reason === 'public-key'
          ? [t`leave --from-private out`]
          : keyFileHints(error.reason, file, platform),
      cause: error,
    });
  }
}

async function holding(file: string | null, publicKey: PublicKey): Promise<string | null> {
  if (file === null) return null;
  const reading = await readSmallFile(file);
  if (reading === null || reading === 'unreadable') return null;
  const seen = glanceAtPrivateKey(reading.text);
  if (seen?.refused !== null || seen.publicKey === null) return null;
  return samePublicKey(seen.publicKey, publicKey) ? file : null;
}

/**
 * Refuses a key that the service does not take.
 *
 * @throws KeypairError `USAGE` that offers a key which it does take.
 */
export async function checkKey(
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
