import { KeypairError } from '../../errors.ts';
import { listed } from '../../language/phrases.ts';
import { t, translated } from '../../language/t.ts';
import type { KeyPair } from '../../providers/types.ts';
import type { Connection } from '../connect.ts';
import { theOnly } from '../find-pair.ts';

/**
 * The pairs of these names or ids, each once, in the order in which they were named. One is asked for by itself;
 * several are found in one walk over the list.
 *
 * @throws KeypairError `USAGE` for an empty name; `NOT_FOUND` that names all that are not there; `CONFLICT` for a name
 * that several have.
 */
export async function findPairs(
  connection: Connection,
  texts: readonly string[],
  signal: AbortSignal,
): Promise<readonly KeyPair[]> {
  const { descriptor, provider, region, regionWords } = connection;
  const [only = '', ...more] = texts;
  const filter = more.length > 0 ? {} : descriptor.isId(only) ? { id: only } : { name: only };
  const found = new Map<string, KeyPair[]>(texts.map((text) => [text, []]));
  for await (const pair of provider.listKeyPairs(filter, signal)) {
    for (const [text, pairs] of found) {
      if ((descriptor.isId(text) ? pair.id : pair.name) === text) pairs.push(pair);
    }
  }
  const absent = texts.filter((text) => found.get(text)?.length === 0);
  if (absent.length > 0) {
    throw new KeypairError(
      'NOT_FOUND',
      t`${translated(descriptor.title)} has no key pair ${listed(absent)} in ${region}`,
      {
        provider: descriptor.id,
        hints: [
          t`see what is there with: keypair list -p ${descriptor.id} -r ${regionWords}`,
          'or look in another --region',
        ],
      },
    );
  }
  // A pair may have been named twice, by its name and by its id.
  return [...new Set([...found].flatMap(([text, pairs]) => theOnly(connection, text, pairs) ?? []))];
}

/**
 * The ids of the instances that a pair is bound to; null where the service does not tell, or not to this account.
 *
 * @throws KeypairError `CANCELLED`.
 */
export async function boundInstances(
  { provider }: Connection,
  pair: KeyPair,
  signal: AbortSignal,
): Promise<readonly string[] | null> {
  if (pair.instances !== null || provider.listInstances === undefined) return pair.instances;
  const ids: string[] = [];
  try {
    for await (const { id } of provider.listInstances({ keyPair: pair }, signal)) ids.push(id);
    return ids;
  } catch (error) {
    // Whoever may delete key pairs need not have the right to see instances.
    if (error instanceof KeypairError && error.code !== 'CANCELLED') return null;
    throw error;
  }
}
