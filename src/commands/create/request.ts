import type { Profile } from '../../config/profile.ts';
import { PROJECT, readValue, RESOURCE_GROUP } from '../../config/values.ts';
import { KeypairError } from '../../errors.ts';
import { t } from '../../i18n/t.ts';
import type { Ability, CreateRequest, Descriptor } from '../../providers/types.ts';
import { checkAbility, checkedTags, checkText, hasAbility } from '../../cli/validate.ts';
import type { NewPairFlags } from './flags.ts';

/**
 * The requests that the flags ask for, with the profile's defaults where they are silent, checked against what the
 * provider takes.
 *
 * @throws KeypairError `USAGE` for the first thing that the provider would refuse or cannot do.
 */
export function requestsFor(
  descriptor: Descriptor,
  names: readonly string[],
  flags: Partial<NewPairFlags>,
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
