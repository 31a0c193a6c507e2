import { aliyunInvalidParameter, ApiError } from '../api-error.ts';
import { isInUse } from '../instances.ts';
import { ecsFingerprint, formatPrivateKey, makeRsaKey, parsePublicLine, type RsaKey } from '../keys.ts';
import { fields, flag, integer, optional, text } from '../params.ts';
import { ECS_REGIONS, REGION_NAMES } from '../regions.ts';
import { type Contents, newId, type StoredPair, type Tag, withoutPairs, withPairs } from '../repository.ts';
import { action, type Actions, type Call, type Result } from './action.ts';
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
      checkNameAndQuota(about.name, call.repository.read(), call);
      const key = await makeRsaKey(call.behaviour.keyBits);
      const pair = store(about, `ssh-rsa ${key.blob.toString('base64')}`, key, call);
      return {
        KeyPairId: pair.id,
        KeyPairName: pair.name,
        KeyPairFingerPrint: pair.fingerprint,
        PrivateKeyBody: formatPrivateKey(key, call.behaviour.aliyunKeyShape),
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
      const key = parsePublicLine(params.PublicKeyBody, call.behaviour.keyTypes);
      if (key === null) {
        throw new ApiError('InvalidPublicKeyBody.Malformed', 'The PublicKeyBody format is not supported.', 400);
      }
      const pair = store(about, params.PublicKeyBody.trim(), key, call);
      // Only CreateKeyPair returns a KeyPairId.
      return { KeyPairName: pair.name, KeyPairFingerPrint: pair.fingerprint };
    }),
  ],
  ['DescribeKeyPairs', describeKeyPairs],
  [
    'DeleteKeyPairs',
    action(PER_SECOND, fields({ KeyPairNames: text }), ({ KeyPairNames }, call) => remove(KeyPairNames, call)),
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

function checkName(name: string, rule: RegExp): void {
  if (!rule.test(name) || /^https?:\/\//i.test(name)) {
    throw new ApiError('InvalidKeyPairName.Malformed', 'Specified Key Pair name is not valid.', 400);
  }
}

function checkNameAndQuota(name: string, { pairs }: Contents, call: Call): void {
  if (pairs.some((pair) => pair.name === name)) {
    throw new ApiError('KeyPair.AlreadyExist', 'The key pair already exist.', 400);
  }
  if (pairs.length >= call.behaviour.quota.ecs) {
    throw new ApiError('QuotaExceed.KeyPair', 'The key pair quota exceeds.', 403);
  }
}

function store(
  about: { readonly name: string; readonly group: string; readonly tags: readonly Tag[] },
  publicKey: string,
  key: Pick<RsaKey, 'blob'> & Partial<RsaKey>,
  call: Call,
): StoredPair {
  const pair: StoredPair = {
    id: newId('ssh', 20),
    name: about.name,
    publicKey,
    fingerprint: ecsFingerprint(key, call.behaviour.fingerprint),
    createdAt: call.now.toISOString(),
    projectId: 0,
    description: '',
    resourceGroupId: about.group,
    tags: about.tags,
  };
  // Check again: another request or process may have taken the name or the last place meanwhile.
  call.repository.update((contents) => {
    checkNameAndQuota(pair.name, contents, call);
    return withPairs(contents, [pair]);
  });
  return pair;
}

function remove(json: string, call: Call): Result {
  const names = new Set(parseJsonList(json, badNames));
  if (names.size > 100) {
    throw new ApiError('InstanceKeyPairLimitExceeded', 'The number of key pair names exceeds the limit.', 403);
  }
  call.repository.update((contents) => {
    const found = contents.pairs.filter(({ name }) => names.has(name));
    if (found.length < names.size && call.behaviour.ecsDeleteUnknown === 'not-found') {
      throw new ApiError('InvalidKeyPair.NotFound', 'The specified key pair does not exist.', 404);
    }
    if (found.some(({ id }) => isInUse(contents.instances, id, call.now))) {
      const message = 'The specified parameter "KeyPairNames" attached to instances can not be deleted.';
      throw new ApiError('InvalidParameter.KeypairAlreadyAttachedInstance', message, 400);
    }
    return withoutPairs(contents, new Set(found.map(({ id }) => id)));
  });
  return {};
}

function badNames(): ApiError {
  return new ApiError(
    'InvalidKeyPairNames.ValueNotSupported',
    'The specified parameter "KeyPairNames" is not valid.',
    400,
  );
}
