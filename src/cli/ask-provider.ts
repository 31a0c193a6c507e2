import { KeypairError } from '../errors.ts';
import { joinList, t, withNote } from '../i18n/t.ts';
import { descriptors, findDescriptor } from '../providers/registry.ts';
import type { Descriptor } from '../providers/types.ts';
import type { Session } from './session.ts';
import { readNamed, type Settings } from './settings.ts';

/**
 * The provider of a command that takes one: from flag, environment or profile, else from a question on a terminal.
 *
 * @param missing the other missing flags or arguments: the error names all of them at once.
 * @param question default: the one for a new pair.
 * @throws KeypairError `USAGE` off a terminal if anything is missing; `CANCELLED` if the user leaves the question.
 */
export async function providerAnswer(
  session: Session,
  missing: readonly string[] = [],
  question = t`Where do you want a key pair?`,
): Promise<Descriptor> {
  const { provider, named } = session.settings;
  const known = provider === null ? null : readNamed(named.provider, () => findDescriptor(provider));
  checkNothingMissing(session, known === null, missing);
  return known ?? askProvider(session, question);
}

/**
 * The providers of a command that takes several: from a comma list or `all`, else as {@link providerAnswer}.
 *
 * @throws KeypairError as {@link providerAnswer}.
 */
export async function providersAnswer(
  session: Session,
  missing: readonly string[],
  question: string,
): Promise<readonly Descriptor[]> {
  const { provider } = session.settings;
  if (provider !== 'all' && provider?.includes(',') !== true) return [await providerAnswer(session, missing, question)];
  checkNothingMissing(session, false, missing);
  return providersToAsk(session.settings);
}

function checkNothingMissing(session: Session, noProvider: boolean, missing: readonly string[]): void {
  if (session.interactive || (!noProvider && missing.length === 0)) return;
  throw new KeypairError('USAGE', t`missing: ${joinList([...(noProvider ? ['--provider'] : []), ...missing])}`, {
    hints: noProvider ? [t`--provider is one of ${joinList(descriptors.map(({ id }) => id))}`] : [],
  });
}

async function askProvider({ context }: Session, question: string): Promise<Descriptor> {
  const { askChoice } = await import('../ui/prompts.ts');
  const choices = descriptors.map(({ id, title, warning }) => ({
    value: id,
    title: withNote(title, id),
    note: warning ?? '',
  }));
  return findDescriptor(await askChoice(context, question, choices));
}

/** The providers to call: those of the comma list, else all but the retired ones, whose pairs a newer one lists too. */
export function providersToAsk(settings: Pick<Settings, 'provider' | 'named'>): readonly Descriptor[] {
  const { provider } = settings;
  const all = providersOf(settings);
  return provider === null || provider === 'all' ? all.filter(({ replacedBy }) => replacedBy === undefined) : all;
}

/** The providers of the comma list, or all. */
export function providersOf({ provider: list, named }: Pick<Settings, 'provider' | 'named'>): readonly Descriptor[] {
  if (list === null || list === 'all') return descriptors;
  return readNamed(named.provider, () => [...new Set(list.split(',').map((id) => findDescriptor(id.trim())))]);
}
