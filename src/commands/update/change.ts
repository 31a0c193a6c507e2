import { KeypairError } from '../../errors.ts';
import { t } from '../../i18n/t.ts';
import type { Descriptor, KeyPairChange } from '../../providers/types.ts';
import { checkAbility, checkedTags, checkText, readTags } from '../../cli/validate.ts';

/** The flags of `update`, as Commander names them. */
export interface UpdateFlags {
  readonly rename: string;
  readonly description: string;
  readonly tag: readonly string[];
  readonly removeTag: readonly string[];
  readonly apiVersion: string;
  readonly keyDir: string;
}

/** What `update` needs one of, as it is missed. */
export function changesText(): string {
  return t`one of --rename, --description, --tag, --remove-tag`;
}

/** Whether the flags ask for a change at all. */
export function asksForChange(flags: Partial<UpdateFlags>): boolean {
  const { rename, description, tag, removeTag } = flags;
  return [rename, description, tag, removeTag].some((flag) => flag !== undefined);
}

/**
 * The change that the flags ask for, checked against what the provider can and takes.
 *
 * @throws KeypairError `USAGE` for the first thing that the provider would refuse or cannot do.
 */
export function changeFrom(descriptor: Descriptor, flags: Partial<UpdateFlags>): KeyPairChange {
  if (!asksForChange(flags)) throw new KeypairError('USAGE', t`missing: ${changesText()}`);
  const version = flags.apiVersion ?? descriptor.apiVersions[0];
  const { rename, description, tag, removeTag } = flags;
  if (rename !== undefined) {
    checkAbility(descriptor, version, 'rename', '--rename');
    checkText(descriptor, descriptor.nameRule, '--rename', rename);
  }
  if (description !== undefined) {
    checkAbility(descriptor, version, 'description', '--description');
    checkText(descriptor, descriptor.descriptionRule, '--description', description);
  }
  if (tag !== undefined) checkAbility(descriptor, version, 'retag', '--tag');
  if (removeTag !== undefined) checkAbility(descriptor, version, 'retag', '--remove-tag');
  return {
    ...(rename === undefined ? {} : { name: rename }),
    ...(description === undefined ? {} : { description }),
    ...(tag === undefined ? {} : { tags: checkedTags(descriptor, tag) }),
    ...(removeTag === undefined ? {} : { removeTags: checkedKeys(descriptor, removeTag, tag ?? []) }),
  };
}

function checkedKeys(
  { id }: Descriptor,
  keys: readonly string[],
  tags: readonly string[],
): readonly string[] {
  const set = readTags(tags);
  for (const key of keys) {
    if (!Object.hasOwn(set, key)) continue;
    const problem = t`--tag sets the same one: give one of them`;
    throw new KeypairError('USAGE', t`--remove-tag ${JSON.stringify(key)}: ${problem}`, { provider: id });
  }
  return [...new Set(keys)];
}
