import { fields, flag, list, optional, text } from '../params.ts';
import { ApiError } from '../api-error.ts';
import { withChanged, type StoredPair, type Tag } from '../repository.ts';
import { action, type Call } from './action.ts';
import { checkGroup, checkTags, ECS_TAGS, pagePlace, pageToken, PER_SECOND } from './ecs-params.ts';

const resource = { ResourceType: optional(text), ResourceId: optional(list(text)) };

interface Resource {
  readonly ResourceType: string | undefined;
  readonly ResourceId: readonly string[] | undefined;
}

/** ECS TagResources, for key pairs only. Their resource ids are their names. */
export const tagResources = action(
  PER_SECOND,
  fields({ ...resource, Tag: optional(ECS_TAGS) }),
  ({ Tag: given = [], ...wanted }, call) => {
    if (given.length === 0) throw missing('Tags');
    if (given.length > 20) throw exceeds('Tags', 20);
    const added = checkTags(given);
    updateTags(wanted, call, (tags) => {
      const all = [...tags.filter(({ key }) => !added.some((tag) => tag.key === key)), ...added];
      if (all.length > 20) {
        throw new ApiError(
          'OperationDenied.QuotaExceed',
          'The quota of tags on resource is beyond permitted range.',
          400,
        );
      }
      return all;
    });
    return {};
  },
);

/** ECS UntagResources: removes the tags with these keys, or all tags. It ignores unknown keys. */
export const untagResources = action(
  PER_SECOND,
  fields({ ...resource, TagKey: optional(list(text)), All: optional(flag) }),
  ({ TagKey: keys = [], All: all = false, ...wanted }, call) => {
    if (all && keys.length > 0) {
      throw new ApiError('Param.Conflict', 'The specified all is true, but the specified TagKey.N is not empty.', 403);
    }
    if (!all && keys.length === 0) throw missing('Tags');
    if (keys.length > 20) throw exceeds('Tags', 20);
    updateTags(wanted, call, (tags) => (all ? [] : tags.filter(({ key }) => !keys.includes(key))));
    return {};
  },
);

/** ECS ListTagResources: the tags of key pairs, 50 a page, by their names, by tags or by both. */
export const listTagResources = action(
  PER_SECOND,
  fields({ ...resource, Tag: optional(ECS_TAGS), NextToken: optional(text) }),
  ({ ResourceType: type, ResourceId: names = [], Tag: wanted = [], NextToken: token }, call) => {
    checkType(type);
    if (names.length === 0 && wanted.length === 0) throw missing('ResourceIds');
    if (names.length > 50) throw exceeds('ResourceIds', 50);
    if (wanted.length > 20) throw exceeds('Tags', 20);
    const rows = call.repository
      .read()
      .pairs.filter(({ name, tags }) => (names.length === 0 || names.includes(name)) && hasTags(tags, wanted))
      .flatMap(({ name, tags }) =>
        tags.map(({ key, value }) => ({ ResourceType: 'keypair', ResourceId: name, TagKey: key, TagValue: value })),
      );
    const from = pagePlace(token);
    const to = from + call.pages.size(50);
    return { NextToken: to < rows.length ? pageToken(to) : '', TagResources: { TagResource: rows.slice(from, to) } };
  },
);

/** Whether these tags have all wanted ones. One without a value matches any. */
export function hasTags(
  tags: readonly Tag[],
  wanted: readonly { readonly Key: string; readonly Value: string | undefined }[],
): boolean {
  return wanted.every(({ Key, Value }) => tags.some(({ key, value }) => key === Key && (Value ?? value) === value));
}

/** ECS JoinResourceGroup, for key pairs only. */
export const joinResourceGroup = action(
  PER_SECOND,
  fields({ ResourceType: optional(text), ResourceId: optional(text), ResourceGroupId: optional(text) }),
  ({ ResourceType: type, ResourceId: name, ResourceGroupId: id }, call) => {
    checkType(type);
    if (name === undefined) throw missing('ResourceId');
    if (id === undefined) throw missing('ResourceGroupId');
    const resourceGroupId = checkGroup(id);
    change([name], call, (pair) => ({ ...pair, resourceGroupId }));
    return {};
  },
);

function checkType(type: string | undefined): void {
  if (type === undefined) throw missing('ResourceType');
  if (type !== 'keypair') {
    const message = 'The ResourceType provided does not exist in our records.';
    throw new ApiError('InvalidResourceType.NotFound', message, 404);
  }
}

function updateTags(
  { ResourceType: type, ResourceId: names = [] }: Resource,
  call: Call,
  next: (tags: readonly Tag[]) => readonly Tag[],
): void {
  checkType(type);
  if (names.length === 0) throw missing('ResourceIds');
  if (names.length > 50) throw exceeds('ResourceIds', 50);
  change(names, call, (pair) => ({ ...pair, tags: next(pair.tags) }));
}

/** Changes the pairs of these names, or none. @throws ApiError */
function change(names: readonly string[], { repository }: Call, next: (pair: StoredPair) => StoredPair): void {
  repository.update((contents) => {
    const chosen = contents.pairs.filter(({ name }) => names.includes(name));
    if (chosen.length < new Set(names).size) {
      const message = 'The specified ResourceIds are not found in our records.';
      throw new ApiError('InvalidResourceId.NotFound', message, 404);
    }
    return withChanged(contents, chosen.map(next));
  });
}

function missing(name: string): ApiError {
  return new ApiError(`MissingParameter.${name}`, `The parameter - ${name} should not be null`, 404);
}

function exceeds(name: string, most: number): ApiError {
  const message = `The ${name} parameter's number is exceed , Valid : ${most}`;
  return new ApiError(`NumberExceed.${name}`, message, 400);
}
