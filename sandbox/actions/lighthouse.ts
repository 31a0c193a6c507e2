import { ApiError } from '../api-error.ts';
import { boundInstances, isInUse } from '../instances.ts';
import { fields, list, optional, text } from '../params.ts';
import { isMainland, LIGHTHOUSE_REGIONS } from '../regions.ts';
import { type Contents, type StoredPair, withoutPairs } from '../repository.ts';
import { action, type Actions, type Call, type Result } from './action.ts';
import { associateKeyPairs, describeInstances, disassociateKeyPairs } from './lighthouse-instances.ts';
import {
  checkGiven,
  checkKeyIds,
  invalidValue,
  keyPairNotFound,
  selectPage,
  unknownFilter,
} from './lighthouse-params.ts';
import { type FilterTest, listFields, tagTest } from './tencent-filters.ts';
import { createPair, importPair, nameViolation, type NewPair } from './tencent-keys.ts';
import { describeRegions } from './tencent-regions.ts';

const newPairFields = { KeyName: text, Tags: optional(list(fields({ Key: text, Value: text }))) };

/** Lighthouse DescribeKeyPairs. */
const describeKeyPairs = action(
  100,
  fields({ KeyIds: optional(list(text)), ...listFields }),
  ({ KeyIds: ids, ...listing }, call) => {
    checkKeyIds(ids ?? []);
    const contents = call.repository.read();
    const { all, page } = selectPage(contents.pairs, { ids, ...listing }, 5, call, testOf);
    return { TotalCount: all, KeyPairSet: page.map((pair) => keyPairRow(pair, contents, call.now)) };
  },
);

function testOf(name: string): FilterTest<StoredPair> {
  if (name === 'key-id') return (pair, value) => pair.id === value;
  // The document calls this filter "fuzzy": `foo` finds `foobar`. A client must compare the names.
  if (name === 'key-name') return (pair, value) => pair.name.includes(value);
  const test = tagTest(name);
  if (test === null) throw unknownFilter(name);
  return test;
}

function keyPairRow(pair: StoredPair, { instances }: Contents, now: Date): Result {
  const bound = boundInstances(instances, pair.id, now);
  return {
    KeyId: pair.id,
    KeyName: pair.name,
    PublicKey: pair.publicKey,
    // One entry for each instance here; one for each user below.
    AssociatedInstanceIds: [...new Set(bound.map(({ id }) => id))],
    AssociatedInstanceSet: bound.map(({ id, user }) => ({ InstanceId: id, Username: user })),
    CreatedTime: pair.createdAt.replace(/\.\d+Z$/, 'Z'),
    // An example of the documents has this string where there is no private key.
    PrivateKey: 'null',
    Tags: pair.tags.map(({ key, value }) => ({ Key: key, Value: value })),
  };
}

/** Lighthouse DeleteKeyPairs: at most ten, atomic. */
const deleteKeyPairs = action(20, fields({ KeyIds: list(text) }), ({ KeyIds: ids }, { repository, now }) => {
  checkGiven('KeyIds', ids);
  checkKeyIds(ids, 10);
  repository.update((contents) => {
    for (const id of ids) {
      if (!contents.pairs.some((pair) => pair.id === id)) throw keyPairNotFound(id);
      if (isInUse(contents.instances, id, now))
        throw new ApiError('ResourceInUse.KeyPairInUse', `The key pair ${id} is in use.`);
    }
    return withoutPairs(contents, new Set(ids));
  });
  return {};
});

/** Lighthouse DescribeGeneralResourceQuotas, for key pairs only. */
const describeQuotas = action(
  20,
  fields({ ResourceNames: list(text) }),
  ({ ResourceNames: names }, { repository, behaviour }) => {
    checkGiven('ResourceNames', names);
    const unknown = names.find((name) => name !== 'USER_KEY_PAIR');
    if (unknown !== undefined) throw invalidValue('OutOfRange', `The resource name \`${unknown}\` is not known.`);
    const total = behaviour.quota.lighthouse;
    const available = Math.max(0, total - repository.read().pairs.length);
    return {
      GeneralResourceQuotaSet: names.map((name) => ({
        ResourceName: name,
        ResourceQuotaAvailable: available,
        ResourceQuotaTotal: total,
      })),
    };
  },
);

/** Lighthouse 2020-03-24. Rate limits are the documents' numbers, or 20 where they give none. */
export const LIGHTHOUSE_ACTIONS: Actions = new Map([
  [
    'CreateKeyPair',
    action(20, fields(newPairFields), async (params, call) => {
      const { pair, privateKey } = await createPair(newPair(params, call), call);
      // These are the fields of the document's example, with its null.
      return {
        KeyPair: {
          KeyId: pair.id,
          KeyName: pair.name,
          PublicKey: pair.publicKey,
          AssociatedInstanceIds: [],
          CreatedTime: null,
          PrivateKey: privateKey,
        },
      };
    }),
  ],
  [
    'ImportKeyPair',
    action(10, fields({ ...newPairFields, PublicKey: text }), (params, call) => {
      const pair = importPair(newPair(params, call), params.PublicKey, call, {
        malformed: () => invalidValue('KeyPairPublicKeyMalformed', 'The public key is malformed.'),
        known: () => invalidValue('KeyPairPublicKeyDuplicated', 'The public key already exists.'),
      });
      return { KeyId: pair.id };
    }),
  ],
  ['DescribeKeyPairs', describeKeyPairs],
  ['DeleteKeyPairs', deleteKeyPairs],
  ['AssociateInstancesKeyPairs', associateKeyPairs],
  ['DisassociateInstancesKeyPairs', disassociateKeyPairs],
  ['DescribeInstances', describeInstances],
  ['DescribeRegions', describeRegions(20, LIGHTHOUSE_REGIONS, (region) => ({ IsChinaMainland: isMainland(region) }))],
  ['DescribeGeneralResourceQuotas', describeQuotas],
]);

function newPair(
  params: { readonly KeyName: string; readonly Tags: readonly { Key: string; Value: string }[] | undefined },
  call: Call,
): NewPair {
  switch (nameViolation(params.KeyName)) {
    case 'empty':
      throw invalidValue('InvalidKeyPairNameEmpty', 'The key pair name is empty.');
    case 'too-long':
      throw invalidValue('InvalidKeyPairNameTooLong', 'The parameter length is invalid.');
    case 'illegal':
      throw invalidValue('InvalidKeyPairNameIncludeIllegalChar', 'The key pair name is invalid.');
    case null:
  }
  const tags = (params.Tags ?? []).map(({ Key, Value }) => ({ key: Key, value: Value }));
  if (tags.length > 10) throw invalidValue('LimitExceeded', 'There are more than 10 tags.');
  if (new Set(tags.map(({ key }) => key)).size !== tags.length || tags.some(({ key }) => key === '')) {
    throw invalidValue('Duplicated', 'A tag key is empty or comes twice.');
  }
  return {
    prefix: 'lhkp',
    name: params.KeyName,
    projectId: 0,
    tags,
    quota: call.behaviour.quota.lighthouse,
    elsewhere: [],
    full: () => new ApiError('LimitExceeded.KeyPairLimitExceeded', 'The key pair quota is exceeded.'),
    duplicate: () => invalidValue('DuplicateParameterValue', 'The parameter KeyName already exists and is duplicate.'),
  };
}
