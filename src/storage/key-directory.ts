import { lstat, readdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import { glanceAtPrivateKey, type PrivateGlance } from '../keys/private-glance.ts';
import { parsePublicKey, samePublicKey, type PublicKey } from '../keys/public-key.ts';
import { errorCode, isTemporaryName } from './fs.ts';
import { readSmallFile } from './read-key-file.ts';
import { indexed, type LocalKey, type LocalKeys } from './key-index.ts';

interface PrivateHalf extends PrivateGlance {
  readonly name: string;
  readonly file: string;
  readonly mode: number;
  readonly link: boolean;
}

/** A file that may be a half of a key pair. */
interface Candidate {
  readonly file: string;
  readonly link: boolean;
}

interface PublicHalf {
  readonly file: string;
  readonly publicKey: PublicKey;
}

/** Files that are read at once: more gains nothing, and a limit on open files may be as low as 256. */
const AT_ONCE = 32;

/**
 * The key pairs in a directory: private keys, encrypted or not, of which those that OpenSSH does not read are told apart,
 * and public keys in files that end in `.pub`. Directories in it are not entered. A link is followed, as ssh follows it: people keep
 * their keys in one place and link to them.
 *
 * Whether a private key fits its public half is not proved here. A `.pub` beside a private key belongs to it unless
 * the private key itself says otherwise; then they are two entries.
 *
 * Whatever lies there, it neither throws nor waits; a directory that is not there has no keys.
 *
 * @param directory an absolute path.
 * @param elsewhere private key files that may be in other directories: they and their public halves count as well.
 */
export async function readLocalKeys(
  directory: string,
  platform: string,
  elsewhere: readonly string[] = [],
): Promise<LocalKeys> {
  const unreadable: string[] = [];
  const privates: PrivateHalf[] = [];
  const publics = new Map<string, PublicHalf>();
  const inside = await entriesIn(directory, unreadable);
  const queue = [...(await outside(elsewhere, directory)), ...inside].values();
  const work = async (): Promise<void> => {
    for (const { file, link } of queue) {
      const reading = await readSmallFile(file);
      if (reading === 'unreadable') unreadable.push(file);
      if (reading === null || reading === 'unreadable') continue;
      const { text, mode } = reading;
      if (file.endsWith('.pub')) {
        const publicKey = publicKeyIn(text.reveal());
        if (publicKey !== null) publics.set(file.slice(0, -'.pub'.length), { file, publicKey });
      } else {
        const seen = glanceAtPrivateKey(text);
        if (seen !== null) privates.push({ name: path.basename(file), file, mode, link, ...seen });
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));

  const pairs = privates.map((half) => {
    const beside = publics.get(half.file);
    const own = beside !== undefined && belongsTo(half, beside) ? beside : null;
    if (own !== null) publics.delete(half.file);
    return pairOf(half, own, platform);
  });
  const alone = [...publics].map(([file, half]) => publicOnly(path.basename(file), half));
  const isInside = ({ privateKeyFile, publicKeyFile }: LocalKey): boolean =>
    path.dirname(privateKeyFile ?? publicKeyFile ?? '') === directory;
  const all = [...pairs, ...alone];
  // Of two that are worth the same the one in the key directory counts: the last.
  return indexed([...all.filter((key) => !isInside(key)), ...all.filter(isInside)], unreadable);
}

/** The key files in other directories that are there; another path to the same directory is none. */
async function outside(files: readonly string[], directory: string): Promise<readonly Candidate[]> {
  const real = new Map<string, Promise<string | null>>();
  const realOf = (place: string): Promise<string | null> => {
    const known = real.get(place) ?? realpath(place).catch(() => null);
    real.set(place, known);
    return known;
  };
  const found: Candidate[] = [];
  for (const file of new Set(files)) {
    const place = path.dirname(file);
    if (place === directory || (await realOf(place)) === null) continue;
    if ((await realOf(place)) === (await realOf(directory))) continue;
    for (const half of [file, `${file}.pub`]) {
      const stands = await lstat(half).catch(() => null);
      if (stands?.isFile() === true || stands?.isSymbolicLink() === true)
        found.push({ file: half, link: stands.isSymbolicLink() });
    }
  }
  return found;
}

async function entriesIn(directory: string, unreadable: string[]): Promise<readonly Candidate[]> {
  try {
    const entries = await readdir(directory, { withFileTypes: true });
    return entries
      .filter((entry) => (entry.isFile() || entry.isSymbolicLink()) && !isTemporaryName(entry.name))
      .map((entry) => ({ file: path.join(directory, entry.name), link: entry.isSymbolicLink() }));
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') unreadable.push(directory);
    return [];
  }
}

function publicKeyIn(text: string): PublicKey | null {
  try {
    return parsePublicKey(text);
  } catch {
    return null;
  }
}

function belongsTo({ publicKey }: PrivateHalf, beside: PublicHalf): boolean {
  return publicKey === null || samePublicKey(publicKey, beside.publicKey);
}

function pairOf(half: PrivateHalf, beside: PublicHalf | null, platform: string): LocalKey {
  return {
    name: half.name,
    privateKeyFile: half.refused === null ? half.file : null,
    refused: half.refused === null ? null : { file: half.file, reason: half.refused },
    publicKeyFile: beside?.file ?? null,
    // The public file has the comment.
    publicKey: beside?.publicKey ?? half.publicKey,
    mode: platform === 'win32' ? null : half.mode,
    encrypted: half.encrypted,
    link: half.link,
  };
}

function publicOnly(name: string, { file, publicKey }: PublicHalf): LocalKey {
  return {
    name,
    privateKeyFile: null,
    refused: null,
    publicKeyFile: file,
    publicKey,
    mode: null,
    encrypted: false,
    link: false,
  };
}
