import { KeypairError } from '../errors.ts';
import { joinList, t, withNote } from '../i18n/t.ts';
import type { KeyPair, ListFilter } from '../providers/types.ts';
import type { Connection } from './connect.ts';

/**
 * The pair with exactly this name in one service, or null.
 *
 * @throws KeypairError `CONFLICT` if several have it; and the errors of listing.
 */
export async function findByName(connection: Connection, name: string, signal: AbortSignal): Promise<KeyPair | null> {
  return theOnly(connection, name, await allOf(connection, { name }, signal));
}

/**
 * The pair with this name or id in one service.
 *
 * @param isMeant whether a pair matches.
 * @throws KeypairError `NOT_FOUND`; `CONFLICT` as {@link findByName}; and the errors of listing.
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
 * Checks that a name is free, as a service does when a pair gets it. For a dry run only: another may take it meanwhile.
 *
 * @param projectId where the pair would be: projects may have pairs of the same name.
 * @throws KeypairError `CONFLICT`; and the errors of listing.
 */
export async function checkNameFree(
  connection: Connection,
  name: string,
  projectId: number | null,
  signal: AbortSignal,
): Promise<void> {
  const { descriptor, region, flagsToReproduce } = connection;
  const there = await allOf(connection, { name }, signal);
  if (!there.some((pair) => pair.projectId === null || projectId === null || pair.projectId === projectId)) return;
  throw new KeypairError('CONFLICT', t`${descriptor.title} has a key pair ${name} in ${region} already`, {
    provider: descriptor.id,
    region,
    hints: [t`see what is there with: keypair list -p ${descriptor.id} -r ${flagsToReproduce}`],
  });
}

/**
 * The only one of the pairs with the same name, or null. On some services each project may have a pair of that name:
 * this is ambiguous.
 *
 * @throws KeypairError `CONFLICT` that names all ids.
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
    hints: [t`choose one by its id`],
  });
}

/**
 * The ids of the instances that a pair is bound to; null if the service does not list them, or not for this account.
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
    // Permission to delete key pairs does not include permission to list instances.
    if (error instanceof KeypairError && error.code !== 'CANCELLED') return null;
    throw error;
  }
}

/**
 * Removes duplicates from the lists of several regions: some services list a pair in every region of the account. Pairs
 * without ids are distinct in each region.
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
