import { fields, flag, integer, optional, text } from '../params.ts';
import { ApiError } from '../api-error.ts';
import type { StoredPair } from '../repository.ts';
import { action, type Result } from './action.ts';
import { ECS_TAGS } from './ecs-tags.ts';

/** Requests a second for one ECS action. No number is documented. */
export const PER_SECOND = 50;

/** ECS DescribeKeyPairs: every filter that is given must fit. */
export const describeKeyPairs = action(
  PER_SECOND,
  fields({
    KeyPairName: optional(text),
    KeyPairFingerPrint: optional(text),
    IncludePublicKey: optional(flag),
    PageNumber: optional(integer),
    PageSize: optional(integer),
    ResourceGroupId: optional(text),
    Tag: optional(ECS_TAGS),
  }),
  (params, call) => {
    const { PageNumber: number = 1, PageSize: asked = 10, Tag: wanted = [] } = params;
    if (number < 1)
      throw new ApiError('InvalidParameter', 'The specified parameter "PageNumber" is not valid.', 400);
    if (asked < 1 || asked > 50) {
      throw new ApiError('InvalidParameter', 'The specified parameter "PageSize" is not valid.', 400);
    }
    const size = call.pages.fixedSize(asked);
    const name = wildcard(params.KeyPairName ?? '*');
    const found = call.repository
      .read()
      .pairs.filter(
        (pair) =>
          name.test(pair.name) &&
          (params.KeyPairFingerPrint ?? pair.fingerprint) === pair.fingerprint &&
          (params.ResourceGroupId ?? pair.resourceGroupId) === pair.resourceGroupId &&
          wanted.every(({ Key, Value }) =>
            pair.tags.some((tag) => tag.key === Key && (Value === undefined || tag.value === Value)),
          ),
      );
    const page = found.slice((number - 1) * size, number * size);
    return {
      TotalCount: found.length,
      PageNumber: number,
      PageSize: size,
      KeyPairs: { KeyPair: page.map((pair) => show(pair, params.IncludePublicKey ?? false)) },
    };
  },
);

/** `*a`, `a*`, `*a*`, or `a` for exactly that. A star inside stands for itself, which no name holds. */
function wildcard(pattern: string): RegExp {
  const [, before = '', middle = '', after = ''] = /^(\*?)(.*?)(\*?)$/su.exec(pattern) ?? [];
  const literal = middle.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${before && '.*'}${literal}${after && '.*'}$`, 'su');
}

function show(pair: StoredPair, withPublicKey: boolean): Result {
  return {
    KeyPairName: pair.name,
    KeyPairFingerPrint: pair.fingerprint,
    // To the minute, as in the document's example: 2023-09-04T08:33Z.
    CreationTime: `${pair.createdAt.slice(0, 16)}Z`,
    ResourceGroupId: pair.resourceGroupId,
    Tags: { Tag: pair.tags.map(({ key, value }) => ({ TagKey: key, TagValue: value })) },
    ...(withPublicKey ? { PublicKey: pair.publicKey } : {}),
  };
}
