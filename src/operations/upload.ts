import { causedBy, KeypairError } from '../errors.ts';
import { fingerprintDialects, matchFingerprint } from '../keys/fingerprint.ts';
import { formatPublicKey, type PublicKey, samePublicKey } from '../keys/public-key.ts';
import { t } from '../i18n/t.ts';
import type { CreateRequest, Descriptor, ImportedKeyPair, KeyPair } from '../providers/types.ts';
import type { Session } from '../cli/session.ts';
import type { Connection } from '../connection/connect.ts';
import { type KnownPair, readPublicKey } from './key-pair-record.ts';
import { lookForName } from './unknown-outcome.ts';

/** What the cloud has under the name of an upload. */
type Found = { readonly kind: 'ours'; readonly pair: KeyPair } | { readonly kind: 'another' | 'nothing' | 'unclear' };

/**
 * Uploads a public key. If the response is lost, looks the pair up by name: a pair with the same public key is ours. If
 * there is no pair, uploads again, at most `repeats` times. That is safe: names are unique, and the user has the
 * private key.
 *
 * @throws KeypairError the service's refusal, with outcome `none`: nothing was changed; `PARTIAL` with outcome
 * `unknown` if the result cannot be determined.
 */
export async function uploadPublicKey(
  connection: Connection,
  request: CreateRequest,
  publicKey: PublicKey,
  repeats: number,
  signal: AbortSignal,
): Promise<ImportedKeyPair> {
  const { name } = request;
  const whole = { ...request, publicKey: formatPublicKey(publicKey, name) };
  let lost: KeypairError | null = null;
  for (let left = repeats; ; left -= 1) {
    let error: KeypairError;
    try {
      return await connection.provider.importPublicKey(whole, signal);
    } catch (thrown) {
      error = thrown instanceof KeypairError ? thrown : unexpected(thrown);
    }
    // After a lost response, the refusal may be caused by the pair that the earlier request created.
    if (error.outcome === 'none' && lost === null) throw withOtherWays(error, connection.descriptor, publicKey);
    lost ??= error;
    const found = await findUploaded(connection, name, publicKey, signal);
    if (found.kind === 'ours') return { pair: found.pair, requestId: null };
    if (found.kind === 'nothing' && error.outcome === 'unknown' && left > 0) continue;
    throw uploadError(found.kind, name, lost);
  }
}

/** Whether the service documents keys of this kind. None documents keys on hardware tokens. */
export function isDocumented(
  { publicKeyRule }: Pick<Descriptor, 'publicKeyRule'>,
  { keyType, bits, algorithm }: PublicKey,
): boolean {
  return publicKeyRule.accepts(keyType, bits) && !algorithm.startsWith('sk-');
}

/** What to do with a key whose type the service's documents do not list. */
export function undocumentedHints(): readonly string[] {
  return [t`or add --undocumented: the documents may be older than the service, which then decides`, authorizeHint()];
}

function authorizeHint(): string {
  return t`running servers take keys of any type: ${'keypair authorize FILE INSTANCE'}`;
}

/** Says that the service has taken a key whose type its documents do not list. */
export function tellUndocumented(session: Session, { descriptor }: Connection, publicKey: PublicKey): void {
  if (isDocumented(descriptor, publicKey)) return;
  const { algorithm } = publicKey;
  session.warn(t`${descriptor.title} has taken this key (${algorithm}), although its documents do not list the type`);
}

/** The service's refusal of a key, with what to do where its documents do not list the type. */
function withOtherWays(error: KeypairError, descriptor: Descriptor, publicKey: PublicKey): KeypairError {
  if (error.code !== 'USAGE' || isDocumented(descriptor, publicKey)) return error;
  const { sentence } = descriptor.publicKeyRule;
  return new KeypairError('USAGE', error.message, {
    ...causedBy(error),
    outcome: error.outcome,
    hints: [t`use a key of a type that its documents list: ${sentence}`, authorizeHint()],
  });
}

/** The error for a bug in keypair, possibly after the response. */
function unexpected(cause: unknown): KeypairError {
  return new KeypairError('FAILURE', t`could not process the response`, { outcome: 'unknown', cause });
}

async function findUploaded(
  connection: Connection,
  name: string,
  publicKey: PublicKey,
  signal: AbortSignal,
): Promise<Found> {
  let pair: KeyPair | null;
  try {
    pair = await lookForName(connection, name, signal);
  } catch {
    // The lookup failed as well.
    return { kind: 'unclear' };
  }
  if (pair === null) return { kind: 'nothing' };
  const key = readPublicKey(pair.publicKey);
  if (key !== null) return samePublicKey(key, publicKey) ? { kind: 'ours', pair } : { kind: 'another' };
  const dialects = fingerprintDialects(publicKey);
  const ours = pair.fingerprint !== null && matchFingerprint(pair.fingerprint, dialects) !== null;
  return ours ? { kind: 'ours', pair } : { kind: 'unclear' };
}

function uploadError(found: 'another' | 'nothing' | 'unclear', name: string, lost: KeypairError): KeypairError {
  const about = causedBy(lost);
  const why = lost.message;
  switch (found) {
    case 'another':
      return new KeypairError('CONFLICT', t`another key has the name ${name}`, {
        ...about,
        outcome: 'none',
        hints: [t`choose another --name`],
      });
    case 'nothing':
      return new KeypairError('PARTIAL', t`${why}; no pair named ${name} exists now`, {
        ...about,
        outcome: 'unknown',
        hints: [t`try again; if the name is taken by then, the request was carried out late`],
      });
    case 'unclear':
      return new KeypairError('PARTIAL', t`${why}; cannot tell whether ${name} was uploaded`, {
        ...about,
        outcome: 'unknown',
        hints: [t`look for ${name} in the provider's console before you try again`],
      });
  }
}

/** An uploaded pair, with the paths of its keys on this machine. */
export function knownFromUpload(
  { descriptor, region }: Connection,
  { pair, requestId }: ImportedKeyPair,
  publicKey: PublicKey,
  paths: Pick<KnownPair, 'privateKeyPath' | 'publicKeyPath'>,
  sandbox: boolean,
): KnownPair {
  return {
    provider: descriptor.id,
    region,
    pair,
    publicKey,
    fingerprintDialect: null,
    ...paths,
    requestId,
    sandbox,
  };
}
