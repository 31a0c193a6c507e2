import { newId } from '../ids.ts';
import { isInUse } from '../instances.ts';
import { fields, optional, text } from '../params.ts';
import { ApiError } from '../api-error.ts';
import { parsePublicLine } from '../public-key.ts';
import { formatPrivateKey } from '../key-shape.ts';
import { makeRsaKey, type RsaKey } from '../rsa.ts';
import { withoutPairs, withPairs, type Contents, type StoredPair, type Tag } from '../repository.ts';
import { action, type Actions, type Call, type Result } from './action.ts';
import { attachKeyPair, detachKeyPair } from './ecs-bind.ts';
import { ecsFingerprint } from './ecs-fingerprint.ts';
import { describeKeyPairs, PER_SECOND } from './ecs-describe.ts';
import { describeInstances } from './ecs-instances.ts';
import { describeRegions } from './ecs-regions.ts';
import { tagResources, untagResources } from './ecs-tagging.ts';
import { newPairTags, ECS_TAGS } from './ecs-tags.ts';
import { parseJsonList } from './json-names.ts';

const newPairFields = { KeyPairName: text, ResourceGroupId: optional(text), Tag: optional(ECS_TAGS) };

/** The resource group that exists besides the default one, whose id is the empty string here. */
const GROUP = 'rg-sandbox';

/** Alibaba Cloud ECS 2014-05-26. A pair is known by its name. */
export const ECS_ACTIONS: Actions = new Map([
  [
    'CreateKeyPair',
    action(PER_SECOND, fields(newPairFields), async (params, call) => {
      checkName(params.KeyPairName, /^[A-Za-z][A-Za-z0-9:_-]{1,127}$/);
      const about = {
        name: params.KeyPairName,
        group: group(params.ResourceGroupId),
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
        group: group(params.ResourceGroupId),
        tags: newPairTags(params.Tag ?? []),
      };
      const key = parsePublicLine(params.PublicKeyBody);
      if (key === null) {
        throw new ApiError(
          'InvalidPublicKeyBody.Malformed',
          'The PublicKeyBody format is not supported.',
          400,
        );
      }
      const pair = store(about, params.PublicKeyBody.trim(), key, call);
      // No KeyPairId: only CreateKeyPair tells it.
      return { KeyPairName: pair.name, KeyPairFingerPrint: pair.fingerprint };
    }),
  ],
  ['DescribeKeyPairs', describeKeyPairs],
  [
    'DeleteKeyPairs',
    action(PER_SECOND, fields({ KeyPairNames: text }), ({ KeyPairNames }, call) =>
      remove(KeyPairNames, call),
    ),
  ],
  ['AttachKeyPair', attachKeyPair],
  ['DetachKeyPair', detachKeyPair],
  ['DescribeInstances', describeInstances],
  ['DescribeRegions', describeRegions],
  ['TagResources', tagResources],
  ['UntagResources', untagResources],
]);

function checkName(name: string, rule: RegExp): void {
  if (!rule.test(name) || /^https?:\/\//i.test(name)) {
    throw new ApiError('InvalidKeyPairName.Malformed', 'Specified Key Pair name is not valid.', 400);
  }
}

function group(id: string | undefined): string {
  if (id !== undefined && id !== GROUP) {
    throw new ApiError(
      'InvalidResourceGroup.NotFound',
      'The ResourceGroup provided does not exist in our records.',
      404,
    );
  }
  return id ?? '';
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
  // Making the key took time: another request, or another sandbox, may have taken the name or the last place.
  call.repository.update((contents) => {
    checkNameAndQuota(pair.name, contents, call);
    return withPairs(contents, [pair]);
  });
  return pair;
}

function remove(json: string, call: Call): Result {
  const names = new Set(parseJsonList(json, badNames));
  if (names.size > 100) {
    throw new ApiError(
      'InstanceKeyPairLimitExceeded',
      'The number of key pair names exceeds the limit.',
      403,
    );
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
