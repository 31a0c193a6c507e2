import type { BindFlags } from '../commands/bind/flags.ts';
import { withServices } from '../commands/connect.ts';
import { settleTarget } from '../commands/target.ts';
import { KeypairError } from '../errors.ts';
import { t } from '../language/t.ts';
import type { Descriptor, Instance } from '../providers/types.ts';
import type { Session } from '../session.ts';
import { printable } from '../transport/sanitize.ts';

/**
 * Asks which instances a pair is to be bound to and how, and runs `attach` with the answers.
 *
 * @throws KeypairError `CANCELLED`; what `attach` throws.
 */
export async function attachPicked(session: Session, descriptor: Descriptor, name: string): Promise<void> {
  const there = await instancesOf(session, descriptor);
  const instances = await askInstances(session, there);
  const running = there.some(({ id, state }) => instances.includes(id) && /^running$/i.test(state ?? ''));
  const flags = running ? await askRunning(session, descriptor) : {};
  const { runBind } = await import('../commands/bind/run.ts');
  await runBind(session, 'attach', { name, instances }, flags);
}

/** The Linux instances of the region; none where they cannot be listed: attaching needs no right to look. */
async function instancesOf(session: Session, descriptor: Descriptor): Promise<readonly Instance[]> {
  const target = await settleTarget(session, descriptor, null);
  const { signal } = session.context.interrupts;
  try {
    return await session.during('listing instances', () =>
      withServices(session, async (services) => {
        const { provider } = await services.connect(target);
        const found: Instance[] = [];
        for await (const instance of provider.listInstances?.({}, signal) ?? []) found.push(instance);
        return found.filter(({ platform }) => platform !== 'windows');
      }),
    );
  } catch (error) {
    if (!(error instanceof KeypairError) || error.code === 'CANCELLED') throw error;
    session.warn(error.message);
    return [];
  }
}

async function askInstances({ context }: Session, there: readonly Instance[]): Promise<readonly string[]> {
  const { askSeveral, askText } = await import('../ui/prompts.ts');
  if (there.length > 0) {
    const choices = there.map(({ id, name, state }) => ({
      value: id,
      title: printable([id, name, state].filter((part) => part !== null).join('  '), 120),
      note: '',
    }));
    return askSeveral(context, t`To which instances?`, choices);
  }
  const typed = await askText(context, t`Ids of the instances, with blanks between them:`, (text) =>
    text.trim() === '' ? t`at least one` : null,
  );
  return typed.trim().split(/\s+/);
}

/** Running instances are stopped for it or not, where the service leaves the choice. */
async function askRunning({ context }: Session, { abilities }: Descriptor): Promise<Partial<BindFlags>> {
  const { askChoice, askText } = await import('../ui/prompts.ts');
  if (abilities.online !== false) {
    const user = await askText(
      context,
      t`User whom the key lets in while they run (Enter: they are stopped for it):`,
      (text) => (/^\S*$/.test(text.trim()) ? null : t`one name`),
    );
    return user.trim() === '' ? {} : { online: true, user: user.trim() };
  }
  if (abilities.forceStop === false) return {};
  const answer = await askChoice(context, t`Some of them run. What about those?`, [
    { value: 'stop', title: t`Stop them for it, by force`, note: t`and start them again` },
    { value: 'try', title: t`Leave them running`, note: t`the service will refuse them` },
  ]);
  return answer === 'stop' ? { forceStop: true } : {};
}
