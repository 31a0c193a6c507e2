import { KeypairError } from '../errors.ts';
import { joinList, t, withNote } from '../i18n/t.ts';
import type { KeyPair, ListFilter } from '../providers/types.ts';
import type { Connection } from './connect.ts';

/**
 * The pair of exactly this name in one service, or null.
 *
 * @throws KeypairError `CONFLICT` where several have it; and what listing throws.
 */
export async function findByName(connection: Connection, name: string, signal: AbortSignal): Promise<KeyPair | null> {
  return theOnly(connection, name, await allOf(connection, { name }, signal));
}

/**
 * The pair of this name or id in one service.
 *
 * @param isMeant whether it is this one.
 * @throws KeypairError `NOT_FOUND`; `CONFLICT` as {@link findByName}; and what listing throws.
 */
export async function findPair(
  connection: Connection,
  text: string,
  signal: AbortSignal,
  isMeant: (pair: KeyPair) => Promise<boolean> = () => Promise.resolve(true),
): Promise<KeyPair> {
  const { descriptor, region, flagsToReproduce } = connection;
  const filter = descriptor.isId(text) ? { id: text } : { name: text };
  const pair = theOnly(connection, text, await allOf(connection, filter, signal));
  if (pair !== null && (await isMeant(pair))) return pair;
  throw new KeypairError('NOT_FOUND', t`${descriptor.title} has no key pair ${text} in ${region}`, {
    provider: descriptor.id,
    region,
    hints: [
      t`see what is there with: keypair list -p ${descriptor.id} -r ${flagsToReproduce}`,
      t`or look in another --region`,
    ],
  });
}

/**
 * The only one of the pairs that have a name, or null. On some services each project may have a pair of the same name:
 * then it is ambiguous.
 *
 * @throws KeypairError `CONFLICT` that names the ids of all.
 */
export function theOnly(
  { descriptor, region }: Pick<Connection, 'descriptor' | 'region'>,
  name: string,
  pairs: readonly KeyPair[],
): KeyPair | null {
  const [pair = null, ...more] = pairs;
  if (pair === null || more.length === 0) return pair;
  const shown = pairs.map(({ id, projectId }) =>
    withNote(id ?? '', projectId === null ? null : t`project ${projectId}`),
  );
  throw new KeypairError('CONFLICT', t`${pairs.length} key pairs are called ${name} in ${region}: ${joinList(shown)}`, {
    provider: descriptor.id,
    hints: [t`say which one by its id`],
  });
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

/**
 * Removes duplicates from lists of several regions: some services list a pair in every region of the account. Pairs
 * without ids belong to their region.
 */
export function distinct<T extends { readonly provider: string | null; readonly pair: KeyPair }>(
  found: readonly T[],
): readonly T[] {
  const seen = new Set<string>();
  return found.filter(({ provider, pair: { id } }) => {
    if (id === null) return true;
    const key = JSON.stringify([provider, id]);
    return seen.has(key) ? false : seen.add(key);
  });
}

async function allOf({ provider }: Connection, filter: ListFilter, signal: AbortSignal): Promise<readonly KeyPair[]> {
  const pairs: KeyPair[] = [];
  for await (const pair of provider.listKeyPairs(filter, signal)) pairs.push(pair);
  return pairs;
}
