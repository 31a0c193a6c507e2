import { KeypairError } from '../errors.ts';
import type { Ability, CreateRequest, Descriptor } from '../providers/types.ts';
import type { CreateFlags } from './create.ts';

/**
 * The requests that the flags ask for, checked against what the provider takes.
 *
 * @throws KeypairError `USAGE` for the first thing that the provider would refuse or cannot do.
 */
export function requestsFor(
  descriptor: Descriptor,
  names: readonly string[],
  flags: Partial<CreateFlags>,
): readonly CreateRequest[] {
  const lacked = descriptor.lackedBy?.[flags.apiVersion ?? descriptor.apiVersions[0]] ?? [];
  for (const name of names) checkName(descriptor, name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new KeypairError('USAGE', `--name ${twice} is given twice`);
  const shared = {
    tags: readTags(descriptor, flags.tag ?? []),
    projectId: readProject(descriptor, flags.project, lacked),
    resourceGroupId: readResourceGroup(descriptor, flags.resourceGroup),
  };
  return names.map((name) => ({ name, ...shared }));
}

function checkName({ id, title, nameRule }: Descriptor, name: string): void {
  if (nameRule.accepts(name)) return;
  const suggestion = nameRule.suggest(name);
  throw new KeypairError(
    'USAGE',
    `${title} does not take the name ${JSON.stringify(name)}: ${nameRule.sentence}`,
    {
      provider: id,
      hints: suggestion === null ? [] : [`try --name ${suggestion}`],
    },
  );
}

function readTags(
  { id, title, tagRule }: Descriptor,
  given: readonly string[],
): Readonly<Record<string, string>> {
  if (given.length === 0) return {};
  if (tagRule === null) throw cannot(id, title, '--tag');
  const tags = new Map<string, string>();
  for (const text of given) {
    const split = text.indexOf('=');
    const key = split < 0 ? text : text.slice(0, split);
    const value = split < 0 ? null : text.slice(split + 1);
    const problem =
      value === null
        ? 'a tag is written KEY=VALUE'
        : tags.has(key)
          ? `the key ${key} is given twice`
          : tagRule.problem(key, value);
    if (problem !== null || value === null) {
      throw new KeypairError('USAGE', `--tag ${JSON.stringify(text)}: ${problem ?? ''}`, { provider: id });
    }
    tags.set(key, value);
  }
  if (tags.size > tagRule.max) {
    throw new KeypairError('USAGE', `${title} takes at most ${tagRule.max} tags on a key pair`, {
      provider: id,
    });
  }
  return Object.fromEntries(tags);
}

function readProject(
  { id, title, abilities }: Descriptor,
  given: string | undefined,
  lacked: readonly Ability[],
): number {
  if (given === undefined) return 0;
  if (abilities.project === false || lacked.includes('project')) throw cannot(id, title, '--project');
  if (/^\d{1,15}$/.test(given)) return Number(given);
  throw new KeypairError('USAGE', '--project takes the number of a project', {
    hints: ['0 is the default project; see the others in the console under projects'],
  });
}

function readResourceGroup({ id, title, abilities }: Descriptor, given: string | undefined): string | null {
  if (given === undefined) return null;
  if (abilities.resourceGroup === false) throw cannot(id, title, '--resource-group');
  if (/^rg-[0-9A-Za-z]+$/.test(given)) return given;
  throw new KeypairError('USAGE', '--resource-group takes an id such as rg-bp67acfmxazb4p');
}

function cannot(provider: string, title: string, flag: string): KeypairError {
  return new KeypairError('USAGE', `${title} has nothing for ${flag}`, {
    provider,
    hints: ['see what each provider can do with keypair providers'],
  });
}
