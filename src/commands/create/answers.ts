import { t } from '../../i18n/t.ts';
import type { Descriptor, TextRule } from '../../providers/types.ts';
import type { Session } from '../../cli/session.ts';
import { fileNameProblem } from '../../storage/file-name.ts';
import { withNamesOfStdin } from './stdin-names.ts';
import { providerAnswer } from '../../cli/ask-provider.ts';

/** What a create cannot do without. */
export interface CreateAnswers {
  readonly descriptor: Descriptor;
  readonly names: readonly string[];
}

/**
 * The provider and the names: from flags, environment and (for `-`) stdin, else from questions on a terminal.
 *
 * @param given the names on the command line.
 * @throws KeypairError `USAGE` that names all that is missing at once; `CANCELLED` when a question was declined.
 */
export async function answersFor(session: Session, given: readonly string[]): Promise<CreateAnswers> {
  const descriptor = await providerAnswer(session, given.length === 0 ? ['--name'] : []);
  const names = given.length > 0 ? given : [await askName(session, descriptor.nameRule)];
  return { descriptor, names: await withNamesOfStdin(session, names) };
}

/**
 * Asks for a name until it is one that the service takes and that a file can have.
 *
 * @throws KeypairError `CANCELLED`.
 */
export async function askName({ context }: Session, rule: TextRule): Promise<string> {
  const { askText } = await import('../../ui/prompts.ts');
  return askText(context, t`Name of the key pair:`, (name) => {
    if (!rule.accepts(name)) {
      const suggestion = rule.suggest(name);
      const sentence = rule.sentence;
      return suggestion === null ? sentence : t`${sentence}; perhaps ${suggestion}`;
    }
    return fileNameProblem(name, context.platform);
  });
}
