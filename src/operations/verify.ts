import { KeypairError } from '../errors.ts';
import { fingerprintDialects, matchFingerprint } from '../keys/fingerprint.ts';
import type { PrivateKey } from '../keys/private-key.ts';
import { type PublicKey, samePublicKey } from '../keys/public-key.ts';
import { t } from '../i18n/t.ts';
import type { KeyPair } from '../providers/types.ts';
import type { Session } from '../cli/session.ts';
import type { Connection } from '../connection/connect.ts';
import { findByName } from '../connection/find-key-pair.ts';
import { readPublicKey } from './key-pair-record.ts';
import { warnIfWeak } from './weak-key.ts';

/**
 * Compares the private key that came with what the cloud says of the pair: the public key where it tells one, else
 * its fingerprint, in whatever dialect. Where the fingerprint fits none, the public key is asked for.
 *
 * Doubts are said on stderr and never cost the key; only a public key that is plainly another one is an error, since
 * the private key would open nothing.
 *
 * @param keptIn the file that holds the raw key, for the message.
 * @returns the dialect of the cloud's fingerprint, for people, or null where there is none that fits.
 * @throws KeypairError `PARTIAL` when the cloud's public key is another one.
 */
export async function checkAgainstCloud(
  session: Session,
  connection: Connection,
  name: string,
  pair: KeyPair,
  privateKey: PrivateKey,
  keptIn: string,
): Promise<string | null> {
  const { publicKey } = privateKey;
  if (pair.name !== name)
    session.warn(t`the service calls the pair ${JSON.stringify(pair.name)}, not ${name}`);
  warnIfWeak(session, publicKey);
  let told = readPublicKey(pair.publicKey);
  const dialect =
    pair.fingerprint === null
      ? null
      : matchFingerprint(pair.fingerprint, fingerprintDialects(publicKey, privateKey));
  if (told === null && dialect !== null) return dialect.title;
  if (told === null && pair.fingerprint !== null) {
    session.info(t`the service's fingerprint ${pair.fingerprint} fits this key in no known dialect`);
    told = await askForPublicKey(session, connection, name);
  }
  if (told === null) {
    session.warn(t`the service told nothing that the private key could be checked against`);
    return null;
  }
  if (samePublicKey(told, publicKey)) return dialect?.title ?? null;
  throw new KeypairError(
    'PARTIAL',
    t`the private key that came does not belong to the public key of ${name}`,
    {
      provider: connection.descriptor.id,
      hints: [
        t`what came is safe in ${keptIn}`,
        t`delete ${pair.id ?? name} in the cloud, then create it anew`,
      ],
    },
  );
}

async function askForPublicKey(
  session: Session,
  connection: Connection,
  name: string,
): Promise<PublicKey | null> {
  try {
    const pair = await findByName(connection, name, session.context.interrupts.signal);
    return pair && readPublicKey(pair.publicKey);
  } catch (error) {
    // The key is safe; that it could not be checked is said by the caller.
    if (!(error instanceof KeypairError)) throw error;
    return null;
  }
}
