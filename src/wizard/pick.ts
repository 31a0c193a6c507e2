import { KeypairError } from '../errors.ts';
import type { KnownPair } from '../commands/key-pair-result.ts';
import { askPair, handleOf, pairsThere, pairTitle } from '../commands/pair-answer.ts';
import { settleTargets, type Target } from '../commands/target.ts';
import { t } from '../language/t.ts';
import { findDescriptor } from '../providers/registry.ts';
import type { Descriptor } from '../providers/types.ts';
import type { Session } from '../session.ts';
import { withFlags } from './derive.ts';
import { withCredentials } from './first-run.ts';
import { askProvider, askRegion } from './questions.ts';

/**
 * The key pairs of one region or of all, to pick one of them and to show, attach or delete it: by the command of that
 * name.
 *
 * @throws KeypairError `CANCELLED` when the user leaves a question; what the commands throw.
 * @throws SeveralFailures where nothing could be listed.
 */
export async function runPick(start: Session): Promise<void> {
  const { session, descriptor } = await whichService(start);
  const targets = await settled(session, descriptor);
  const pairs = await pairsThere(session, targets).catch((error: unknown) => {
    if (!(error instanceof KeypairError) || error.code !== 'NOT_FOUND') throw error;
    session.note(error.message);
    return null;
  });
  if (pairs === null) return;
  await unlessLeft(async () => {
    let known = await askPair(session, pairs, targets);
    for (;;) {
      const action = await askAction(session, descriptor, known, targets);
      if (action === 'leave') return;
      if (action === 'other') known = await askPair(session, pairs, targets);
      else if ((await act(session, known, action)) === 'end') return;
    }
  });
}

async function whichService(
  start: Session,
): Promise<{ readonly session: Session; readonly descriptor: Descriptor }> {
  const { provider, flags } = start.settings;
  const descriptor =
    flags.provider !== undefined && provider !== null
      ? findDescriptor(provider)
      : await askProvider(start, t`Whose key pairs?`);
  const session = withFlags(await withCredentials(start, descriptor), { provider: descriptor.id });
  if (session.settings.region !== null) return { session, descriptor };
  const all = descriptor.regions.length > 1 ? [{ value: 'all', title: t`all regions`, note: '' }] : [];
  return { session: withFlags(session, { region: await askRegion(session, descriptor, all) }), descriptor };
}

/** The services that were chosen. */
async function settled(session: Session, descriptor: Descriptor): Promise<readonly Target[]> {
  const { targets, failures } = await settleTargets(session, [descriptor], null);
  const [failure] = failures;
  if (failure !== undefined) throw failure;
  return targets;
}

type Action = 'show' | 'attach' | 'delete' | 'delete-files' | 'other' | 'leave';

async function askAction(
  { context }: Session,
  { abilities }: Descriptor,
  known: KnownPair,
  targets: readonly Target[],
): Promise<Action> {
  const { askChoice } = await import('../ui/prompts.ts');
  const choices: readonly (readonly [Action, string, boolean])[] = [
    ['show', t`Show all that is known of it`, true],
    ['attach', t`Attach it to instances`, abilities.attach !== false],
    ['delete', t`Delete it in the cloud`, true],
    ['delete-files', t`Delete it in the cloud, and its files here`, known.privateKeyPath !== null],
    ['other', t`Another key pair`, true],
    ['leave', t`Leave`, true],
  ];
  const offered = choices.filter(([, , possible]) => possible);
  const name = pairTitle(known, targets);
  const answer = await askChoice(
    context,
    t`What about ${name}?`,
    offered.map(([value, title]) => ({ value, title, note: '' })),
  );
  return offered.find(([value]) => value === answer)?.[0] ?? 'leave';
}

/** @returns whether that was all: after looking at a pair people go on. */
async function act(start: Session, known: KnownPair, action: Action): Promise<'on' | 'end'> {
  // Whatever region was asked for, the command is about that of the pair.
  const session = known.region === null ? start : withFlags(start, { region: known.region });
  const handle = handleOf(known);
  if (action === 'show') {
    const { runShow } = await import('../commands/show/run.ts');
    await runShow(session, handle, {});
    return 'on';
  }
  if (action === 'attach') {
    const { runBind } = await import('../commands/bind/run.ts');
    await runBind(session, 'attach', { name: handle, instances: [] }, {});
    return 'end';
  }
  const { runDelete } = await import('../commands/delete/run.ts');
  await runDelete(session, [handle], action === 'delete-files' ? { localFiles: true } : {});
  return 'end';
}

const UNCHANGED = 'cancelled: nothing was changed';

/** After the list was read, leaving a question does not mean that nothing was called. */
async function unlessLeft(talk: () => Promise<void>): Promise<void> {
  try {
    await talk();
  } catch (error) {
    if (!(error instanceof KeypairError) || error.message !== t`cancelled: nothing was called`) throw error;
    throw new KeypairError('CANCELLED', UNCHANGED, { cause: error });
  }
}
