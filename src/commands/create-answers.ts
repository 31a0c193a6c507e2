import { KeypairError } from '../errors.ts';
import { descriptors, findDescriptor } from '../providers/registry.ts';
import type { Descriptor, TextRule } from '../providers/types.ts';
import type { Session } from '../session.ts';
import { fileNameProblem } from '../store/names.ts';
import type { CreateFlags } from './create.ts';

/** What a create cannot do without. */
export interface CreateAnswers {
  readonly descriptor: Descriptor;
  readonly names: readonly string[];
}

/**
 * The provider and the names: from flags and environment, else from questions on a terminal.
 *
 * @throws KeypairError `USAGE` that names all that is missing at once; `CANCELLED` when a question was declined.
 */
export async function answersFor(session: Session, flags: Partial<CreateFlags>): Promise<CreateAnswers> {
  const { provider } = session.settings;
  const names = flags.name ?? [];
  const descriptor = provider === null ? null : findDescriptor(provider);
  if (descriptor !== null && names.length > 0) return { descriptor, names };
  if (!session.interactive) throw missing(descriptor === null, names.length === 0);
  const chosen = descriptor ?? (await askProvider(session));
  return { descriptor: chosen, names: names.length > 0 ? names : [await askName(session, chosen.nameRule)] };
}

function missing(provider: boolean, name: boolean): KeypairError {
  const what = [provider ? '--provider' : '', name ? '--name' : ''].filter((flag) => flag !== '');
  return new KeypairError('USAGE', `missing: ${what.join(', ')}`, {
    hints: [
      ...(provider ? [`--provider is one of ${descriptors.map(({ id }) => id).join(', ')}`] : []),
      'for example: keypair create --provider tencent --name foo',
    ],
  });
}

async function askProvider({ context }: Session): Promise<Descriptor> {
  const { askChoice } = await import('../ui/prompts.ts');
  const choices = descriptors.map(({ id, title, warning }) => ({
    value: id,
    title: `${title} (${id})`,
    note: warning ?? '',
  }));
  return findDescriptor(await askChoice(context, 'Where do you want a key pair?', choices));
}

async function askName({ context }: Session, rule: TextRule): Promise<string> {
  const { askText } = await import('../ui/prompts.ts');
  return askText(context, 'Name of the key pair:', (name) => {
    if (!rule.accepts(name)) {
      const suggestion = rule.suggest(name);
      return suggestion === null ? rule.sentence : `${rule.sentence}; perhaps ${suggestion}`;
    }
    return fileNameProblem(name, context.platform);
  });
}
