import { KeypairError } from '../../errors.ts';
import type { CreateRequest, Descriptor } from '../../providers/types.ts';
import { checkAbility, checkedTags, checkText } from '../checks.ts';
import type { NewPairFlags } from './flags.ts';

/**
 * The requests that the flags ask for, checked against what the provider takes.
 *
 * @throws KeypairError `USAGE` for the first thing that the provider would refuse or cannot do.
 */
export function requestsFor(
  descriptor: Descriptor,
  names: readonly string[],
  flags: Partial<NewPairFlags>,
): readonly CreateRequest[] {
  const { nameRule } = descriptor;
  const version = flags.apiVersion ?? descriptor.apiVersions[0];
  for (const name of names) checkText(descriptor, nameRule, '--name', name);
  const seen = new Set<string>();
  const twice = names.find((name) => seen.size === seen.add(name).size);
  if (twice !== undefined) throw new KeypairError('USAGE', `--name ${twice} is given twice`);
  if (flags.tag !== undefined) checkAbility(descriptor, version, 'tag', '--tag');
  if (flags.project !== undefined) checkAbility(descriptor, version, 'project', '--project');
  if (flags.resourceGroup !== undefined) {
    checkAbility(descriptor, version, 'resourceGroup', '--resource-group');
  }
  const shared = {
    tags: checkedTags(descriptor, flags.tag ?? []),
    projectId: readProject(flags.project),
    resourceGroupId: readResourceGroup(flags.resourceGroup),
  };
  return names.map((name) => ({ name, ...shared }));
}

function readProject(given: string | undefined): number {
  if (given === undefined) return 0;
  if (/^\d{1,15}$/.test(given)) return Number(given);
  throw new KeypairError('USAGE', '--project takes the number of a project', {
    hints: ['0 is the default project; see the others in the console under projects'],
  });
}

function readResourceGroup(given: string | undefined): string | null {
  if (given === undefined) return null;
  if (/^rg-[0-9A-Za-z]+$/.test(given)) return given;
  throw new KeypairError('USAGE', '--resource-group takes an id such as rg-bp67acfmxazb4p');
}
