import { ApiError, tencentMissingParameter } from '../api-error.ts';
import { boundInstances, isInUse } from '../instances.ts';
import { fields, integer, list, optional, text } from '../params.ts';
import { CVM_REGIONS } from '../regions.ts';
import { type Contents, type StoredPair, type Tag, withChanged, withoutPairs } from '../repository.ts';
import { action, type Actions, type Call, type Result } from './action.ts';
import { associateKeyPairs, describeInstances, disassociateKeyPairs } from './cvm-instances.ts';
import { cvmLaunchTemplates, cvmLaunchTemplateVersions } from './launch-templates.ts';
import { checkKeyIds, keyPairNotFound, pairsElsewhere, selectPage, unknownFilter } from './cvm-params.ts';
import { type FilterTest, listFields, tagTest } from './tencent-filters.ts';
import { createPair, importPair, nameViolation, type NewPair } from './tencent-keys.ts';
import { describeRegions } from './tencent-regions.ts';

const tag = fields({ Key: text, Value: text });

const newPairFields = {
  KeyName: text,
  ProjectId: integer,
  TagSpecification: optional(list(fields({ ResourceType: text, Tags: list(tag) }))),
};

/** The account's projects: the default project and one more. */
const PROJECTS: readonly number[] = [0, 1_000_001];

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
    elsewhere: pairsElsewhere(call),
    full: () => new ApiError('InvalidKeyPair.LimitExceeded', 'The number of key pairs exceeds the limit.'),
    duplicate: () => new ApiError('InvalidKeyPairName.Duplicate', `The key pair name \`${name}\` already exists.`),
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
  if (all.length > 50) throw new ApiError('LimitExceeded.TagResourceQuota', 'The number of tags exceeds the limit.');
  const keys = new Set(all.map(({ key }) => key));
  if (keys.size !== all.length || keys.has('')) {
    throw new ApiError('InvalidParameterValue', 'A tag key is empty or comes twice.');
  }
  return all;
}

/** CVM DescribeKeyPairs. */
const describeKeyPairs = action(
  10,
  fields({ KeyIds: optional(list(text)), ...listFields }),
  ({ KeyIds: ids, ...listing }, call) => {
    checkKeyIds(ids ?? []);
    const contents = call.repository.read();
    const { all, page } = selectPage(contents.pairs, { ids, ...listing }, call, testOf);
    return { TotalCount: all, KeyPairSet: page.map((pair) => keyPairRow(pair, contents, call)) };
  },
);

function testOf(name: string): FilterTest<StoredPair> {
  if (name === 'project-id') return (pair, value) => String(pair.projectId) === value;
  if (name === 'key-name') return (pair, value) => pair.name === value;
  const test = tagTest(name);
  if (test === null) throw unknownFilter(name);
  return test;
}

function keyPairRow(pair: StoredPair, { instances }: Contents, call: Call): Result {
  const created = pair.createdAt.replace(/\.\d+Z$/, 'Z');
  const shared = {
    KeyId: pair.id,
    KeyName: pair.name,
    ProjectId: pair.projectId,
    Description: pair.description,
    PublicKey: pair.publicKey,
    AssociatedInstanceIds: boundInstances(instances, pair.id, call.now).map(({ id }) => id),
  };
  // The documents' examples differ: the v2 gateway has CreateTime and no tags.
  return call.interface === 'cvm-v2'
    ? { ...shared, CreateTime: created }
    : {
        ...shared,
        CreatedTime: created,
        Tags: pair.tags.map(({ key, value }) => ({ Key: key, Value: value })),
      };
}

/** CVM DeleteKeyPairs. It is not atomic: it deletes the pairs before the first bad id. */
const deleteKeyPairs = action(10, fields({ KeyIds: list(text) }), ({ KeyIds: ids }, call) => {
  if (ids.length === 0) throw tencentMissingParameter('KeyIds');
  checkKeyIds(ids);
  for (const id of ids) {
    call.repository.update((contents) => {
      if (isInUse(contents.instances, id, call.now)) {
        throw new ApiError(
          'InvalidParameterValue.KeyPairNotSupported',
          `The key pair \`${id}\` does not support this operation.`,
        );
      }
      if (!contents.pairs.some((pair) => pair.id === id)) throw keyPairNotFound(id);
      return withoutPairs(contents, new Set([id]));
    });
  }
  return {};
});

/** CVM ModifyKeyPairAttribute: changes the name, the description, or both. */
const modifyKeyPairAttribute = action(
  10,
  fields({ KeyId: text, KeyName: optional(text), Description: optional(text) }),
  ({ KeyId: id, KeyName: name, Description: description }, call) => {
    checkKeyIds([id]);
    if (name === undefined && description === undefined) {
      throw new ApiError('MissingParameter', 'Either `KeyName` or `Description` must be specified.');
    }
    // The document of this action lists no codes for bad names.
    if (name !== undefined && nameViolation(name) !== null) {
      throw new ApiError('InvalidParameterValue', `The value \`${name}\` of KeyName is not valid.`);
    }
    if (Array.from(description ?? '').length > 60) {
      throw call.interface === 'cvm-v2'
        ? new ApiError('InvalidKeyPairDescriptionTooLong', 'The description exceeds 60 characters.')
        : new ApiError('InvalidParameterValue', 'The length of Description exceeds 60 characters.');
    }
    const elsewhere = call.behaviour.tencentNames === 'account' ? pairsElsewhere(call) : [];
    call.repository.update((contents) => {
      const pair = contents.pairs.find((candidate) => candidate.id === id);
      if (pair === undefined) throw keyPairNotFound(id);
      if ([...contents.pairs, ...elsewhere].some((other) => other.name === name && other.id !== id)) {
        throw new ApiError('InvalidKeyPairName.Duplicate', `The key pair name \`${name ?? ''}\` already exists.`);
      }
      const changed = { name: name ?? pair.name, description: description ?? pair.description };
      return withChanged(contents, [{ ...pair, ...changed }]);
    });
    return {};
  },
);

/** CVM 2017-03-12 on API 3.0 and the v2 gateway. Rate limits: 10 a second; for the last two this is a guess. */
export const CVM_ACTIONS: Actions = new Map([
  [
    'CreateKeyPair',
    action(10, fields(newPairFields), async (params, call) => {
      const { pair, privateKey } = await createPair(newPair(params, call), call);
      // The document's example has exactly these five fields.
      const { id: KeyId, name: KeyName, projectId: ProjectId, publicKey: PublicKey } = pair;
      return { KeyPair: { KeyId, KeyName, ProjectId, PublicKey, PrivateKey: privateKey } };
    }),
  ],
  [
    'ImportKeyPair',
    action(10, fields({ ...newPairFields, PublicKey: text }), (params, call) => {
      const pair = importPair(newPair(params, call), params.PublicKey, call, {
        malformed: () =>
          new ApiError('InvalidPublicKey.Malformed', 'The specified public key is not in OpenSSH RSA format.'),
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
  ['DescribeLaunchTemplates', cvmLaunchTemplates],
  ['DescribeLaunchTemplateVersions', cvmLaunchTemplateVersions],
  ['DescribeRegions', describeRegions(10, CVM_REGIONS)],
]);
