import { aliyunInvalidParameter } from '../api-error.ts';
import { fields, flag, integer, optional, text } from '../params.ts';
import { ECS_REGIONS, REGION_NAMES } from '../regions.ts';
import type { StoredPair } from '../repository.ts';
import { action, type Actions, type Result } from './action.ts';
import { badPairNames, checkName, createPair, deletePairs, importPair } from './aliyun-keys.ts';
import {
  describeCloudAssistantStatus,
  describeInvocationResults,
  describeInvocations,
  runCommand,
} from './cloud-assistant.ts';
import {
  attachKeyPair,
  describeInstances,
  detachKeyPair,
  rebootInstance,
  startInstance,
  stopInstance,
} from './ecs-instances.ts';
import { checkGroup, ECS_TAGS, newPairTags, parseJsonList, PER_SECOND } from './ecs-params.ts';
import { ecsLaunchTemplates, ecsLaunchTemplateVersions } from './launch-templates.ts';
import { hasTags, joinResourceGroup, listTagResources, tagResources, untagResources } from './ecs-tags.ts';

const newPairFields = { KeyPairName: text, ResourceGroupId: optional(text), Tag: optional(ECS_TAGS) };

/** ECS DescribeKeyPairs. A pair must match every filter. */
const describeKeyPairs = action(
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
    const { PageNumber: number = 1, PageSize: pageSize = 10, Tag: wanted = [] } = params;
    if (number < 1) throw aliyunInvalidParameter('PageNumber');
    if (pageSize < 1 || pageSize > 50) {
      throw aliyunInvalidParameter('PageSize');
    }
    const size = call.pages.fixedSize(pageSize);
    const name = wildcard(params.KeyPairName ?? '*');
    const found = call.repository
      .read()
      .pairs.filter(
        (pair) =>
          name.test(pair.name) &&
          (params.KeyPairFingerPrint ?? pair.fingerprint) === pair.fingerprint &&
          (params.ResourceGroupId ?? pair.resourceGroupId) === pair.resourceGroupId &&
          hasTags(pair.tags, wanted),
      );
    const page = found.slice((number - 1) * size, number * size);
    return {
      TotalCount: found.length,
      PageNumber: number,
      PageSize: size,
      KeyPairs: { KeyPair: page.map((pair) => keyPairRow(pair, params.IncludePublicKey ?? false)) },
    };
  },
);

/** A pattern with `*` at its start, at its end, or both. A star inside is literal; no name has one. */
function wildcard(pattern: string): RegExp {
  const [, before = '', middle = '', after = ''] = /^(\*?)(.*?)(\*?)$/su.exec(pattern) ?? [];
  const literal = middle.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${before && '.*'}${literal}${after && '.*'}$`, 'su');
}

function keyPairRow(pair: StoredPair, withPublicKey: boolean): Result {
  return {
    KeyPairName: pair.name,
    KeyPairFingerPrint: pair.fingerprint,
    // The document's example ends at the minute: 2023-09-04T08:33Z.
    CreationTime: `${pair.createdAt.slice(0, 16)}Z`,
    ResourceGroupId: pair.resourceGroupId,
    Tags: { Tag: pair.tags.map(({ key, value }) => ({ TagKey: key, TagValue: value })) },
    ...(withPublicKey ? { PublicKey: pair.publicKey } : {}),
  };
}

/** ECS DescribeRegions: all regions, with the Chinese names that it returns without AcceptLanguage. */
const describeRegions = action(PER_SECOND, fields({}), () => ({
  Regions: {
    Region: [...ECS_REGIONS].map((region) => ({
      RegionId: region,
      RegionEndpoint: region === 'cn-hangzhou' ? 'ecs-cn-hangzhou.aliyuncs.com' : `ecs.${region}.aliyuncs.com`,
      LocalName: REGION_NAMES.get(region) ?? region,
      Status: 'available',
    })),
  },
}));

/** Alibaba Cloud ECS 2014-05-26. The name identifies a pair. */
export const ECS_ACTIONS: Actions = new Map([
  [
    'CreateKeyPair',
    action(PER_SECOND, fields(newPairFields), async (params, call) => {
      checkName(params.KeyPairName, /^[A-Za-z][A-Za-z0-9:_-]{1,127}$/);
      const about = {
        name: params.KeyPairName,
        group: checkGroup(params.ResourceGroupId),
        tags: newPairTags(params.Tag ?? []),
      };
      const { pair, privateKey } = await createPair('ecs', about, call);
      return {
        KeyPairId: pair.id,
        KeyPairName: pair.name,
        KeyPairFingerPrint: pair.fingerprint,
        PrivateKeyBody: privateKey,
      };
    }),
  ],
  [
    'ImportKeyPair',
    action(PER_SECOND, fields({ ...newPairFields, PublicKeyBody: text }), (params, call) => {
      checkName(params.KeyPairName, /^\p{L}[\p{L}\p{N}:._-]{1,127}$/u);
      const about = {
        name: params.KeyPairName,
        group: checkGroup(params.ResourceGroupId),
        tags: newPairTags(params.Tag ?? []),
      };
      const pair = importPair('ecs', about, params.PublicKeyBody, call);
      // Only CreateKeyPair returns a KeyPairId.
      return { KeyPairName: pair.name, KeyPairFingerPrint: pair.fingerprint };
    }),
  ],
  ['DescribeKeyPairs', describeKeyPairs],
  [
    'DeleteKeyPairs',
    action(PER_SECOND, fields({ KeyPairNames: text }), ({ KeyPairNames }, call) =>
      deletePairs(parseJsonList(KeyPairNames, badPairNames), 100, call),
    ),
  ],
  ['AttachKeyPair', attachKeyPair],
  ['DetachKeyPair', detachKeyPair],
  ['DescribeInstances', describeInstances],
  ['RebootInstance', rebootInstance],
  ['StartInstance', startInstance],
  ['StopInstance', stopInstance],
  ['DescribeLaunchTemplates', ecsLaunchTemplates],
  ['DescribeLaunchTemplateVersions', ecsLaunchTemplateVersions],
  ['RunCommand', runCommand],
  ['DescribeInvocations', describeInvocations],
  ['DescribeInvocationResults', describeInvocationResults],
  ['DescribeCloudAssistantStatus', describeCloudAssistantStatus],
  ['DescribeRegions', describeRegions],
  ['ListTagResources', listTagResources],
  ['JoinResourceGroup', joinResourceGroup],
  ['TagResources', tagResources],
  ['UntagResources', untagResources],
]);
