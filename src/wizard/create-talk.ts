import { hasAbility } from '../commands/checks.ts';
import type { CreateFlags } from '../commands/create/create.ts';
import { bestType } from '../commands/create/local-pair-type.ts';
import { carryOutPlan, type CreatePlan, planCreate, runCreate } from '../commands/create/run.ts';
import { KeypairError } from '../errors.ts';
import { t } from '../language/t.ts';
import { findDescriptor } from '../providers/registry.ts';
import type { Descriptor } from '../providers/types.ts';
import type { Session } from '../session.ts';
import type { GlobalFlags } from '../settings.ts';
import { withFlags } from './derive.ts';
import { askExtra, extrasFor } from './extras.ts';
import { withCredentials } from './first-run.ts';
import { askPairName, askProvider, askRegion } from './questions.ts';
import { noteRecent } from './recent.ts';
import { showMade } from './made.ts';
import { summary } from './summary.ts';

/** How far a conversation has come: answers are flags, of the program and of `create`. */
interface Talk {
  readonly session: Session;
  readonly flags: Partial<CreateFlags>;
  /** Whether all is asked, or only what a create cannot do without. */
  readonly full: boolean;
}

/** What one question adds. */
interface Answer {
  readonly globals?: GlobalFlags;
  readonly flags?: Partial<CreateFlags>;
}

/** One question of the conversation. */
interface Question {
  /** Whether it is open: not answered by a flag, and not beside the point. */
  readonly open: (talk: Talk) => boolean;
  readonly ask: (talk: Talk) => Promise<Answer>;
}

/** In the order in which they are asked; each may count on those before it. */
const QUESTIONS: readonly Question[] = [
  {
    // A profile's provider is offered in the full conversation; a flag or KEYPAIR_PROVIDER has answered.
    open: ({ session: { settings }, full }) =>
      settings.provider === null ||
      (full && settings.flags.provider === undefined && settings.provider === settings.profile.provider),
    ask: async ({ session }) => ({
      globals: { provider: (await askProvider(session, t`Where do you want a key pair?`)).id },
    }),
  },
  {
    open: ({ full }) => full,
    ask: async ({ session }) => ({
      globals: (await withCredentials(session, providerOf(session))).settings.flags,
    }),
  },
  {
    open: ({ session, full }) => full && session.settings.region === null,
    ask: async ({ session }) => ({ globals: { region: await askRegion(session, providerOf(session)) } }),
  },
  {
    open: ({ flags }) => (flags.name ?? []).length === 0,
    ask: async ({ session, flags }) => ({
      flags: { name: [await askPairName(session, providerOf(session).nameRule, flags.keyDir)] },
    }),
  },
  {
    open: ({ session, flags, full }) =>
      full &&
      flags.local === undefined &&
      hasAbility(providerOf(session), versionOf(providerOf(session), flags), 'import'),
    ask: async ({ session }) => ({ flags: await askWhere(session, providerOf(session)) }),
  },
];

function providerOf({ settings }: Session): Descriptor {
  return findDescriptor(settings.provider ?? '');
}

function versionOf({ apiVersions }: Descriptor, { apiVersion }: Partial<CreateFlags>): string {
  return apiVersion ?? apiVersions[0];
}

async function askWhere({ context }: Session, descriptor: Descriptor): Promise<Partial<CreateFlags>> {
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
  return answer === 'here' ? { local: true } : {};
}

/**
 * `create` as a conversation: asks for what the flags leave open, says what will be done, does it, and shows the
 * command line that does the same. Nothing is called, and nothing written, before the last question is answered.
 *
 * @throws KeypairError `CANCELLED` when the user leaves; else as `create`.
 */
export async function talkCreate(session: Session, given: Partial<CreateFlags>): Promise<void> {
  const { provider, region } = session.settings.flags;
  const full = Object.keys(given).length === 0 && provider === undefined && region === undefined;
  let talk: Talk = { session, flags: given, full };
  for (const question of QUESTIONS) {
    if (!question.open(talk)) continue;
    const { globals, flags } = await question.ask(talk);
    talk = {
      ...talk,
      session: globals === undefined ? talk.session : withFlags(talk.session, globals),
      flags: { ...talk.flags, ...flags },
    };
  }
  if (talk.flags.dryRun === true) return runCreate(talk.session, talk.flags);
  const settled = await agreed(talk);
  const made = await carryOutPlan(talk.session, settled.plan);
  const { descriptor, region: used } = settled.plan.target;
  await noteRecent(session.context, { provider: descriptor.id, region: used });
  showMade(talk.session, used, settled.talk.flags, made);
}

/** Shows what will be done until the user agrees, or has changed it and agrees. */
async function agreed(talk: Talk): Promise<{ readonly talk: Talk; readonly plan: CreatePlan }> {
  const { session } = talk;
  const { context, settings } = session;
  const descriptor = providerOf(session);
  let settled = { talk, plan: await planCreate(session, talk.flags) };
  for (;;) {
    context.stderr.write(summary(session, settled.plan, await session.style(context.stderr)));
    if (settings.yes) return settled;
    const answer = await askGo(session, descriptor, settled.talk.flags);
    if (answer === 'go') {
      context.stderr.write('\n');
      return settled;
    }
    if (answer === 'leave') throw new KeypairError('CANCELLED', 'cancelled: nothing was called');
    const flags = await askExtra(session, descriptor, settled.talk.flags, answer);
    try {
      settled = { talk: { ...talk, flags }, plan: await planCreate(session, flags) };
    } catch (error) {
      if (!(error instanceof KeypairError) || !['USAGE', 'CONFLICT'].includes(error.code)) throw error;
      session.failed(error);
    }
  }
}

async function askGo(
  { context }: Session,
  descriptor: Descriptor,
  flags: Partial<CreateFlags>,
): Promise<string> {
  const { askChoice } = await import('../ui/prompts.ts');
  return askChoice(context, t`Go ahead?`, [
    { value: 'go', title: t`Yes, make it`, note: '' },
    ...extrasFor(descriptor, versionOf(descriptor, flags)),
    { value: 'leave', title: t`No, leave everything as it is`, note: '' },
  ]);
}
