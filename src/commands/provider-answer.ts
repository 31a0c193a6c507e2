import { KeypairError } from '../errors.ts';
import { bracketed, listed } from '../language/phrases.ts';
import { t, translated } from '../language/t.ts';
import { descriptors, findDescriptor } from '../providers/registry.ts';
import type { Descriptor } from '../providers/types.ts';
import type { Session } from '../session.ts';
import { readNamed, type Settings } from '../settings.ts';

/**
 * The provider of a command that works on one: from flag, environment or profile, else from a question on a terminal.
 *
 * @param missing what else is missing, as flags or arguments: all of it is named at once.
 * @throws KeypairError `USAGE` off a terminal when anything is missing; `CANCELLED` when the question was declined.
 */
export async function providerAnswer(session: Session, missing: readonly string[] = []): Promise<Descriptor> {
  const { provider, named } = session.settings;
  const known = provider === null ? null : readNamed(named.provider, () => findDescriptor(provider));
  if (!session.interactive && (known === null || missing.length > 0)) {
    throw new KeypairError(
      'USAGE',
      t`missing: ${listed([...(known === null ? ['--provider'] : []), ...missing])}`,
      {
        hints: known === null ? [t`--provider is one of ${listed(descriptors.map(({ id }) => id))}`] : [],
      },
    );
  }
  return known ?? askProvider(session);
}

async function askProvider({ context }: Session): Promise<Descriptor> {
  const { askChoice } = await import('../ui/prompts.ts');
  const choices = descriptors.map(({ id, title, warning }) => ({
    value: id,
    title: bracketed(translated(title), id),
    note: translated(warning ?? ''),
  }));
  return findDescriptor(await askChoice(context, 'Where do you want a key pair?', choices));
}

/** The providers of the comma list that was asked for, or all of them. */
export function providersOf({
  provider: list,
  named,
}: Pick<Settings, 'provider' | 'named'>): readonly Descriptor[] {
  if (list === null || list === 'all') return descriptors;
  return readNamed(named.provider, () => [
    ...new Set(list.split(',').map((id) => findDescriptor(id.trim()))),
  ]);
}
