import { setTimeout as sleep } from 'node:timers/promises';
import { KeypairError } from '../errors.ts';
import { t } from '../i18n/t.ts';
import { samePublicKey } from '../keys/public-key.ts';
import type { KeyPair } from '../providers/types.ts';
import { type BindState, type BindTask, bindStates, type Direction, untilDone } from './binding.ts';
import { shownName } from './instance-login.ts';
import { readPublicKey } from './key-pair-record.ts';
import type { KeyOnServer, Server, ServerKey, ServerParts } from './server.ts';

/** A server whose keys the service changes while it runs, for one login user at a time (Lighthouse). */
export function onlineServer(parts: ServerParts): Server {
  const { placed, connection, user, session } = parts;
  const { id } = placed.instance;
  const { signal } = session.context.interrupts;

  const usersOf = ({ instances, loginUsers }: KeyPair): readonly (string | null)[] =>
    instances?.includes(id) === true ? [loginUsers?.[id] ?? null] : [];
  // Bound the other way, a key has no user.
  const isFor = (one: string, pair: KeyPair): boolean => usersOf(pair).some((told) => told === null || told === one);
  const bind = async (direction: Direction, { pair }: ServerKey): Promise<{ readonly changed: boolean }> => {
    if (pair === null) {
      throw new KeypairError('CONFLICT', t`${connection.descriptor.title} has no key pair with this key`, {
        hints: [t`upload it with keypair import, or choose another way: --via agent`],
      });
    }
    const task: BindTask = { direction, pair, options: { forceStop: false, onlineUser: user } };
    const filter = pair.id === null ? { name: pair.name } : { id: pair.id };
    let isBound = false;
    for await (const told of connection.provider.listKeyPairs(filter, signal))
      if (told.id === pair.id && told.name === pair.name) isBound = isFor(user, told);
    if (isBound === (direction === 'attach')) return { changed: false };
    await request(parts, task);
    return { changed: true };
  };
  return {
    placed,
    connection,
    via: 'online',
    user,
    async look(publicKey) {
      const users: (string | null)[] = [];
      let presence: KeyOnServer['presence'] = 'unknown';
      for await (const pair of connection.provider.listKeyPairs({}, signal)) {
        const told = readPublicKey(pair.publicKey);
        if (told === null || !samePublicKey(told, publicKey)) continue;
        users.push(...usersOf(pair));
        if (presence !== 'present') presence = isFor(user, pair) ? 'present' : 'absent';
      }
      return { presence, otherUsers: users.flatMap((one) => (one === null || one === user ? [] : [one])) };
    },
    add: async (key) => ({ ...(await bind('attach', key)), expires: null }),
    remove: (key) => bind('detach', key),
    prove: (privateKeyPath, publicKey) => parts.prove(privateKeyPath, publicKey, []),
  };
}

/** Sends one request, and waits until the service shows that it is done. */
async function request({ session, connection, placed }: ServerParts, task: BindTask): Promise<void> {
  const { provider } = connection;
  const { id } = placed.instance;
  const { interrupts } = session.context;
  const signal = AbortSignal.any([interrupts.signal, interrupts.overdue]);
  const [outcome] = (await provider[`${task.direction}KeyPair`]?.(task.pair, [id], task.options, signal)) ?? [];
  const refusal = outcome?.error ?? null;
  if (refusal !== null && refusal.outcome === 'none') throw refusal;
  const watch = {
    look: (ids: readonly string[]) => bindStates(provider, task, ids, signal),
    pause: (ms: number) =>
      sleep(ms, undefined, { signal }).catch(() => {
        throw new KeypairError('CANCELLED', t`cancelled: did not wait for the outcome`, { outcome: 'unknown' });
      }),
  };
  let last: BindState | null = null;
  for await (const state of untilDone([id], watch)) last = state;
  if (last?.progress === 'done') return;
  throw (
    refusal ??
    new KeypairError('UNAVAILABLE', t`the service did not finish changing the keys of ${shownName(placed)}`, {
      outcome: 'unknown',
    })
  );
}
