import { sha256Fingerprint } from '../../keys/fingerprint.ts';
import type { PublicKey } from '../../keys/public-key.ts';
import { readPublicKey } from '../../operations/key-pair-record.ts';
import type { CheckInput } from './input.ts';

/** Which keys this program answers for: those that it made or uploaded here, and those that are pairs in the cloud. */
export async function ownKeys(input: CheckInput): Promise<(publicKey: PublicKey) => boolean> {
  const own = new Set<string>();
  for (const { made } of await input.ledger()) if (made.fingerprint !== null) own.add(made.fingerprint);
  const { services } = await input.cloud();
  for (const { pairs } of services) {
    for (const pair of pairs ?? []) {
      const publicKey = readPublicKey(pair.publicKey);
      if (publicKey !== null) own.add(sha256Fingerprint(publicKey));
    }
  }
  return (publicKey) => own.has(sha256Fingerprint(publicKey));
}
