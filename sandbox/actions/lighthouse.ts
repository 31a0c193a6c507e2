import { fields, list, optional, text } from '../params.ts';
import { ApiError } from '../api-error.ts';
import { isMainland, LIGHTHOUSE_REGIONS } from '../regions.ts';
import { action, type Actions, type Call } from './action.ts';
import { associateKeyPairs, disassociateKeyPairs } from './lighthouse-bind.ts';
import { deleteKeyPairs } from './lighthouse-delete.ts';
import { describeKeyPairs } from './lighthouse-describe.ts';
import { bad } from './lighthouse-ids.ts';
import { describeInstances } from './lighthouse-instances.ts';
import { describeQuotas } from './lighthouse-quotas.ts';
import { createPair, importPair, nameFault, type NewPair } from './tencent-keys.ts';
import { describeRegions } from './tencent-regions.ts';

const newPairFields = { KeyName: text, Tags: optional(list(fields({ Key: text, Value: text }))) };

/** Lighthouse 2020-03-24. Requests a second are the documents'; where they give none, 20. */
export const LIGHTHOUSE_ACTIONS: Actions = new Map([
  [
    'CreateKeyPair',
    action(20, fields(newPairFields), async (params, call) => {
      const { pair, privateKey } = await createPair(newPair(params, call), call);
      // Field by field the document's example, the null included.
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
        malformed: () => bad('KeyPairPublicKeyMalformed', 'The public key is malformed.'),
        known: () => bad('KeyPairPublicKeyDuplicated', 'The public key already exists.'),
      });
      return { KeyId: pair.id };
    }),
  ],
  ['DescribeKeyPairs', describeKeyPairs],
  ['DeleteKeyPairs', deleteKeyPairs],
  ['AssociateInstancesKeyPairs', associateKeyPairs],
  ['DisassociateInstancesKeyPairs', disassociateKeyPairs],
  ['DescribeInstances', describeInstances],
  [
    'DescribeRegions',
    describeRegions(20, LIGHTHOUSE_REGIONS, (region) => ({ IsChinaMainland: isMainland(region) })),
  ],
  ['DescribeGeneralResourceQuotas', describeQuotas],
]);

function newPair(
  params: { readonly KeyName: string; readonly Tags: readonly { Key: string; Value: string }[] | undefined },
  call: Call,
): NewPair {
  switch (nameFault(params.KeyName)) {
    case 'empty':
      throw bad('InvalidKeyPairNameEmpty', 'The key pair name is empty.');
    case 'too-long':
      throw bad('InvalidKeyPairNameTooLong', 'The parameter length is invalid.');
    case 'illegal':
      throw bad('InvalidKeyPairNameIncludeIllegalChar', 'The key pair name is invalid.');
    case null:
  }
  const tags = (params.Tags ?? []).map(({ Key, Value }) => ({ key: Key, value: Value }));
  if (tags.length > 10) throw bad('LimitExceeded', 'There are more than 10 tags.');
  if (new Set(tags.map(({ key }) => key)).size !== tags.length || tags.some(({ key }) => key === '')) {
    throw bad('Duplicated', 'A tag key is empty or comes twice.');
  }
  return {
    prefix: 'lhkp',
    name: params.KeyName,
    projectId: 0,
    tags,
    quota: call.behaviour.quota.lighthouse,
    full: () => new ApiError('LimitExceeded.KeyPairLimitExceeded', 'The key pair quota is exceeded.'),
    duplicate: () => bad('DuplicateParameterValue', 'The parameter KeyName already exists and is duplicate.'),
  };
}
