import { ApiError } from '../api-error.ts';
import type { Service } from '../behaviour.ts';
import { isInUse } from '../instances.ts';
import { ecsFingerprint, formatPrivateKey, makeRsaKey, parsePublicLine, type RsaKey } from '../keys.ts';
import { type Contents, newId, type StoredPair, type Tag, withoutPairs, withPairs } from '../repository.ts';
import type { Call, Result } from './action.ts';

/** What ECS and SWAS do with key pairs. */

/** What a request says about a new pair. The default resource group is the empty string. */
interface NewPair {
  readonly name: string;
  readonly group: string;
  readonly tags: readonly Tag[];
}

type AliyunService = Extract<Service, 'ecs' | 'swas'>;

/** Checks the name of a new pair. @throws ApiError */
export function checkName(name: string, rule: RegExp): void {
  if (!rule.test(name) || /^https?:\/\//i.test(name)) {
    throw new ApiError('InvalidKeyPairName.Malformed', 'Specified Key Pair name is not valid.', 400);
  }
}

/** Generates a pair and stores it. @throws ApiError */
export async function createPair(
  service: AliyunService,
  about: NewPair,
  call: Call,
): Promise<{ readonly pair: StoredPair; readonly privateKey: string }> {
  checkNameAndQuota(service, about.name, call.repository.read(), call);
  const key = await makeRsaKey(call.behaviour.keyBits);
  const pair = store(service, about, `ssh-rsa ${key.blob.toString('base64')}`, key, call);
  return { pair, privateKey: formatPrivateKey(key, call.behaviour.aliyunKeyShape) };
}

/** Stores the pair of an imported public key. @throws ApiError */
export function importPair(service: AliyunService, about: NewPair, line: string, call: Call): StoredPair {
  const key = parsePublicLine(line, call.behaviour.keyTypes);
  if (key === null) {
    throw new ApiError('InvalidPublicKeyBody.Malformed', 'The PublicKeyBody format is not supported.', 400);
  }
  return store(service, about, line.trim(), key, call);
}

function checkNameAndQuota(service: AliyunService, name: string, { pairs }: Contents, call: Call): void {
  if (pairs.some((pair) => pair.name === name)) {
    throw new ApiError('KeyPair.AlreadyExist', 'The key pair already exist.', 400);
  }
  if (pairs.length >= call.behaviour.quota[service]) {
    throw new ApiError('QuotaExceed.KeyPair', 'The key pair quota exceeds.', 403);
  }
}

function store(
  service: AliyunService,
  about: NewPair,
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
    checkNameAndQuota(service, pair.name, contents, call);
    return withPairs(contents, [pair]);
  });
  return pair;
}

/** Deletes the pairs with these names, all or none. @throws ApiError */
export function deletePairs(list: readonly string[], most: number, call: Call): Result {
  const names = new Set(list);
  if (names.size > most) {
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

/** The error for a bad list of names. */
export function badPairNames(): ApiError {
  return new ApiError(
    'InvalidKeyPairNames.ValueNotSupported',
    'The specified parameter "KeyPairNames" is not valid.',
    400,
  );
}
