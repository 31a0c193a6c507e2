import { hasAbility } from '../cli/validate.ts';
import type { CreateFlags } from '../cli/create-options.ts';
import { bestType } from '../operations/create-local.ts';
import { carryOutPlan, type CreatePlan, planCreate, runCreate } from '../commands/create/make-pairs.ts';
import { withConnections } from '../connection/connect.ts';
import { findByName } from '../connection/find-key-pair.ts';
import { KeypairError, SeveralFailures } from '../errors.ts';
import { t } from '../i18n/t.ts';
import { findDescriptor } from '../providers/registry.ts';
import type { Ability, Descriptor } from '../providers/types.ts';
import { createSession, type Session } from '../cli/session.ts';
import { type GlobalFlags, resolveSettings } from '../cli/settings.ts';
import { withBackNavigation, runSteps, withoutBackNavigation, type Step, nullOnBack, withFlags } from './steps.ts';
import { askOption, optionsFor } from './options.ts';
import { withCredentials } from './login.ts';
import { askPairName, askProvider, askRegion, noteRecent } from './questions.ts';
import { showResult, formatSummary } from './summary.ts';

/** The state of the wizard: the answers so far, as flags. */
interface WizardState {
  readonly session: Session;
  readonly flags: CreateFlags;
  /** Whether to ask every question, or only for the required answers and the place of the pair. */
  readonly full: boolean;
  /** The plan that the user has confirmed. */
  readonly plan?: CreatePlan;
}

/** One question of the wizard. */
interface Question {
  /** Its id in the summary's list of changes. */
  readonly value: string;
  /** Whether to ask it: it applies, and no flag answers it. */
  readonly open: (state: WizardState) => boolean;
  /** Adds the answer; `asking` is the session for the question. */
  readonly ask: (state: WizardState, asking: Session) => Promise<WizardState>;
}

/** The questions in their order; each may use the answers to the earlier ones. */
const QUESTIONS: readonly Question[] = [
  {
    value: 'provider',
    // The full wizard asks even if the profile names a provider, but not if a flag or KEYPAIR_PROVIDER does.
    open: ({ session: { settings }, full }) =>
      settings.provider === null ||
      (full && settings.flags.provider === undefined && settings.provider === settings.profile.provider),
    ask: async (state, asking) => {
      const { id } = await askProvider(asking, t`Where do you want a key pair?`);
      return { ...state, session: withFlags(state.session, { provider: id }) };
    },
  },
  {
    value: 'credentials',
    open: ({ full }) => full,
    ask: async (state, asking) => {
      const session = await withCredentials(asking, providerOf(asking));
      return session === asking ? state : { ...state, session: withoutBackNavigation(session) };
    },
  },
  {
    value: 'region',
    open: ({ session, full }) => full && session.settings.region === null,
    ask: async (state, asking) => {
      const region = await askRegion(asking, providerOf(asking));
      return { ...state, session: withFlags(state.session, { region }) };
    },
  },
  {
    value: 'name',
    open: ({ flags }) => (flags.name ?? []).length === 0,
    ask: async (state, asking) => {
      const name = await askPairName(asking, providerOf(asking).nameRule, state.flags.keyDir);
      return { ...state, flags: { ...state.flags, name: [name] } };
    },
  },
  {
    value: 'where',
    open: ({ session, flags }) =>
      flags.local === undefined && hasAbility(providerOf(session), versionOf(providerOf(session), flags), 'import'),
    ask: async (state, asking) => {
      return { ...state, flags: { ...state.flags, ...(await askWhere(asking, providerOf(asking))) } };
    },
  },
  {
    value: 'passphrase',
    open: ({ flags, full }) => full && flags.passphrase === undefined,
    ask: async (state, { context }) => {
      const { askConfirm } = await import('../ui/prompts.ts');
      const passphrase = await askConfirm(
        context,
        t`Protect the private key with a passphrase (asked for at the end)?`,
      );
      return { ...state, flags: { ...state.flags, passphrase } };
    },
  },
];

function stepOf({ open, ask }: Question): Step<WizardState> {
  return async (state, back) => (open(state) ? ask(state, back(state.session)) : state);
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
 * The wizard of `create`: asks for missing flags, shows a summary, creates the pair, and prints the equivalent command
 * line. Calls and writes nothing before the user confirms.
 *
 * @param mayLeave whether the caller handles the `WentBack` of the first question.
 * @throws KeypairError `CANCELLED` when the user leaves; else as `create`.
 */
export async function createWizard(session: Session, given: CreateFlags, mayLeave = false): Promise<void> {
  const { provider, region } = session.settings.flags;
  // `copy` is false with `--no-copy`, and true without it: only false is a given flag.
  const { copy = true, ...said } = given;
  const full = copy && Object.keys(said).length === 0 && provider === undefined && region === undefined;
  const steps = QUESTIONS.map(stepOf);
  if (given.dryRun === true) {
    const state = await runSteps<WizardState>({ session, flags: given, full }, steps, mayLeave);
    return runCreate(state.session, state.flags);
  }
  let state = await runSteps<WizardState>({ session, flags: given, full }, [...steps, confirmSummary], mayLeave);
  for (;;) {
    const { plan } = state;
    if (plan === undefined) return;
    const { descriptor, region: used } = plan.target;
    try {
      const made = await carryOutPlan(state.session, plan);
      await noteRecent(session.context, { provider: descriptor.id, region: used });
      showResult(state.session, used, state.flags, made);
      return;
    } catch (error) {
      if (!(await isNameTaken(state.session, plan, error))) throw error;
      // Only SeveralFailures were reported before.
      if (error instanceof KeypairError) session.reportError(error);
      state = await runSteps<WizardState>(
        { session: state.session, full: state.full, flags: { ...state.flags, name: [] } },
        [...steps, confirmSummary],
        false,
      );
    }
  }
}

/** Whether the service already has a pair of this name: then the user may choose another name. */
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

/** Shows the summary and lets the user change it, until the user confirms. */
const confirmSummary: Step<WizardState> = async (state, back) => {
  let settled: WizardState & { readonly plan: CreatePlan } = {
    ...state,
    plan: await planCreate(state.session, state.flags),
  };
  for (;;) {
    const { session, flags, plan } = settled;
    const { context, settings } = session;
    context.stderr.write(formatSummary(session, plan, await session.style(context.stderr)));
    if (settings.yes) return settled;
    const answer = await askGo(back(session), providerOf(session), flags);
    if (answer === 'go') {
      context.stderr.write('\n');
      return settled;
    }
    if (answer === 'leave') throw new KeypairError('CANCELLED', t`cancelled: nothing was called`);
    try {
      const changed = await nullOnBack(() => changeAnswer(settled, answer));
      if (changed !== null) settled = { ...changed, plan: await planCreate(changed.session, changed.flags) };
    } catch (error) {
      if (!(error instanceof KeypairError) || !['USAGE', 'CONFLICT', 'AUTH'].includes(error.code)) throw error;
      session.reportError(error);
    }
  }
};

/** Asks a question again. A new provider's dependent questions follow; flags that it does not support are dropped. */
async function changeAnswer(state: WizardState, value: string): Promise<WizardState> {
  const question = QUESTIONS.find((one) => one.value === value);
  if (question === undefined || value === 'name') {
    const flags = await askOption(withBackNavigation(state.session), providerOf(state.session), state.flags, value);
    return { ...state, flags };
  }
  const asked = await question.ask(state, withBackNavigation(state.session));
  if (value !== 'provider') return asked;
  const descriptor = providerOf(asked.session);
  if (descriptor.id === providerOf(state.session).id) return state;
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
  return runSteps<WizardState>({ ...kept, session: elsewhere, full: true }, open.map(stepOf), true);
}

async function askGo({ context }: Session, descriptor: Descriptor, flags: CreateFlags): Promise<string> {
  const { askChoice } = await import('../ui/prompts.ts');
  const version = versionOf(descriptor, flags);
  return askChoice(context, t`Go ahead?`, [
    { value: 'go', title: t`Yes, make it`, note: '' },
    ...optionsFor(descriptor, version),
    { value: 'provider', title: t`Change the provider`, note: '' },
    { value: 'region', title: t`Change the region`, note: '' },
    ...(hasAbility(descriptor, version, 'import')
      ? [{ value: 'where', title: t`Change where it is made`, note: '' }]
      : []),
    { value: 'passphrase', title: t`Change whether it has a passphrase`, note: '' },
    { value: 'leave', title: t`No, leave everything as it is`, note: '' },
  ]);
}
