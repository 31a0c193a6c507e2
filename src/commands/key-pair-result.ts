import type { PublicKey } from '../keys/public-key.ts';
import type { KeyPair } from '../providers/types.ts';
import type { Result } from '../session.ts';
import type { Style } from '../ui/color.ts';

/** The contract's key pair: what `--json` prints. Null is what the service does not tell, never a guess. */
export interface KeyPairJson {
  readonly provider: string;
  readonly region: string;
  readonly name: string;
  readonly id: string | null;
  readonly keyType: string;
  readonly bits: number;
  /** Of the public key, as `ssh-keygen -l` prints them: `SHA256:…` and `MD5:2a:…`. */
  readonly fingerprints: { readonly sha256: string; readonly md5: string };
  readonly providerFingerprint: string | null;
  /** One line of OpenSSH; its comment is the pair's name. */
  readonly publicKey: string;
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

/** Everything that is known of a pair, put together by the command that made or found it. */
export interface KnownPair {
  readonly provider: string;
  readonly region: string;
  readonly pair: KeyPair;
  readonly publicKey: PublicKey;
  readonly publicLine: string;
  readonly fingerprints: { readonly sha256: string; readonly md5: string };
  /** What the service's own fingerprint is, for people: `SHA1 of the public key`; null where that is not known. */
  readonly fingerprintDialect: string | null;
  readonly privateKeyPath: string | null;
  readonly publicKeyPath: string | null;
  readonly requestId: string | null;
  readonly sandbox: boolean;
}

/** A key pair in the contract's JSON. */
export function keyPairJson(known: KnownPair): KeyPairJson {
  const { pair, publicKey } = known;
  return {
    provider: known.provider,
    region: known.region,
    name: pair.name,
    id: pair.id,
    keyType: publicKey.keyType,
    bits: publicKey.bits,
    fingerprints: known.fingerprints,
    providerFingerprint: pair.fingerprint,
    publicKey: known.publicLine,
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

/** A key pair in all three forms; `--quiet` prints the path of its private key. */
export function keyPairResult(known: KnownPair, style: Style): Result {
  const { pair, publicKey, fingerprints } = known;
  const rows: readonly (readonly [string, string | null])[] = [
    ['id', pair.id],
    ['provider', `${known.provider}, ${known.region}${known.sandbox ? ' (sandbox)' : ''}`],
    ['type', `${publicKey.keyType.toUpperCase()} ${publicKey.bits}`],
    ['sha256', fingerprints.sha256],
    ['md5', fingerprints.md5],
    [
      'in the cloud',
      pair.fingerprint && `${pair.fingerprint} (${known.fingerprintDialect ?? 'unknown dialect'})`,
    ],
    ['private key', known.privateKeyPath],
    ['public key', known.publicKeyPath],
  ];
  const shown = rows.filter((row): row is readonly [string, string] => row[1] !== null);
  const lines = shown.map(([label, value]) => `  ${style.faint(label.padEnd(14))}${value}\n`);
  return {
    json: keyPairJson(known),
    text: `${style.strong(pair.name)}\n${lines.join('')}`,
    quiet: known.privateKeyPath ?? pair.name,
  };
}
