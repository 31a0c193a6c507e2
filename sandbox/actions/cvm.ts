import { fields, integer, list, optional, text } from '../params.ts';
import { ApiError } from '../api-error.ts';
import { CVM_REGIONS } from '../regions.ts';
import type { Tag } from '../repository.ts';
import { action, type Actions, type Call } from './action.ts';
import { associateKeyPairs, disassociateKeyPairs } from './cvm-bind.ts';
import { deleteKeyPairs, modifyKeyPairAttribute } from './cvm-change.ts';
import { describeKeyPairs } from './cvm-describe.ts';
import { describeInstances } from './cvm-instances.ts';
import { createPair, importPair, nameViolation, type NewPair } from './tencent-keys.ts';
import { describeRegions } from './tencent-regions.ts';

const tag = fields({ Key: text, Value: text });
const newPairFields = {
  KeyName: text,
  ProjectId: integer,
  TagSpecification: optional(list(fields({ ResourceType: text, Tags: list(tag) }))),
};

/** The projects of the sandbox's account: the default one and one more. */
const PROJECTS: readonly number[] = [0, 1_000_001];

/** CVM 2017-03-12, of API 3.0 and on the v2 gateway. Every action is limited to 10 requests a second; for the last two that is a guess. */
export const CVM_ACTIONS: Actions = new Map([
  [
    'CreateKeyPair',
    action(10, fields(newPairFields), async (params, call) => {
      const { pair, privateKey } = await createPair(newPair(params, call), call);
      // The document's example has these five fields and no other.
      const { id: KeyId, name: KeyName, projectId: ProjectId, publicKey: PublicKey } = pair;
      return { KeyPair: { KeyId, KeyName, ProjectId, PublicKey, PrivateKey: privateKey } };
    }),
  ],
  [
    'ImportKeyPair',
    action(10, fields({ ...newPairFields, PublicKey: text }), (params, call) => {
      const pair = importPair(newPair(params, call), params.PublicKey, call, {
        malformed: () =>
          new ApiError(
            'InvalidPublicKey.Malformed',
            'The specified public key is not in OpenSSH RSA format.',
          ),
        known: () => new ApiError('InvalidPublicKey.Duplicate', 'The specified public key already exists.'),
      });
      return { KeyId: pair.id };
    }),
  ],
  ['DescribeKeyPairs', describeKeyPairs],
  ['DeleteKeyPairs', deleteKeyPairs],
  ['ModifyKeyPairAttribute', modifyKeyPairAttribute],
  ['AssociateInstancesKeyPairs', associateKeyPairs],
  ['DisassociateInstancesKeyPairs', disassociateKeyPairs],
  ['DescribeInstances', describeInstances],
  ['DescribeRegions', describeRegions(10, CVM_REGIONS)],
]);

function newPair(
  params: {
    readonly KeyName: string;
    readonly ProjectId: number;
    readonly TagSpecification:
      readonly { ResourceType: string; Tags: readonly { Key: string; Value: string }[] }[] | undefined;
  },
  call: Call,
): NewPair {
  const name = params.KeyName;
  switch (nameViolation(name)) {
    case 'empty':
      throw new ApiError('InvalidKeyPairNameEmpty', 'The key pair name is empty.');
    case 'too-long':
      throw new ApiError('InvalidKeyPairNameTooLong', 'The length of key pair name exceeds 25 characters.');
    case 'illegal':
      throw new ApiError(
        'InvalidKeyPairNameIncludeIllegalChar',
        'Key pair name contains invalid characters. Only letters, numbers and underscores are allowed in the name.',
      );
    case null:
  }
  if (!PROJECTS.includes(params.ProjectId)) {
    throw new ApiError('InvalidProjectId.NotFound', 'The specified project ID does not exist.');
  }
  return {
    prefix: 'skey',
    name,
    projectId: params.ProjectId,
    tags: tags(params.TagSpecification ?? []),
    quota: call.behaviour.quota.cvm,
    full: () => new ApiError('InvalidKeyPair.LimitExceeded', 'The number of key pairs exceeds the limit.'),
    duplicate: () =>
      new ApiError('InvalidKeyPairName.Duplicate', `The key pair name \`${name}\` already exists.`),
  };
}

function tags(
  specifications: readonly { ResourceType: string; Tags: readonly { Key: string; Value: string }[] }[],
): readonly Tag[] {
  const all = specifications.flatMap((specification) => {
    if (specification.ResourceType !== 'keypair') {
      throw new ApiError('InvalidParameterValue', 'The ResourceType of TagSpecification must be `keypair`.');
    }
    return specification.Tags.map(({ Key, Value }) => ({ key: Key, value: Value }));
  });
  if (all.some(({ key }) => /^(qcs:|project$)/i.test(key))) {
    throw new ApiError('FailedOperation.TagKeyReserved', 'The tag key is reserved.');
  }
  if (all.length > 50)
    throw new ApiError('LimitExceeded.TagResourceQuota', 'The number of tags exceeds the limit.');
  const keys = new Set(all.map(({ key }) => key));
  if (keys.size !== all.length || keys.has('')) {
    throw new ApiError('InvalidParameterValue', 'A tag key is empty or comes twice.');
  }
  return all;
}
