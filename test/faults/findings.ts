import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Secret } from '../../src/secret.ts';
import { decryptedKey } from '../../src/keys/passphrase.ts';
import { parsePublicKey, samePublicKey } from '../../src/keys/public-key.ts';
import type { StoredPair } from '../../sandbox/repository.ts';
import type { Scenario } from './scenarios.ts';

/** What is found on the disk after a run. */
export interface Findings {
  /** What is wrong with `~/.ssh/foo` and `foo.pub`: each is absent or whole, whatever happened. */
  readonly broken: readonly string[];
  readonly published: boolean;
  readonly publicHalf: boolean;
  /** Files that hold the whole private key of the pair: the one under its name, or one that keeps it. */
  readonly holders: readonly string[];
  /** The journal's entries, parsed; one that is cut short is null. */
  readonly journal: readonly (Readonly<Record<string, unknown>> | null)[];
}

/**
 * Looks at a home directory.
 *
 * @param scenario with hard links disabled, the final names may be empty files: a claim.
 */
export function lookAt(
  home: string,
  pair: StoredPair | null,
  { always, passphrase = '', made }: Pick<Scenario, 'always' | 'passphrase' | 'made'>,
): Findings {
  const claims = always !== undefined;
  const final = path.join(home, '.ssh/foo');
  const stands = (file: string): boolean => existsSync(file) && !(claims && lstatSync(file).size === 0);
  const broken: string[] = [];
  const keys = filesBelow(home).filter((file) => holds(file, pair, passphrase));
  for (const file of keys) {
    if ((lstatSync(file).mode & 0o077) !== 0) broken.push(`others may read ${file}`);
  }
  const published = stands(final);
  if (published) {
    if (!keys.includes(final)) broken.push('foo is not the whole key of the pair');
    else if (!opensWithSshKeygen(final, pair, passphrase)) broken.push('ssh-keygen does not take foo');
    else if (passphrase !== '' && holds(final, pair)) broken.push('foo has no passphrase');
  }
  const open = passphrase === '' || made === 'cloud' ? [] : keys.filter((file) => holds(file, pair));
  if (open.length > 0) broken.push(`the key was written without its passphrase: ${open.join()}`);
  const publicHalf = stands(`${final}.pub`);
  if (publicHalf && !isPublicHalf(`${final}.pub`, pair)) broken.push('foo.pub is not the public half');
  if (publicHalf && !published) broken.push('foo.pub stands without foo');
  return { broken, published, publicHalf, holders: keys, journal: journalOf(home) };
}

function filesBelow(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
}

/**
 * Whether a file holds the private key of the pair: as it came, normalised or under the passphrase. Cut short, zeros may
 * follow it.
 */
export function holds(file: string, pair: StoredPair | null, passphrase = ''): boolean {
  if (pair === null) return false;
  const [text = ''] = readFileSync(file, 'latin1').split('\0');
  try {
    return samePublicKey(
      decryptedKey(new Secret(text), new Secret(passphrase)).publicKey,
      parsePublicKey(pair.publicKey),
    );
  } catch {
    return false;
  }
}

function opensWithSshKeygen(file: string, pair: StoredPair | null, passphrase: string): boolean {
  const told = execFileSync('ssh-keygen', ['-y', '-P', passphrase, '-f', file], { encoding: 'utf8' });
  return pair !== null && samePublicKey(parsePublicKey(told), parsePublicKey(pair.publicKey));
}

function isPublicHalf(file: string, pair: StoredPair | null): boolean {
  try {
    const own = parsePublicKey(readFileSync(file, 'utf8'));
    return pair !== null && samePublicKey(own, parsePublicKey(pair.publicKey));
  } catch {
    return false;
  }
}

function journalOf(home: string): Findings['journal'] {
  const directory = path.join(home, '.local/state/keypair/journal');
  if (!existsSync(directory)) return [];
  return readdirSync(directory).map((name) => {
    try {
      return JSON.parse(readFileSync(path.join(directory, name), 'utf8')) as Record<string, unknown>;
    } catch {
      return null;
    }
  });
}
