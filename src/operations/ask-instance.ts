import { KeypairError } from '../errors.ts';
import { t } from '../i18n/t.ts';
import type { Instance, KeyPair } from '../providers/types.ts';
import type { Session } from '../cli/session.ts';
import { hasAbility } from '../cli/validate.ts';
import { printable } from '../sanitize.ts';
import type { Connection } from '../connection/connect.ts';
import type { Direction } from './binding.ts';
import { instancesOf } from './find-instances.ts';

/** The flags of `attach` and `detach` for running instances. */
export interface RunningFlags {
  readonly forceStop?: boolean;
  readonly online?: boolean;
  readonly user?: string;
}

/** The user's answer: instances, by id, or by name or address if they were typed, and what to do with running ones. */
interface InstanceAnswer {
  readonly instances: readonly string[];
  readonly flags: RunningFlags;
}

/**
 * Asks which instances to bind a pair to, or to unbind it from, and how.
 *
 * @param given the flags of the command line. What they answer is not asked.
 * @throws KeypairError `CANCELLED`; `NOT_FOUND` to detach a pair that is bound to no instance.
 */
export async function instanceAnswer(
  session: Session,
  connection: Connection,
  direction: Direction,
  pair: KeyPair,
  given: RunningFlags,
): Promise<InstanceAnswer> {
  const all = await linuxInstances(session, connection);
  const there = direction === 'attach' ? all : all.filter((one) => has(one, pair) !== false);
  if (direction === 'detach' && there.length === 0 && (all.length > 0 || pair.instances?.length === 0))
    throw new KeypairError('NOT_FOUND', t`${pair.name} is bound to no instance`);
  const instances = await askInstances(session, connection, direction, pair, there);
  const running = there.some(({ id, state }) => instances.includes(id) && /^running$/i.test(state ?? ''));
  const asked = running && given.forceStop === undefined && given.online === undefined;
  return { instances, flags: asked ? await askRunning(session, connection) : {} };
}

/** Whether a pair is bound to an instance; null if the service does not return it. */
function has({ keyPairs }: Instance, { id, name }: KeyPair): boolean | null {
  return keyPairs === null ? null : keyPairs.some((key) => key === id || key === name);
}

/** The Linux instances of the region; none if they cannot be listed. Attaching does not need that permission. */
async function linuxInstances(session: Session, connection: Connection): Promise<readonly Instance[]> {
  try {
    return (await instancesOf(session, connection)).filter(({ platform }) => platform !== 'windows');
  } catch (error) {
    if (!(error instanceof KeypairError) || error.code === 'CANCELLED') throw error;
    session.warn(error.message);
    return [];
  }
}

async function askInstances(
  { context }: Session,
  { descriptor, apiVersion }: Connection,
  direction: Direction,
  pair: KeyPair,
  there: readonly Instance[],
): Promise<readonly string[]> {
  const { askSeveral, askText } = await import('../ui/prompts.ts');
  if (there.length > 0) {
    const choices = there.map((instance) => {
      const { id, name, state } = instance;
      const marked = direction === 'attach' && has(instance, pair) === true ? t`✔ has this key` : null;
      const facts = [id, name, state, marked].filter((part) => part !== null);
      return { value: id, title: printable(facts.join('  '), 120), note: '' };
    });
    return askSeveral(context, direction === 'attach' ? t`To which instances?` : t`From which instances?`, choices);
  }
  const question = hasAbility(descriptor, apiVersion, 'instances')
    ? t`Ids, names or addresses of the instances, separated by spaces:`
    : t`Ids of the instances, separated by spaces:`;
  const typed = await askText(context, question, (text) => (text.trim() === '' ? t`at least one` : null));
  return typed.trim().split(/\s+/);
}

/** Asks whether to stop running instances, if the service offers a choice. The gentler option comes first. */
async function askRunning({ context }: Session, { descriptor: { abilities } }: Connection): Promise<RunningFlags> {
  const { askChoice, askText } = await import('../ui/prompts.ts');
  if (abilities.online !== false) {
    const user = await askText(context, t`Login user on the running instances (Enter: stop them instead):`, (text) =>
      /^\S*$/.test(text.trim()) ? null : t`one name`,
    );
    return user.trim() === '' ? {} : { online: true, user: user.trim() };
  }
  if (abilities.forceStop === false) return {};
  const answer = await askChoice(context, t`Some of them are running. What do you want to do with those?`, [
    {
      value: 'try',
      title: t`Leave them running`,
      note: t`the service will refuse them; keypair authorize changes their keys while they run`,
    },
    { value: 'stop', title: t`Stop them for it, by force`, note: t`and start them again` },
  ]);
  return answer === 'stop' ? { forceStop: true } : {};
}
