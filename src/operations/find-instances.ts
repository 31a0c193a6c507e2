import type { Session } from '../cli/session.ts';
import { hasAbility } from '../cli/validate.ts';
import type { Connection } from '../connection/connect.ts';
import { KeypairError, withHints } from '../errors.ts';
import { joinList, t, withNote } from '../i18n/t.ts';
import type { Instance } from '../providers/types.ts';
import { cacheAllInstances } from './completion-cache.ts';

/**
 * The ids of the instances that the user named by id, name or address, each once. A text with the shape of an id is
 * taken as one, without a request. For other texts, the instances of the region are listed; if the service cannot list
 * them, all texts are ids.
 *
 * @throws KeypairError `NOT_FOUND` that lists everything not found; `CONFLICT` for a name or an address that several
 * instances have; and the errors of listing.
 */
export async function instanceIds(
  session: Session,
  connection: Connection,
  version: string,
  named: readonly string[],
): Promise<readonly string[]> {
  const { descriptor } = connection;
  const isId = (text: string): boolean => descriptor.isInstanceId?.(text) === true;
  if (named.every(isId) || !hasAbility(descriptor, version, 'instances')) return [...new Set(named)];
  const all = await instancesOrHint(session, connection);
  const found = named.map((text) =>
    isId(text) ? [text] : instancesMatching(text, all, (one) => one).map(({ id }) => id),
  );
  const absent = named.filter((_, index) => found[index]?.length === 0);
  if (absent.length > 0) throw noInstances(connection, absent);
  for (const [index, ids] of found.entries())
    if (ids.length > 1) throw ambiguous(connection, named[index] ?? '', ids, all);
  return [...new Set(found.flat())];
}

/** The instances with this id, name or address. An id wins over a name: a name may look like any other instance's id. */
export function instancesMatching<T>(text: string, all: readonly T[], instanceOf: (one: T) => Instance): readonly T[] {
  const byId = all.filter((one) => instanceOf(one).id === text);
  if (byId.length > 0) return byId;
  return all.filter((one) => {
    const { name, publicAddresses, privateAddresses } = instanceOf(one);
    return name === text || publicAddresses.includes(text) || privateAddresses.includes(text);
  });
}

/**
 * All instances of the region; none from a service that does not list them.
 *
 * @throws KeypairError as listing does.
 */
export async function instancesOf(session: Session, connection: Connection): Promise<readonly Instance[]> {
  const { provider } = connection;
  const { signal } = session.context.interrupts;
  return session.withSpinner(t`listing instances`, async () => {
    const all: Instance[] = [];
    for await (const instance of provider.listInstances?.({}, signal) ?? []) all.push(instance);
    await cacheAllInstances(session, connection, all);
    return all;
  });
}

async function instancesOrHint(session: Session, connection: Connection): Promise<readonly Instance[]> {
  try {
    return await instancesOf(session, connection);
  } catch (error) {
    if (!(error instanceof KeypairError) || error.code !== 'AUTH') throw error;
    throw withHints(error, [t`or give the ids of the instances: they need no permission to list instances`]);
  }
}

/** The error for instances that a service does not have. */
export function noInstances(
  { descriptor, region, flagsToReproduce }: Connection,
  absent: readonly string[],
): KeypairError {
  return new KeypairError('NOT_FOUND', t`${descriptor.title} has no instance ${joinList(absent)} in ${region}`, {
    provider: descriptor.id,
    region,
    hints: [
      t`see what is there with: keypair instances -p ${descriptor.id} -r ${flagsToReproduce}`,
      t`or look in another --region`,
    ],
  });
}

/** @param ids of the instances that the text may mean. */
function ambiguous(
  { descriptor, region }: Connection,
  text: string,
  ids: readonly string[],
  all: readonly Instance[],
): KeypairError {
  const shown = ids.map((id) => withNote(id, all.find((one) => one.id === id)?.state ?? null));
  return new KeypairError('CONFLICT', t`${ids.length} instances are called ${text} in ${region}: ${joinList(shown)}`, {
    provider: descriptor.id,
    region,
    hints: [t`choose one by its id`],
  });
}
