import { KeypairError } from '../../errors.ts';
import { t } from '../../i18n/t.ts';
import type { Ability, Descriptor } from '../../providers/types.ts';
import type { Session } from '../../cli/session.ts';
import type { Choice } from '../../ui/prompts.ts';
import { hasAbility } from '../../cli/validate.ts';
import { changeFrom } from './change.ts';
import type { UpdateFlags } from './change.ts';

/** Something of a pair that may be changed. */
interface Kind {
  readonly value: string;
  readonly ability: Ability;
  readonly title: () => string;
  readonly question: () => string;
  readonly flags: (answer: string) => Partial<UpdateFlags>;
}

const KINDS: readonly Kind[] = [
  {
    value: 'rename',
    ability: 'rename',
    title: () => t`Rename`,
    question: () => t`New name:`,
    flags: (rename) => ({ rename }),
  },
  {
    value: 'description',
    ability: 'description',
    title: () => t`Change the description`,
    question: () => t`New description:`,
    flags: (description) => ({ description }),
  },
  {
    value: 'tag',
    ability: 'retag',
    title: () => t`Set a tag`,
    question: () => t`A tag as KEY=VALUE:`,
    flags: (tag) => ({ tag: [tag] }),
  },
  {
    value: 'remove-tag',
    ability: 'retag',
    title: () => t`Remove a tag`,
    question: () => t`Key of the tag:`,
    flags: (removeTag) => ({ removeTag: [removeTag] }),
  },
];

/** What of a pair a service lets change, as choices. */
export function changesOf(descriptor: Descriptor, version: string): readonly Choice[] {
  return KINDS.filter(({ ability }) => hasAbility(descriptor, version, ability)).map(({ value, title }) => ({
    value,
    title: title(),
    note: '',
  }));
}

/**
 * Asks what is to be changed, and to what.
 *
 * @param chosen one of {@link changesOf}; null: it is asked for as well.
 * @throws KeypairError `CANCELLED`; `USAGE` where the service changes nothing.
 */
export async function changeAnswer(
  { context }: Session,
  descriptor: Descriptor,
  version: string,
  chosen: string | null = null,
): Promise<Partial<UpdateFlags>> {
  const choices = changesOf(descriptor, version);
  if (choices.length === 0) throw new KeypairError('USAGE', t`${descriptor.title} changes no key pairs`);
  const { askChoice, askText } = await import('../../ui/prompts.ts');
  const value = chosen ?? (await askChoice(context, t`What do you want to change?`, choices));
  const kind = KINDS.find((one) => one.value === value);
  if (kind === undefined) return {};
  const answer = await askText(context, kind.question(), (text) => {
    try {
      changeFrom(descriptor, { ...kind.flags(text), apiVersion: version });
      return null;
    } catch (error) {
      if (error instanceof KeypairError) return error.message;
      throw error;
    }
  });
  return kind.flags(answer);
}
