import type { CreateFlags } from '../cli/create-options.ts';
import { createSession, type Session } from '../cli/session.ts';
import { type GlobalFlags, resolveSettings } from '../cli/settings.ts';
import { hasAbility } from '../cli/validate.ts';
import { carryOutPlan, type CreatePlan, planCreate, runCreate } from '../commands/create/run.ts';
import { withConnections } from '../connection/connect.ts';
import { findByName } from '../connection/find-key-pair.ts';
import { KeypairError, SeveralFailures } from '../errors.ts';
import { t } from '../i18n/t.ts';
import { bestType } from '../operations/create-local.ts';
import { findDescriptor } from '../providers/registry.ts';
import type { Ability, Descriptor } from '../providers/types.ts';
import { withCredentials } from './login.ts';
import { askExtra, extrasFor } from './options.ts';
import { askPairName, askProvider, askRegion } from './questions.ts';
import { noteRecent } from './recent.ts';
import { showMade } from './show-result.ts';
import { goingBack, inSteps, notGoingBack, type Step, unlessBack } from './steps.ts';
import { summary } from './summary.ts';
import { withFlags } from './with-flags.ts';

/** How far a conversation has come: answers are flags, of the program and of `create`. */
interface WizardState {
  readonly session: Session;
  readonly flags: CreateFlags;
  /** Whether all is asked, or only what a create cannot do without, and where the pair is made. */
  readonly full: boolean;
  /** What will be done: the user has agreed to it. */
  readonly plan?: CreatePlan;
}

/** One question of the conversation. */
interface Question {
  /** What it is called among what may be changed at the summary. */
  readonly value: string;
  /** Whether it is open: not answered by a flag, and not beside the point. */
  readonly open: (talk: WizardState) => boolean;
  /** Adds its answer; `asking` is the session whose questions lead back. */
  readonly ask: (talk: WizardState, asking: Session) => Promise<WizardState>;
}

/** In the order in which they are asked; each may count on those before it. */
const QUESTIONS: readonly Question[] = [
  {
    value: 'provider',
    // A profile's provider is offered in the full conversation; a flag or KEYPAIR_PROVIDER has answered.
    open: ({ session: { settings }, full }) =>
      settings.provider === null ||
      (full && settings.flags.provider === undefined && settings.provider === settings.profile.provider),
    ask: async (talk, asking) => {
      const { id } = await askProvider(asking, t`Where do you want a key pair?`);
      return { ...talk, session: withFlags(talk.session, { provider: id }) };
    },
  },
  {
    value: 'credentials',
    open: ({ full }) => full,
    ask: async (talk, asking) => {
      const session = await withCredentials(asking, providerOf(asking));
      return session === asking ? talk : { ...talk, session: notGoingBack(session) };
    },
  },
  {
    value: 'region',
    open: ({ session, full }) => full && session.settings.region === null,
    ask: async (talk, asking) => {
      const region = await askRegion(asking, providerOf(asking));
      return { ...talk, session: withFlags(talk.session, { region }) };
    },
  },
  {
    value: 'name',
    open: ({ flags }) => (flags.name ?? []).length === 0,
    ask: async (talk, asking) => {
      const name = await askPairName(asking, providerOf(asking).nameRule, talk.flags.keyDir);
      return { ...talk, flags: { ...talk.flags, name: [name] } };
    },
  },
  {
    value: 'where',
    open: ({ session, flags }) =>
      flags.local === undefined &&
      hasAbility(providerOf(session), versionOf(providerOf(session), flags), 'import'),
    ask: async (talk, asking) => {
      return { ...talk, flags: { ...talk.flags, ...(await askWhere(asking, providerOf(asking))) } };
    },
  },
];

function stepOf({ open, ask }: Question): Step<WizardState> {
  return async (talk, back) => (open(talk) ? ask(talk, back(talk.session)) : talk);
}

function providerOf({ settings }: Session): Descriptor {
  return findDescriptor(settings.provider ?? '');
}

function versionOf({ apiVersions }: Descriptor, { apiVersion }: CreateFlags): string {
  return apiVersion ?? apiVersions[0];
}

async function askWhere({ context }: Session, descriptor: Descriptor): Promise<CreateFlags> {
  const { askChoice } = await import('../ui/prompts.ts');
  const answer = await askChoice(context, t`Where shall the pair be made?`, [
    {
      value: 'here',
      title: t`here (recommended)`,
      note: t`the private key never leaves this machine; ${bestType(descriptor)}`,
    },
    {
      value: 'cloud',
      title: t`in the cloud`,
      note: t`the service makes it and sends the private key, once`,
    },
  ]);
  return { local: answer === 'here' };
}

/**
 * `create` as a conversation: asks for what the flags leave open, says what will be done, does it, and shows the
 * command line that does the same. Nothing is called, and nothing written, before the last question is answered.
 *
 * @param mayLeave whether somebody waits for the `WentBack` of the first question.
 * @throws KeypairError `CANCELLED` when the user leaves; else as `create`.
 */
export async function createWizard(session: Session, given: CreateFlags, mayLeave = false): Promise<void> {
  const { provider, region } = session.settings.flags;
  // What a flag that begins with `--no-` takes away is there without it.
  const { copy = true, ...said } = given;
  const full = copy && Object.keys(said).length === 0 && provider === undefined && region === undefined;
  const steps = QUESTIONS.map(stepOf);
  if (given.dryRun === true) {
    const talk = await inSteps<WizardState>({ session, flags: given, full }, steps, mayLeave);
    return runCreate(talk.session, talk.flags);
  }
  let talk = await inSteps<WizardState>({ session, flags: given, full }, [...steps, agreed], mayLeave);
  for (;;) {
    const { plan } = talk;
    if (plan === undefined) return;
    const { descriptor, region: used } = plan.target;
    try {
      const made = await carryOutPlan(talk.session, plan);
      await noteRecent(session.context, { provider: descriptor.id, region: used });
      showMade(talk.session, used, talk.flags, made);
      return;
    } catch (error) {
      if (!(await isNameTaken(talk.session, plan, error))) throw error;
      // A single failure is thrown, not told.
      if (error instanceof KeypairError) session.reportError(error);
      talk = await inSteps<WizardState>(
        { session: talk.session, full: talk.full, flags: { ...talk.flags, name: [] } },
        [...steps, agreed],
        false,
      );
    }
  }
}

/** Whether a create was refused because the service has a pair of the name already: then another one will do. */
async function isNameTaken(session: Session, { target, jobs }: CreatePlan, error: unknown): Promise<boolean> {
  const failures = error instanceof SeveralFailures ? error.failures : [error];
  const [job, ...more] = jobs;
  const conflict = failures.every((one) => one instanceof KeypairError && one.code === 'CONFLICT');
  if (!conflict || job === undefined || more.length > 0) return false;
  try {
    return await withConnections(session, async (services) => {
      const { signal } = session.context.interrupts;
      return (await findByName(await services.connect(target), job.request.name, signal)) !== null;
    });
  } catch (unseen) {
    if (unseen instanceof KeypairError) return false;
    throw unseen;
  }
}

/** Shows what will be done until the user agrees, or has changed it and agrees. */
const agreed: Step<WizardState> = async (talk, back) => {
  let settled: WizardState & { readonly plan: CreatePlan } = {
    ...talk,
    plan: await planCreate(talk.session, talk.flags),
  };
  for (;;) {
    const { session, flags, plan } = settled;
    const { context, settings } = session;
    context.stderr.write(summary(session, plan, await session.style(context.stderr)));
    if (settings.yes) return settled;
    const answer = await askGo(back(session), providerOf(session), flags);
    if (answer === 'go') {
      context.stderr.write('\n');
      return settled;
    }
    if (answer === 'leave') throw new KeypairError('CANCELLED', t`cancelled: nothing was called`);
    try {
      const changed = await unlessBack(() => change(settled, answer));
      if (changed !== null) settled = { ...changed, plan: await planCreate(changed.session, changed.flags) };
    } catch (error) {
      if (!(error instanceof KeypairError) || !['USAGE', 'CONFLICT', 'AUTH'].includes(error.code))
        throw error;
      session.reportError(error);
    }
  }
};

/** Asks one thing anew; what depends on it is asked as well, or dropped where the other service does not have it. */
async function change(talk: WizardState, value: string): Promise<WizardState> {
  const question = QUESTIONS.find((one) => one.value === value);
  if (question === undefined || value === 'name') {
    const flags = await askExtra(goingBack(talk.session), providerOf(talk.session), talk.flags, value);
    return { ...talk, flags };
  }
  const asked = await question.ask(talk, goingBack(talk.session));
  if (value !== 'provider') return asked;
  const descriptor = providerOf(asked.session);
  if (descriptor.id === providerOf(talk.session).id) return talk;
  const { project, resourceGroup, local, name = [], ...flags } = asked.flags;
  const has = (ability: Ability): boolean => hasAbility(descriptor, versionOf(descriptor, flags), ability);
  const kept: WizardState = {
    ...asked,
    flags: {
      ...flags,
      ...(project !== undefined && has('project') ? { project } : {}),
      ...(resourceGroup !== undefined && has('resourceGroup') ? { resourceGroup } : {}),
      ...(local !== undefined && has('import') ? { local } : {}),
      ...(name.every((one) => descriptor.nameRule.accepts(one)) ? { name } : {}),
    },
  };
  const given = Object.entries(kept.session.settings.flags).filter(([flag]) => flag !== 'region');
  const globals: GlobalFlags = Object.fromEntries(given);
  const elsewhere = createSession(
    kept.session.context,
    resolveSettings(globals, kept.session.context.env, kept.session.settings.profile),
  );
  const open = QUESTIONS.filter((one) => ['credentials', 'region', 'name'].includes(one.value));
  return inSteps<WizardState>({ ...kept, session: elsewhere, full: true }, open.map(stepOf), true);
}

async function askGo({ context }: Session, descriptor: Descriptor, flags: CreateFlags): Promise<string> {
  const { askChoice } = await import('../ui/prompts.ts');
  const version = versionOf(descriptor, flags);
  return askChoice(context, t`Go ahead?`, [
    { value: 'go', title: t`Yes, make it`, note: '' },
    ...extrasFor(descriptor, version),
    { value: 'provider', title: t`Change the provider`, note: '' },
    { value: 'region', title: t`Change the region`, note: '' },
    ...(hasAbility(descriptor, version, 'import')
      ? [{ value: 'where', title: t`Change where it is made`, note: '' }]
      : []),
    { value: 'leave', title: t`No, leave everything as it is`, note: '' },
  ]);
}
