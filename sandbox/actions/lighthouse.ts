import { fields, list, optional, text } from '../params.ts';
import { ApiError } from '../api-error.ts';
import { isMainland, LIGHTHOUSE_REGIONS } from '../regions.ts';
import { action, type Actions, type Call } from './action.ts';
import { associateKeyPairs, disassociateKeyPairs } from './lighthouse-bind.ts';
import { deleteKeyPairs } from './lighthouse-delete.ts';
import { describeKeyPairs } from './lighthouse-describe.ts';
import { invalidValue } from './lighthouse-ids.ts';
import { describeInstances } from './lighthouse-instances.ts';
import { describeQuotas } from './lighthouse-quotas.ts';
import { createPair, importPair, nameViolation, type NewPair } from './tencent-keys.ts';
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
    full: () => new ApiError('LimitExceeded.KeyPairLimitExceeded', 'The key pair quota is exceeded.'),
    duplicate: () =>
      invalidValue('DuplicateParameterValue', 'The parameter KeyName already exists and is duplicate.'),
  };
}
