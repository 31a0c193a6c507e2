import { KeypairError } from '../errors.ts';
import type { KnownPair } from '../operations/key-pair-record.ts';
import { askPair, idOrName, pairsThere, pairTitle } from '../operations/ask-key-pair.ts';
import { resolveTargets, type Target } from '../connection/target.ts';
import { changeAnswer, changesOf } from '../operations/update.ts';
import { t } from '../i18n/t.ts';
import { findDescriptor } from '../providers/registry.ts';
import type { Descriptor } from '../providers/types.ts';
import type { Session } from '../cli/session.ts';
import { type Choice, QuestionLeft, WentBack } from '../ui/prompts.ts';
import { withBackNavigation, runSteps, withoutBackNavigation, type Step, nullOnBack, withFlags } from './steps.ts';
import { withCredentials } from './login.ts';
import { askProvider, askRegion } from './questions.ts';

/** The choices so far. */
interface ManageState {
  readonly session: Session;
  readonly descriptor: Descriptor | null;
  readonly targets: readonly Target[];
  readonly pairs: readonly KnownPair[];
  readonly known: KnownPair | null;
}

/**
 * Lists the key pairs of one region or all, lets the user pick one, and runs `show`, `update`, `attach`, `detach`,
 * `passphrase` or `delete` on it.
 *
 * @throws WentBack from its first question; KeypairError `CANCELLED` when the user leaves a question; the errors of the
 * commands; SeveralFailures if nothing could be listed.
 */
export async function manageKeyPairs(start: Session): Promise<void> {
  const { provider, flags } = start.settings;
  const descriptor = flags.provider !== undefined && provider !== null ? findDescriptor(provider) : null;
  const first: ManageState = { session: start, descriptor, targets: [], pairs: [], known: null };
  await runSteps<ManageState>(first, [whichProvider, whoseAccount, whichRegion, whichPair, whatToDo], true);
}

const whichProvider: Step<ManageState> = async (pick, back) => {
  if (pick.descriptor !== null) return pick;
  const descriptor = await askProvider(back(pick.session), t`Whose key pairs?`);
  return { ...pick, descriptor, session: withFlags(pick.session, { provider: descriptor.id }) };
};

const whoseAccount: Step<ManageState> = async (pick, back) => {
  const asking = back(pick.session);
  const session = await withCredentials(asking, descriptorOf(pick));
  return session === asking ? pick : { ...pick, session: withoutBackNavigation(session) };
};

const whichRegion: Step<ManageState> = async (pick, back) => {
  if (pick.session.settings.region !== null) return pick;
  const descriptor = descriptorOf(pick);
  const all = descriptor.regions.length > 1 ? [{ value: 'all', title: t`all regions`, note: '' }] : [];
  const region = await askRegion(back(pick.session), descriptor, all);
  return { ...pick, session: withFlags(pick.session, { region }) };
};

const whichPair: Step<ManageState> = async (pick, back) => {
  const { session } = pick;
  const { targets, failures } = await resolveTargets(session, [descriptorOf(pick)], null);
  const [failure] = failures;
  if (failure !== undefined) throw failure;
  let pairs: readonly KnownPair[];
  try {
    pairs = await pairsThere(session, targets);
  } catch (error) {
    if (!(error instanceof KeypairError) || error.code !== 'NOT_FOUND') throw error;
    session.info(error.message);
    return { ...pick, targets, pairs: [], known: null };
  }
  const known = await unlessLeft(() => askPair(back(session), pairs, targets));
  return { ...pick, targets, pairs, known };
};

const whatToDo: Step<ManageState> = async (pick, back) => {
  const { known, targets } = pick;
  if (known === null) return pick;
  for (;;) {
    const action = await unlessLeft(() => askAction(back(pick.session), descriptorOf(pick), known, targets));
    if (action === 'leave') return pick;
    if (action === 'other') throw new WentBack();
    const done = await nullOnBack(() => unlessLeft(() => act(pick.session, descriptorOf(pick), known, action)));
    if (done === 'end') return pick;
  }
};

function descriptorOf({ session, descriptor }: ManageState): Descriptor {
  return descriptor ?? findDescriptor(session.settings.provider ?? '');
}

async function askAction(
  { context }: Session,
  descriptor: Descriptor,
  known: KnownPair,
  targets: readonly Target[],
): Promise<string> {
  const { askChoice } = await import('../ui/prompts.ts');
  const { attach, runCommand } = descriptor.abilities;
  const runsScripts = runCommand !== false && known.publicKey !== null;
  const isBound = known.pair.instances === null || known.pair.instances.length > 0;
  const plain = (value: string, title: string, possible = true): readonly Choice[] =>
    possible ? [{ value, title, note: '' }] : [];
  // Irreversible actions are last: Enter chooses the first.
  return askChoice(context, t`What do you want to do with ${pairTitle(known, targets)}?`, [
    ...plain('show', t`Show all that is known of it`),
    ...plain('attach', t`Attach it to instances`, attach !== false),
    ...plain('detach', t`Detach it from instances`, attach !== false && isBound),
    ...plain('authorize', t`Put its public key on running instances`, runsScripts),
    ...plain('revoke', t`Take its public key off running instances`, runsScripts),
    ...plain('rotate', t`Replace its key on its instances`, runsScripts && isBound),
    ...changesOf(descriptor, descriptor.apiVersions[0]),
    ...plain('passphrase', t`Set, change or remove the passphrase of its private key`, known.privateKeyPath !== null),
    ...plain('delete', t`Delete it in the cloud`),
    ...plain('delete-files', t`Delete it in the cloud, and its files here`, known.privateKeyPath !== null),
    ...plain('other', t`Another key pair`),
    ...plain('leave', t`Leave`),
  ]);
}

/** @returns whether the wizard is done; after `show` it goes on. */
async function act(start: Session, descriptor: Descriptor, known: KnownPair, action: string): Promise<'on' | 'end'> {
  // The command runs in the region of the pair, not in the requested one.
  const own = known.region === null ? start : withFlags(start, { region: known.region });
  const session = withBackNavigation(own);
  const handle = idOrName(known);
  switch (action) {
    case 'show': {
      const { show } = await import('../commands/show.ts');
      await show.run(session, [handle], {});
      return 'on';
    }
    case 'attach':
    case 'detach': {
      const commands = await import('../commands/attach.ts');
      await commands[action].run(session, [handle], {});
      return 'end';
    }
    case 'authorize':
    case 'revoke': {
      const commands = await import('../commands/authorize.ts');
      await commands[action].run(session, [handle], {});
      return 'end';
    }
    case 'rotate': {
      const { rotate } = await import('../commands/rotate.ts');
      await rotate.run(session, [handle], {});
      return 'end';
    }
    case 'passphrase': {
      const { passphrase } = await import('../commands/passphrase.ts');
      await passphrase.run(session, [known.privateKeyPath ?? ''], {});
      return 'end';
    }
    case 'delete':
    case 'delete-files': {
      const { deleteCommand } = await import('../commands/delete.ts');
      await deleteCommand.run(session, [handle], { localFiles: action === 'delete-files' });
      return 'end';
    }
    default: {
      const version = descriptor.apiVersions[0];
      const flags = await changeAnswer(session, descriptor, version, action);
      const { update } = await import('../commands/update.ts');
      await update.run(own, [handle], flags);
      return 'end';
    }
  }
}

/** Replaces the message of a cancelled question, which says that nothing was called: the list was. */
async function unlessLeft<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof QuestionLeft)) throw error;
    throw new KeypairError('CANCELLED', t`cancelled: nothing was changed`, { cause: error });
  }
}
