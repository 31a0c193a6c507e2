import type { CreateFlags } from '../cli/create-options.ts';
import type { Session } from '../cli/session.ts';
import { providerAnswer } from '../cli/ask-provider.ts';
import { readStdin } from '../cli/read-input.ts';
import { checkAbility, checkedTags, checkText, hasAbility } from '../cli/validate.ts';
import type { Profile } from '../config/profile.ts';
import { PROJECT, readValue, RESOURCE_GROUP } from '../config/values.ts';
import { KeypairError } from '../errors.ts';
import { t } from '../i18n/t.ts';
import type { Ability, CreateRequest, Descriptor, TextRule } from '../providers/types.ts';
import { fileNameProblem } from '../storage/file-name.ts';

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
  const { askText } = await import('../ui/prompts.ts');
  return askText(context, t`Name of the key pair:`, (name) => {
    if (!rule.accepts(name)) {
      const suggestion = rule.suggest(name);
      const sentence = rule.sentence;
      return suggestion === null ? sentence : t`${sentence}; perhaps ${suggestion}`;
    }
    return fileNameProblem(name, context.platform);
  });
}

/** More names than any account has room for. */
const LIMIT = 1024 * 1024;

/**
 * The names with those of stdin, one a line, where `-` is among them; without it stdin is left alone. Blank lines do
 * not count, and a name that comes again is made once.
 *
 * @throws KeypairError `USAGE` when stdin has no name, `CANCELLED` on Ctrl-C.
 */
async function withNamesOfStdin(session: Session, given: readonly string[]): Promise<readonly string[]> {
  if (!given.includes('-')) return given;
  const written = given.filter((name) => name !== '-');
  const lines = (await readStdin(session.context, LIMIT))
    .split(/\r\n|\r|\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (lines.length === 0) throw new KeypairError('USAGE', t`there is no name on stdin`);
  const fresh = [...new Set(lines)].filter((name) => !written.includes(name));
  const again = lines.length - fresh.length;
  if (again === 1) session.info(t`1 name comes again: each is taken once`);
  if (again > 1) session.info(t`${again} names come again: each is taken once`);
  return [...written, ...fresh];
}

/** What a new pair is to have, as the flags of the commands say it that make or upload one. */
export type NewPairFlags = Pick<CreateFlags, 'tag' | 'project' | 'resourceGroup' | 'apiVersion'>;

/**
 * The requests that the flags ask for, with the profile's defaults where they are silent, checked against what the
 * provider takes.
 *
 * @throws KeypairError `USAGE` for the first thing that the provider would refuse or cannot do.
 */
export function requestsFor(
  descriptor: Descriptor,
  names: readonly string[],
  flags: NewPairFlags,
  profile: Profile,
): readonly CreateRequest[] {
  const { nameRule } = descriptor;
  const version = flags.apiVersion ?? descriptor.apiVersions[0];
  for (const name of names) checkText(descriptor, nameRule, '--name', name);
  const seen = new Set<string>();
  const twice = names.find((name) => seen.size === seen.add(name).size);
  if (twice !== undefined) throw new KeypairError('USAGE', t`--name ${twice} is given twice`);
  if (flags.tag !== undefined) checkAbility(descriptor, version, 'tag', '--tag');
  if (flags.project !== undefined) checkAbility(descriptor, version, 'project', '--project');
  if (flags.resourceGroup !== undefined) {
    checkAbility(descriptor, version, 'resourceGroup', '--resource-group');
  }
  const defaults = defaultsFor(descriptor, version, profile);
  const shared = {
    tags: tagsOf(descriptor, flags.tag ?? [], defaults),
    projectId:
      flags.project === undefined ? (defaults.project ?? 0) : readValue(PROJECT, flags.project, '--project'),
    resourceGroupId:
      flags.resourceGroup === undefined
        ? defaults.resourceGroup
        : readValue(RESOURCE_GROUP, flags.resourceGroup, '--resource-group'),
  };
  return names.map((name) => ({ name, ...shared }));
}

/** What of the profile holds for a new pair of this provider: only what the provider has. */
function defaultsFor(descriptor: Descriptor, version: string, profile: Profile): Profile {
  const has = (ability: Ability): boolean => hasAbility(descriptor, version, ability);
  return {
    ...profile,
    tags: has('tag') ? profile.tags : {},
    project: has('project') ? profile.project : null,
    resourceGroup: has('resourceGroup') ? profile.resourceGroup : null,
  };
}

/** The tags that were given, and those of the profile whose keys were not. */
function tagsOf(
  descriptor: Descriptor,
  given: readonly string[],
  profile: Profile,
): Readonly<Record<string, string>> {
  const { id, title, tagRule } = descriptor;
  const own = checkedTags(descriptor, given);
  const defaults = Object.entries(profile.tags).filter(([key]) => !Object.hasOwn(own, key));
  for (const [key, value] of defaults) {
    const problem = tagRule?.problem(key, value) ?? null;
    if (problem !== null) {
      const shown = JSON.stringify(key);
      throw badDefault(t`profile ${profile.name} adds the tag ${shown}: ${problem}`, profile, id);
    }
  }
  const tags = Object.fromEntries([...defaults, ...Object.entries(own)]);
  if (defaults.length > 0 && tagRule !== null && Object.keys(tags).length > tagRule.max) {
    throw badDefault(
      t`profile ${profile.name} adds tags, and ${title} takes at most ${tagRule.max} on a key pair`,
      profile,
      id,
    );
  }
  return tags;
}

function badDefault(message: string, { name }: Profile, provider: string): KeypairError {
  return new KeypairError('USAGE', message, {
    provider,
    hints: [t`see them with: keypair config list --profile ${name}`],
  });
}
