import { KeypairError } from '../errors.ts';
import { t, translated } from '../language/t.ts';
import type { KeyPair } from '../providers/types.ts';
import type { Connection } from './connect.ts';

/** The pair of exactly this name in one service, or null. */
export async function findByName(
  { provider }: Connection,
  name: string,
  signal: AbortSignal,
): Promise<KeyPair | null> {
  for await (const pair of provider.listKeyPairs({ name }, signal)) return pair;
  return null;
}

/**
 * The pair of this name or id in one service.
 *
 * @throws KeypairError `NOT_FOUND`, and what listing throws.
 */
export async function findPair(connection: Connection, text: string, signal: AbortSignal): Promise<KeyPair> {
  const { descriptor, provider, region, regionWords } = connection;
  const filter = descriptor.isId(text) ? { id: text } : { name: text };
  for await (const pair of provider.listKeyPairs(filter, signal)) return pair;
  throw new KeypairError(
    'NOT_FOUND',
    t`${translated(descriptor.title)} has no key pair ${text} in ${region}`,
    {
      provider: descriptor.id,
      hints: [
        t`see what is there with: keypair list -p ${descriptor.id} -r ${regionWords}`,
        'or look in another --region',
      ],
    },
  );
}
