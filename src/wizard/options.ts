import type { CreateFlags } from '../cli/create-options.ts';
import { checkedTags, hasAbility } from '../cli/validate.ts';
import { PROJECT, readValue, RESOURCE_GROUP } from '../config/values.ts';
import { KeypairError } from '../errors.ts';
import { t } from '../i18n/t.ts';
import type { Descriptor } from '../providers/types.ts';
import type { Session } from '../cli/session.ts';
import type { Choice } from '../ui/prompts.ts';
import { askPairName } from './questions.ts';

/** A setting that can be changed in the summary. */
interface Option {
  readonly value: string;
  readonly title: () => string;
  /** Whether the service supports it. */
  readonly applies: (descriptor: Descriptor, version: string) => boolean;
  /** Asks for it, and returns the answer as flags. */
  readonly ask: (session: Session, descriptor: Descriptor, flags: CreateFlags) => Promise<CreateFlags>;
}

const OPTIONS: readonly Option[] = [
  {
    value: 'tag',
    title: () => t`Add tags`,
    applies: (descriptor, version) => hasAbility(descriptor, version, 'tag'),
    ask: async ({ context }, descriptor, { tag = [] }) => {
      const { askText } = await import('../ui/prompts.ts');
      const tags = [...tag];
      for (;;) {
        const answer = await askText(context, t`A tag as KEY=VALUE (Enter when there are no more):`, (text) =>
          text === '' ? null : problemOf(() => checkedTags(descriptor, [...tags, text])),
        );
        if (answer === '') return { tag: tags };
        tags.push(answer);
      }
    },
  },
  {
    value: 'project',
    title: () => t`Choose a project`,
    applies: (descriptor, version) => hasAbility(descriptor, version, 'project'),
    ask: async ({ context }) => {
      const { askText } = await import('../ui/prompts.ts');
      const check = (text: string): string | null => problemOf(() => readValue(PROJECT, text, '--project'));
      return { project: await askText(context, t`Number of the project:`, check) };
    },
  },
  {
    value: 'resourceGroup',
    title: () => t`Choose a resource group`,
    applies: (descriptor, version) => hasAbility(descriptor, version, 'resourceGroup'),
    ask: async ({ context }) => {
      const { askText } = await import('../ui/prompts.ts');
      const check = (text: string): string | null =>
        problemOf(() => readValue(RESOURCE_GROUP, text, '--resource-group'));
      return { resourceGroup: await askText(context, t`Id of the resource group:`, check) };
    },
  },
  {
    value: 'keyDir',
    title: () => t`Save it in another directory`,
    applies: () => true,
    ask: async ({ context }) => {
      const { askText } = await import('../ui/prompts.ts');
      const check = (text: string): string | null =>
        text.trim() === '' || text.includes('\0') ? t`a directory, such as ~/keys` : null;
      return { keyDir: (await askText(context, t`Directory for the key files:`, check)).trim() };
    },
  },
  {
    value: 'name',
    title: () => t`Give it another name`,
    applies: () => true,
    ask: async (session, { nameRule }, { keyDir }) => ({
      name: [await askPairName(session, nameRule, keyDir)],
    }),
  },
];

/** The options of a service, as choices. */
export function optionsFor(descriptor: Descriptor, version: string): readonly Choice[] {
  return OPTIONS.filter(({ applies }) => applies(descriptor, version)).map(({ value, title }) => ({
    value,
    title: title(),
    note: '',
  }));
}

/**
 * Asks for one of {@link optionsFor}.
 *
 * @returns the flags with the answer.
 * @throws KeypairError `CANCELLED`.
 */
export async function askOption(
  session: Session,
  descriptor: Descriptor,
  flags: CreateFlags,
  value: string,
): Promise<CreateFlags> {
  const extra = OPTIONS.find((one) => one.value === value);
  return extra === undefined ? flags : { ...flags, ...(await extra.ask(session, descriptor, flags)) };
}

/** The message of the error that a check throws, or null. */
function problemOf(check: () => unknown): string | null {
  try {
    check();
    return null;
  } catch (error) {
    if (error instanceof KeypairError) return error.message;
    throw error;
  }
}
