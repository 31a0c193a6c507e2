import { randomBytes } from 'node:crypto';
import { KeypairError } from '../../src/errors.ts';
import type { BindOptions, Instance, KeyPairRef, Provider } from '../../src/providers/types.ts';
import { attachLines } from './had-keys.ts';
import { can, check, type Side, step, wrong } from './side.ts';

/** How long it may take to bind, unbind and bind again, in milliseconds. */
const LONGEST_MS = 600_000;

/** What the script prints. It changes nothing. */
export const SCRIPT = 'echo kplive';

/** What is done with the instance that the user has named: a script that changes nothing, and a key for a moment. */
export async function checkInstance(side: Side, id: string, pair: KeyPairRef): Promise<void> {
  side.known.sent(id, '[instance]');
  const found = await step(side, 'look at the instance', () => look(side.here.provider, id, side.signal));
  if (found === null) return;
  if (can(side, 'runCommand')) await step(side, 'run a script', () => runScript(side, found));
  const bind = howToBind(side, found);
  if (typeof bind === 'string') side.facts.set('binding to the instance', `left out: ${bind}`);
  else await step(side, 'attach and detach', () => attachAndDetach(side, found, pair, bind));
}

/** The instance with this id. @throws KeypairError `NOT_FOUND` */
export async function look(provider: Provider, id: string, signal: AbortSignal): Promise<Instance> {
  for await (const instance of provider.listInstances?.({ ids: [id] }, signal) ?? []) return instance;
  throw new KeypairError('NOT_FOUND', `there is no instance ${id} in this region`);
}

/** Whether an instance runs, whatever the service calls it. */
export function isOn({ state }: Instance): boolean {
  return /^running$/i.test(state ?? '');
}

async function runScript(side: Side, { id, loginUser }: Instance): Promise<void> {
  const { here, signal, facts } = side;
  const { agentStates, tryScript, startScript, scriptResults } = here.provider;
  if (!agentStates || !tryScript || !startScript || !scriptResults) throw wrong('the service runs no scripts');
  const [agent] = await agentStates([id], signal);
  facts.set('agent on the instance', agent?.state ?? 'not told');
  const marker = `kplive-${randomBytes(6).toString('hex')}`;
  const script = { text: SCRIPT, user: loginUser ?? 'root', marker, timeoutSeconds: 30 };
  if (agent?.state !== 'online') return;
  check(await tryScript(script, [id], signal));
  const [started] = await startScript(script, [id], signal);
  if (started?.error != null) throw started.error;
  if (started?.run == null) throw wrong('the service did not say which run it started');
  const { run } = started;
  const { state, exitCode } = await side.recorder.poll(side.pollMs, signal, async () => {
    const [result] = await scriptResults(run, [id], signal);
    return result === undefined || result.state === 'under way' ? null : result;
  });
  facts.set('a script that prints a line', `${state}, exit ${String(exitCode)}`);
}

/**
 * How to bind a key so that the instance keeps what it has, or why it must not be done.
 *
 * Where binding adds a key while the instance runs, it is done. Elsewhere it replaces the key of the instance: this is
 * done only if the user asks for it, and only if the instance has one key pair, which can be bound again. With none its
 * users may log in by password, which binding turns off.
 */
function howToBind(side: Side, instance: Instance): BindOptions | string {
  const { descriptor } = side;
  if (!can(side, 'attach')) return 'the service cannot';
  if (instance.platform === 'windows') return 'it runs Windows';
  if (can(side, 'online') && isOn(instance)) return { forceStop: false, onlineUser: instance.loginUser ?? 'root' };
  if (!side.attach) return 'it replaces the key of the instance (--attach does it)';
  if (descriptor.stopsRunning !== 'never' && isOn(instance)) return 'it stops the instance: stop it yourself before';
  if (instance.keyPairs === null) return 'the service does not tell which key the instance has';
  if (instance.keyPairs.length !== 1) return 'the instance does not have exactly one key pair, to be bound again';
  return { forceStop: false, onlineUser: null };
}

/**
 * Binds a key pair, unbinds it, and binds what the instance had, whatever fails before.
 *
 * @throws the first error, after the last step.
 */
async function attachAndDetach(side: Side, before: Instance, pair: KeyPairRef, how: BindOptions): Promise<void> {
  const { here, had } = side;
  const { provider } = here;
  const attachKeyPair = provider.attachKeyPair?.bind(provider);
  const detachKeyPair = provider.detachKeyPair?.bind(provider);
  if (!attachKeyPair || !detachKeyPair) throw wrong('the service binds no key pairs');
  const { id, keyPairs } = before;
  const keys = keyPairs ?? [];
  const bare = { instance: id, region: here.region, keys };
  await had.add(bare, here.endpoint);
  for (const line of attachLines(bare, here.flags)) side.begin(`if this run is killed, bind the key again: ${line}`);
  // Also after Ctrl-C the instance gets back what it had.
  const late = AbortSignal.timeout(LONGEST_MS);
  const errors: unknown[] = [];
  const tried = async (act: () => Promise<void>): Promise<void> => {
    await act().catch((error: unknown) => errors.push(error));
  };
  const mayBeBound = await attachKeyPair(pair, [id], how, side.signal)
    .then((outcomes) => {
      check(outcomes);
      return true;
    })
    .catch((error: unknown) => {
      errors.push(error);
      return !(error instanceof KeypairError && error.outcome === 'none');
    });
  if (mayBeBound) {
    await tried(() => settled(side, id, late));
    await tried(async () => {
      check(await detachKeyPair(pair, [id], how, late));
    });
    await tried(() => settled(side, id, late));
  }
  for (const key of keys) {
    await tried(async () => {
      // Where nobody can tell, it is bound: at worst a second time.
      const now = await look(provider, id, late).catch(() => null);
      if (now?.keyPairs?.includes(key) === true) return;
      check(await attachKeyPair({ id: key, name: key }, [id], how, late));
      await settled(side, id, late);
    });
  }
  await tried(async () => {
    const after = await look(provider, id, late);
    await had.forgetIfBack({ id, keyPairs: after.keyPairs });
    const same = [after, before].map((one) => JSON.stringify([...(one.keyPairs ?? [])].sort()));
    if (same[0] !== same[1]) throw wrong(`instance ${id} does not have the key pairs that it had: ${same[1] ?? ''}`);
  });
  if (errors.length > 0) throw errors[0];
  side.facts.set('binding to the instance', how.onlineUser === null ? 'replaces its key' : 'adds a key while it runs');
}

/** Waits until the latest operation on an instance has ended. */
async function settled(side: Side, id: string, signal: AbortSignal): Promise<void> {
  await side.recorder.poll(side.pollMs, signal, async () => {
    const instance = await look(side.here.provider, id, signal);
    return instance.operation === 'under way' ? null : instance;
  });
}
