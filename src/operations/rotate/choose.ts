import type { Session } from '../../cli/session.ts';
import { keyDirectory } from '../../cli/settings.ts';
import type { Connection } from '../../connection/connect.ts';
import { KeypairError } from '../../errors.ts';
import { joinList, t } from '../../i18n/t.ts';
import { parsePublicKey } from '../../keys/public-key.ts';
import type { KeyPair } from '../../providers/types.ts';
import { instanceNamed, noInstance, shownName } from '../instance-login.ts';
import { pairWithKey } from '../key-pair-record.ts';
import { keysHere } from '../local-keys.ts';
import { changedOn, type FoundInstances, type PlacedInstance } from '../instances.ts';

/**
 * The instances to rotate: those that were named, else all that have the key. The cloud may name a pair long after
 * `rotate` or `revoke` took its key off, and knows nothing of what `authorize` or `rotate` put on a server.
 *
 * @param pair with its public key.
 * @returns with the other instances that have the key, for people.
 * @throws KeypairError `NOT_FOUND`
 */
export async function chooseInstances(
  session: Session,
  connection: Connection,
  pair: KeyPair & { readonly publicKey: string },
  named: readonly string[],
  found: FoundInstances,
): Promise<{ readonly chosen: readonly PlacedInstance[]; readonly others: readonly string[] }> {
  const told = await boundTo(session, connection, pair, found);
  const changed = await changedOn(session, connection, parsePublicKey(pair.publicKey));
  const listed = found.instances.map(({ instance }) => instance.id).filter((id) => changed.get(id) === 'on');
  const bound = [...new Set([...told.filter((id) => changed.get(id) !== 'off'), ...listed])];
  const left = told.filter((id) => changed.get(id) === 'off');
  const chosen = chosenOf(connection, pair, named, found, { bound, left });
  const others = bound
    .filter((id) => !chosen.some(({ instance }) => instance.id === id))
    .map((id) => {
      const placed = found.instances.find(({ instance }) => instance.id === id);
      return placed === undefined ? id : shownName(placed);
    });
  return { chosen, others };
}

/** The instances that the service shows to have the pair. */
async function boundTo(
  session: Session,
  { provider }: Connection,
  pair: KeyPair,
  { instances }: FoundInstances,
): Promise<readonly string[]> {
  const ids = new Set(pair.instances ?? []);
  let untold = false;
  for (const { instance } of instances) {
    if (instance.keyPairs === null) untold = true;
    else if (instance.keyPairs.some((key) => key === pair.id || key === pair.name)) ids.add(instance.id);
  }
  if (untold && provider.listInstances !== undefined) {
    const { signal } = session.context.interrupts;
    for await (const { id } of provider.listInstances({ keyPair: pair }, signal)) ids.add(id);
  }
  return [...ids];
}

function chosenOf(
  connection: Connection,
  { name }: KeyPair,
  named: readonly string[],
  found: FoundInstances,
  { bound, left }: { readonly bound: readonly string[]; readonly left: readonly string[] },
): readonly PlacedInstance[] {
  if (named.length > 0) {
    const chosen = named.map((text) => {
      const placed = instanceNamed(found, text);
      if (placed === null) throw noInstance([connection], text);
      return placed;
    });
    return [...new Set(chosen)];
  }
  const chosen = found.instances.filter(({ instance }) => bound.includes(instance.id));
  if (chosen.length > 0) return chosen;
  const { descriptor, region, flagsToReproduce } = connection;
  if (left.length > 0) {
    const shown = found.instances.filter(({ instance }) => left.includes(instance.id)).map(shownName);
    throw new KeypairError(
      'NOT_FOUND',
      t`only the cloud still names ${name} for ${joinList(shown)}: keypair has taken its key off`,
      {
        provider: descriptor.id,
        region,
        hints: [
          t`rotate the key pair that opens it now: see them with keypair list -p ${descriptor.id} -r ${flagsToReproduce}`,
        ],
      },
    );
  }
  throw new KeypairError('NOT_FOUND', t`${name} is bound to no instance in ${region}`, {
    provider: descriptor.id,
    region,
    hints: [
      t`name the instances that have its key: see them with keypair instances -p ${descriptor.id} -r ${flagsToReproduce}`,
    ],
  });
}

/**
 * The pair whose private key has this name here. After a rotation the new key has the file of the old one, and its pair
 * may have another name in the cloud.
 *
 * @param error why no pair of this name was found.
 */
export async function pairOfKeyHere(
  session: Session,
  { provider }: Connection,
  name: string,
  keyDir: string | undefined,
  error: unknown,
): Promise<KeyPair | null> {
  if (!(error instanceof KeypairError) || error.code !== 'NOT_FOUND') return null;
  const key = (await keysHere(session, keyDirectory(session, keyDir))).named(name)?.publicKey ?? null;
  if (key === null) return null;
  const pair = await pairWithKey(provider, key, session.context.interrupts.signal);
  if (pair !== null) session.info(t`the key ${name} belongs to the key pair ${pair.name}`);
  return pair;
}
