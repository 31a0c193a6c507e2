import { ACCOUNTS } from '../accounts.ts';
import { ApiError } from '../api-error.ts';
import type { Service } from '../behaviour.ts';
import { fields, integer, list, optional, text } from '../params.ts';
import { CVM_REGIONS, LIGHTHOUSE_REGIONS } from '../regions.ts';
import { type Repository, type Tag, withChanged } from '../repository.ts';
import { action, type Actions, type Call } from './action.ts';

/** The most tags of one request and the most of a resource. */
const MOST_GIVEN = 10;
const MOST_TAGS = 50;

/** Tencent's tags of all products, of which the sandbox has key pairs. The rate limits are the documents' numbers. */
export const TENCENT_TAG_ACTIONS: Actions = new Map([
  [
    'DescribeResourceTagsByResourceIds',
    action(
      20,
      fields({
        ServiceType: text,
        ResourcePrefix: text,
        ResourceIds: list(text),
        ResourceRegion: text,
        Offset: optional(integer),
        Limit: optional(integer),
        Category: optional(text),
      }),
      (params, call) => {
        const { ServiceType, ResourcePrefix, ResourceIds: ids, ResourceRegion, Offset = 0, Limit = 15 } = params;
        const repository = repositoryAt(ServiceType, ResourceRegion, call);
        if (repository === null) throw invalid(isService(ServiceType) ? 'RegionInvalid' : 'ServiceTypeInvalid');
        if (ResourcePrefix !== 'keypair') throw invalid('ResourcePrefixInvalid');
        if (ids.length === 0 || ids.length > 50) throw invalid('ResourceIdInvalid');
        if (Limit < 1 || Offset < 0 || Offset % Limit !== 0) {
          throw new ApiError('InvalidParameterValue', 'Offset must be a multiple of Limit.');
        }
        const all = repository.read().pairs.filter(({ id }) => ids.includes(id));
        const tags =
          params.Category === 'System' ? [] : all.flatMap(({ id, tags: own }) => own.map((tag) => ({ id, tag })));
        const rows = tags.slice(Offset, Offset + call.pages.size(Limit)).map(({ id, tag }) => ({
          TagKey: tag.key,
          TagValue: tag.value,
          ResourceId: id,
          ServiceType,
          Category: 'Custom',
        }));
        return { TotalCount: tags.length, Offset, Limit, Tags: rows };
      },
    ),
  ],
  [
    'ModifyResourceTags',
    action(
      20,
      fields({
        Resource: text,
        ReplaceTags: optional(list(fields({ TagKey: text, TagValue: text, Category: optional(text) }))),
        DeleteTags: optional(list(fields({ TagKey: text }))),
      }),
      ({ Resource, ReplaceTags, DeleteTags }, call) => {
        const { repository, id } = resourceAt(Resource, call);
        const added = (ReplaceTags ?? []).map(({ TagKey, TagValue }) => ({ key: TagKey, value: TagValue }));
        const removed = (DeleteTags ?? []).map(({ TagKey }) => TagKey);
        if (ReplaceTags === undefined && DeleteTags === undefined) throw invalid('DeleteTagsParamError');
        if (ReplaceTags?.length === 0 || DeleteTags?.length === 0) throw invalid('DeleteTagsParamError');
        if (added.some(({ key }) => removed.includes(key))) throw invalid('DeleteTagsParamError');
        if (added.length > MOST_GIVEN || removed.length > MOST_GIVEN) {
          throw new ApiError('InvalidParameter.Tag', `A request has at most ${MOST_GIVEN} tags.`);
        }
        checkTags(added);
        repository.update((contents) => {
          const pair = contents.pairs.find((one) => one.id === id);
          if (pair === undefined) throw invalid('ResourceDescriptionError');
          const kept = pair.tags.filter(({ key }) => !removed.includes(key) && !added.some((tag) => tag.key === key));
          const tags = [...kept, ...added];
          if (tags.length > MOST_TAGS) {
            throw new ApiError('LimitExceeded.ResourceAttachedTags', 'The resource has too many tags.');
          }
          return withChanged(contents, [{ ...pair, tags }]);
        });
        return {};
      },
    ),
  ],
]);

type TaggedService = Extract<Service, 'cvm' | 'lighthouse'>;

const REGIONS: Readonly<Record<TaggedService, ReadonlySet<string>>> = {
  cvm: CVM_REGIONS,
  lighthouse: LIGHTHOUSE_REGIONS,
};

function isService(type: string): type is TaggedService {
  return type === 'cvm' || type === 'lighthouse';
}

/** The pairs of a service in a region; null if there is no such service or region. */
function repositoryAt(type: string, region: string, call: Call): Repository | null {
  return isService(type) && REGIONS[type].has(region) ? call.repositoryOf(type, region) : null;
}

/**
 * The pair that a resource name means: `qcs::cvm:ap-guangzhou:uin/100000000001:keypair/skey-xxxxxxxx`. The number may be
 * absent; then it is the caller's account.
 */
function resourceAt(name: string, call: Call): { readonly repository: Repository; readonly id: string } {
  const match = /^qcs::([a-z]+):([a-z0-9-]+):uin\/(\d*):keypair\/([a-z0-9-]+)$/.exec(name);
  const [, service = '', region = '', uin = '', id = ''] = match ?? [];
  const repository = repositoryAt(service, region, call);
  if (repository === null || (uin !== '' && uin !== ACCOUNTS.tencent)) throw invalid('ResourceDescriptionError');
  return { repository, id };
}

function checkTags(tags: readonly Tag[]): void {
  for (const { key, value } of tags) {
    if (key === '') throw invalid('TagKeyEmpty');
    if (/^(qcs:|project|项目)/i.test(key))
      throw new ApiError('InvalidParameter.ReservedTagKey', 'The tag key is reserved.');
    if (key.length > 127) throw invalid('TagKeyLengthExceeded');
    if (value.length > 255) throw invalid('TagValueLengthExceeded');
  }
  if (new Set(tags.map(({ key }) => key)).size !== tags.length) {
    throw new ApiError('InvalidParameter.Tag', 'A tag key comes twice.');
  }
}

function invalid(what: string): ApiError {
  return new ApiError(`InvalidParameterValue.${what}`, `The parameter is not valid: ${what}.`);
}
