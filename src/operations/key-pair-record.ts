import type { Result, Session } from '../cli/session.ts';
import { formatFacts, t, withNote } from '../i18n/t.ts';
import {
  fingerprintDialects,
  type Fingerprints,
  fingerprintsOf,
  matchFingerprint,
  md5Fingerprint,
  sha256Fingerprint,
} from '../keys/fingerprint.ts';
import { KeyFormatError } from '../keys/format-error.ts';
import type { PrivateKey } from '../keys/private-key.ts';
import { formatPublicKey, parsePublicKey, type PublicKey, samePublicKey } from '../keys/public-key.ts';
import type { KeyPair, KeyPairRef, Provider } from '../providers/types.ts';
import { printable } from '../sanitize.ts';
import type { Style } from '../ui/color.ts';
import { type Row, rowLines } from '../ui/table.ts';

/** The key pair that `--json` prints. An unknown value is null, never a guess. */
export interface KeyPairJson {
  readonly provider: string | null;
  readonly region: string | null;
  readonly name: string;
  readonly id: string | null;
  readonly keyType: string | null;
  readonly bits: number | null;
  /** Of the public key, as `ssh-keygen -l` prints them: `SHA256:…` and `MD5:2a:…`. */
  readonly fingerprints: Fingerprints | null;
  readonly providerFingerprint: string | null;
  /** One line of OpenSSH; its comment is the pair's name. */
  readonly publicKey: string | null;
  readonly createdAt: string | null;
  readonly description: string | null;
  readonly projectId: number | null;
  readonly tags: Readonly<Record<string, string>> | null;
  readonly instances: readonly string[] | null;
  readonly privateKeyPath: string | null;
  readonly publicKeyPath: string | null;
  readonly requestId: string | null;
  readonly sandbox: boolean;
}

/** Everything known about a pair, collected by the command that created or found it. */
export interface KnownPair {
  /** Null for a key that exists on this machine only. */
  readonly provider: string | null;
  readonly region: string | null;
  readonly pair: KeyPair;
  readonly publicKey: PublicKey | null;
  /**
   * The format of the service's own fingerprint, for people: `SHA1 of the public key`; null if not determined yet. The
   * public key may determine it.
   */
  readonly fingerprintDialect: string | null;
  readonly privateKeyPath: string | null;
  /** Why the place of the private key is unknown, for people; absent or null if it is known. */
  readonly privateKeyNote?: string | null;
  readonly publicKeyPath: string | null;
  readonly requestId: string | null;
  readonly sandbox: boolean;
}

/** Parses a public key of a service or a file; null if the text is none. */
export function readPublicKey(line: string | null): PublicKey | null {
  if (line === null) return null;
  try {
    return parsePublicKey(line);
  } catch (error) {
    if (error instanceof KeyFormatError) return null;
    throw error;
  }
}

/**
 * Whether a key belongs to a pair; null if the service returns nothing to compare it with.
 *
 * @param privateKey compares it with fingerprints of the private key, too.
 */
export function isKeyOf(pair: KeyPair, publicKey: PublicKey, privateKey?: PrivateKey): boolean | null {
  const told = readPublicKey(pair.publicKey);
  if (told !== null) return samePublicKey(told, publicKey);
  if (pair.fingerprint === null) return null;
  const dialects = fingerprintDialects(publicKey, privateKey);
  return matchFingerprint(pair.fingerprint, dialects) === null ? null : true;
}

/** The first pair of a service that has this key, or null. @throws KeypairError as listing does. */
export async function pairWithKey(
  provider: Pick<Provider, 'listKeyPairs'>,
  publicKey: PublicKey,
  signal: AbortSignal,
): Promise<KeyPair | null> {
  for await (const pair of provider.listKeyPairs({}, signal)) if (isKeyOf(pair, publicKey) === true) return pair;
  return null;
}

/** A pair of which nothing else is known. @param publicKey one line of OpenSSH, or null. */
export function barePair({ id, name }: KeyPairRef, publicKey: string | null): KeyPair {
  return {
    id,
    name,
    publicKey,
    fingerprint: null,
    createdAt: null,
    description: null,
    projectId: null,
    tags: null,
    instances: null,
  };
}

/** Whether a key is weak: RSA below 2048 bits (NIST SP 800-131A), or DSA, which OpenSSH 10 has dropped. */
export function isWeak({ keyType, bits }: Pick<PublicKey, 'keyType' | 'bits'>): boolean {
  return keyType === 'dsa' || (keyType === 'rsa' && bits < 2048);
}

/** Warns on stderr if a key is weak. */
export function warnIfWeak(session: Session, key: Pick<PublicKey, 'keyType' | 'bits'>): void {
  if (!isWeak(key)) return;
  session.warn(
    key.keyType === 'dsa'
      ? t`this is a DSA key, which is weak: OpenSSH no longer takes it`
      : t`this RSA key has only ${key.bits} bits, which is weak`,
  );
}

/** The JSON of a key pair. */
export function keyPairJson(known: KnownPair): KeyPairJson {
  const { pair, publicKey } = known;
  return {
    provider: known.provider,
    region: known.region,
    name: pair.name,
    id: pair.id,
    keyType: publicKey?.keyType ?? null,
    bits: publicKey?.bits ?? null,
    fingerprints: publicKey && fingerprintsOf(publicKey),
    providerFingerprint: pair.fingerprint,
    publicKey: publicKey && formatPublicKey(publicKey, pair.name),
    createdAt: pair.createdAt,
    description: pair.description,
    projectId: pair.projectId,
    tags: pair.tags,
    instances: pair.instances,
    privateKeyPath: known.privateKeyPath,
    publicKeyPath: known.publicKeyPath,
    requestId: known.requestId,
    sandbox: known.sandbox,
  };
}

/** Labels and values for people, without null values. */
export function keyPairRows(known: KnownPair): readonly Row[] {
  const { pair, publicKey } = known;
  const fingerprintDialect = known.fingerprintDialect ?? dialectByPublicKey(known);
  const dialect = fingerprintDialect ?? t`unknown dialect`;
  const where = formatFacts([known.provider, known.region].filter((part) => part !== null));
  return [
    [t`id`, pair.id],
    [t`provider`, where === '' ? null : known.sandbox ? t`${where} (sandbox)` : where],
    [t`type`, publicKey && `${publicKey.keyType.toUpperCase()} ${publicKey.bits}`],
    ['sha256', publicKey && sha256Fingerprint(publicKey)],
    ['md5', publicKey && md5Fingerprint(publicKey)],
    [t`in the cloud`, pair.fingerprint && withNote(pair.fingerprint, dialect)],
    [
      t`private key`,
      known.privateKeyPath === null ? (known.privateKeyNote ?? null) : printable(known.privateKeyPath, Infinity),
    ],
    [t`public key`, known.publicKeyPath && printable(known.publicKeyPath, Infinity)],
  ];
}

function dialectByPublicKey({ pair, publicKey }: KnownPair): string | null {
  if (publicKey === null || pair.fingerprint === null) return null;
  return matchFingerprint(pair.fingerprint, fingerprintDialects(publicKey))?.title ?? null;
}

/**
 * The result of a command about a key pair. `--quiet` prints the path of the private key, or the pair's name if the key
 * is not on this machine.
 *
 * @param first rows to show before the others.
 */
export function keyPairResult(known: KnownPair, style: Style, first: readonly Row[] = []): Result {
  return {
    json: keyPairJson(known),
    text: `${style.strong(known.pair.name)}\n${rowLines([...first, ...keyPairRows(known)], style)}`,
    quiet: known.privateKeyPath ?? known.pair.name,
  };
}
