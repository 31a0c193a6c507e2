import { fields, integer, list, optional, text } from '../params.ts';
import { Problem } from '../problem.ts';
import type { StoredPair, Tag } from '../shelf.ts';
import { action, type Actions, type Call, type Result } from './action.ts';
import { applyFilters, tagTest, type Test } from './tencent-filters.ts';
import { createPair, importPair, isKeyId, nameFault, type NewPair } from './tencent-keys.ts';

const tag = fields({ Key: text, Value: text });
const newPairFields = {
  KeyName: text,
  ProjectId: integer,
  TagSpecification: optional(list(fields({ ResourceType: text, Tags: list(tag) }))),
};

/** The projects of the sandbox's account: the default one and one more. */
const PROJECTS: readonly number[] = [0, 1_000_001];

/** CVM 2017-03-12, of API 3.0 and on the v2 gateway. Every action is limited to 10 requests a second. */
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
          new Problem('InvalidPublicKey.Malformed', 'The specified public key is not in OpenSSH RSA format.'),
        known: () => new Problem('InvalidPublicKey.Duplicate', 'The specified public key already exists.'),
      });
      return { KeyId: pair.id };
    }),
  ],
  [
    'DescribeKeyPairs',
    action(
      10,
      fields({
        KeyIds: optional(list(text)),
        Filters: optional(list(fields({ Name: text, Values: list(text) }))),
        Offset: optional(integer),
        Limit: optional(integer),
      }),
      describe,
    ),
  ],
  ['DeleteKeyPairs', action(10, fields({ KeyIds: list(text) }), ({ KeyIds }, call) => remove(KeyIds, call))],
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
  switch (nameFault(name)) {
    case 'empty':
      throw new Problem('InvalidKeyPairNameEmpty', 'The key pair name is empty.');
    case 'too-long':
      throw new Problem('InvalidKeyPairNameTooLong', 'The length of key pair name exceeds 25 characters.');
    case 'illegal':
      throw new Problem(
        'InvalidKeyPairNameIncludeIllegalChar',
        'Key pair name contains invalid characters. Only letters, numbers and underscores are allowed in the name.',
      );
    case null:
  }
  if (!PROJECTS.includes(params.ProjectId)) {
    throw new Problem('InvalidProjectId.NotFound', 'The specified project ID does not exist.');
  }
  return {
    prefix: 'skey',
    name,
    projectId: params.ProjectId,
    tags: tags(params.TagSpecification ?? []),
    quota: call.behaviour.quota.cvm,
    full: () => new Problem('InvalidKeyPair.LimitExceeded', 'The number of key pairs exceeds the limit.'),
    duplicate: () =>
      new Problem('InvalidKeyPairName.Duplicate', `The key pair name \`${name}\` already exists.`),
  };
}

function tags(
  specifications: readonly { ResourceType: string; Tags: readonly { Key: string; Value: string }[] }[],
): readonly Tag[] {
  const all = specifications.flatMap((specification) => {
    if (specification.ResourceType !== 'keypair') {
      throw new Problem('InvalidParameterValue', 'The ResourceType of TagSpecification must be `keypair`.');
    }
    return specification.Tags.map(({ Key, Value }) => ({ key: Key, value: Value }));
  });
  if (all.some(({ key }) => /^(qcs:|project$)/i.test(key))) {
    throw new Problem('FailedOperation.TagKeyReserved', 'The tag key is reserved.');
  }
  if (all.length > 50)
    throw new Problem('LimitExceeded.TagResourceQuota', 'The number of tags exceeds the limit.');
  const keys = new Set(all.map(({ key }) => key));
  if (keys.size !== all.length || keys.has('')) {
    throw new Problem('InvalidParameterValue', 'A tag key is empty or comes twice.');
  }
  return all;
}

function describe(
  params: {
    readonly KeyIds: readonly string[] | undefined;
    readonly Filters: readonly { Name: string; Values: readonly string[] }[] | undefined;
    readonly Offset: number | undefined;
    readonly Limit: number | undefined;
  },
  call: Call,
): Result {
  const { KeyIds: ids, Filters: filters = [], Offset: offset = 0, Limit: limit = 20 } = params;
  if (ids !== undefined && params.Filters !== undefined) {
    throw new Problem('InvalidParameter', 'KeyIds and Filters cannot be specified at the same time.');
  }
  checkIds(ids ?? []);
  if (filters.length > 10 || filters.some((filter) => filter.Values.length > 5)) {
    throw new Problem(
      'InvalidFilterValue.LimitExceeded',
      'There are too many filters or values of a filter.',
    );
  }
  if (offset < 0) throw new Problem('InvalidParameterValueOffset', 'The value of Offset is not valid.');
  if (limit < 1 || limit > 100)
    throw new Problem('InvalidParameterValueLimit', 'The value of Limit is not valid.');
  const known = call.shelf.list().filter((pair) => ids?.includes(pair.id) ?? true);
  const found = applyFilters(known, filters, testOf);
  const page = found.slice(offset, offset + Math.min(limit, call.behaviour.maxPageSize ?? limit));
  return { TotalCount: found.length, KeyPairSet: page.map((pair) => show(pair, call)) };
}

function testOf(name: string): Test {
  if (name === 'project-id') return (pair, value) => String(pair.projectId) === value;
  if (name === 'key-name') return (pair, value) => pair.name === value;
  const test = tagTest(name);
  if (test === null) throw new Problem('InvalidFilter', `The filter \`${name}\` is not supported.`);
  return test;
}

function show(pair: StoredPair, call: Call): Result {
  const created = pair.createdAt.replace(/\.\d+Z$/, 'Z');
  const shared = {
    KeyId: pair.id,
    KeyName: pair.name,
    ProjectId: pair.projectId,
    Description: pair.description,
    PublicKey: pair.publicKey,
    AssociatedInstanceIds: pair.instances,
  };
  // The two interfaces' examples differ: CreateTime and no tags on the v2 gateway.
  return call.interface === 'cvm-v2'
    ? { ...shared, CreateTime: created }
    : {
        ...shared,
        CreatedTime: created,
        Tags: pair.tags.map(({ key, value }) => ({ Key: key, Value: value })),
      };
}

/** Not atomic: what comes before the first bad id is gone. */
function remove(ids: readonly string[], call: Call): Result {
  if (ids.length === 0)
    throw new Problem('MissingParameter', 'The request is missing a required parameter `KeyIds`.');
  checkIds(ids);
  for (const id of ids) {
    const pair = call.shelf.list().find((candidate) => candidate.id === id);
    if (pair !== undefined && pair.instances.length > 0) {
      throw new Problem(
        'InvalidParameterValue.KeyPairNotSupported',
        `The key pair \`${id}\` does not support this operation.`,
      );
    }
    if (pair === undefined || !call.shelf.remove(pair.name)) {
      throw new Problem('InvalidKeyPairId.NotFound', `The key pair \`${id}\` does not exist.`);
    }
  }
  return {};
}

function checkIds(ids: readonly string[]): void {
  if (ids.length > 100)
    throw new Problem('InvalidParameterValue.LimitExceeded', 'There are more than 100 KeyIds.');
  const bad = ids.find((id) => !isKeyId('skey', id));
  if (bad !== undefined)
    throw new Problem('InvalidKeyPairId.Malformed', `The key pair ID \`${bad}\` is malformed.`);
}
