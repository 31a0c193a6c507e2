import { fields, integer, list, optional, text } from '../params.ts';
import { Problem } from '../problem.ts';
import type { StoredPair } from '../shelf.ts';
import { action, type Actions, type Call, type Result } from './action.ts';
import { applyFilters, tagTest, type Test } from './tencent-filters.ts';
import { createPair, importPair, isKeyId, nameFault, type NewPair } from './tencent-keys.ts';

const newPairFields = { KeyName: text, Tags: optional(list(fields({ Key: text, Value: text }))) };

/** Lighthouse 2020-03-24. Requests a second are the documents'; for DeleteKeyPairs they give none. */
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
  [
    'DescribeKeyPairs',
    action(
      100,
      fields({
        KeyIds: optional(list(text)),
        Filters: optional(list(fields({ Name: text, Values: list(text) }))),
        Offset: optional(integer),
        Limit: optional(integer),
      }),
      describe,
    ),
  ],
  ['DeleteKeyPairs', action(20, fields({ KeyIds: list(text) }), ({ KeyIds }, call) => remove(KeyIds, call))],
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
    full: () => new Problem('LimitExceeded.KeyPairLimitExceeded', 'The key pair quota is exceeded.'),
    duplicate: () => bad('DuplicateParameterValue', 'The parameter KeyName already exists and is duplicate.'),
  };
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
    throw new Problem(
      'InvalidParameter.ParameterConflict',
      'KeyIds and Filters cannot be specified together.',
    );
  }
  checkIds(ids ?? [], 100);
  if (filters.length > 10 || filters.some((filter) => filter.Values.length > 5)) {
    throw bad('LimitExceeded', 'There are too many filters or values of a filter.');
  }
  if (offset < 0 || limit < 0) throw bad('Negative', 'Offset and Limit must not be negative.');
  if (limit < 1 || limit > 100) throw bad('OutOfRange', 'Limit must be from 1 to 100.');
  const known = call.shelf.list().filter((pair) => ids?.includes(pair.id) ?? true);
  const found = applyFilters(known, filters, testOf);
  const page = found.slice(offset, offset + Math.min(limit, call.behaviour.maxPageSize ?? limit));
  return { TotalCount: found.length, KeyPairSet: page.map(show) };
}

function testOf(name: string): Test {
  if (name === 'key-id') return (pair, value) => pair.id === value;
  // "Fuzzy" in the document: `foo` finds `foobar`, so a client that looks for one name must compare.
  if (name === 'key-name') return (pair, value) => pair.name.includes(value);
  const test = tagTest(name);
  if (test === null)
    throw new Problem('InvalidParameter.InvalidFilter', `The filter \`${name}\` is invalid.`);
  return test;
}

function show(pair: StoredPair): Result {
  return {
    KeyId: pair.id,
    KeyName: pair.name,
    PublicKey: pair.publicKey,
    AssociatedInstanceIds: pair.instances,
    CreatedTime: pair.createdAt.replace(/\.\d+Z$/, 'Z'),
    // An example of the documents has this word where there is no private key.
    PrivateKey: 'null',
    Tags: pair.tags.map(({ key, value }) => ({ Key: key, Value: value })),
  };
}

/** Atomic: looks at all of them before it removes the first. */
function remove(ids: readonly string[], call: Call): Result {
  if (ids.length === 0)
    throw new Problem('MissingParameter', 'The request is missing a required parameter `KeyIds`.');
  checkIds(ids, 10);
  const known = new Map(call.shelf.list().map((pair) => [pair.id, pair]));
  const pairs = ids.map((id) => {
    const pair = known.get(id);
    if (pair === undefined)
      throw new Problem('ResourceNotFound.KeyIdNotFound', `The key ID ${id} does not exist.`);
    if (pair.instances.length > 0)
      throw new Problem('ResourceInUse.KeyPairInUse', `The key pair ${id} is in use.`);
    return pair;
  });
  for (const pair of pairs) call.shelf.remove(pair.name);
  return {};
}

function checkIds(ids: readonly string[], most: number): void {
  if (ids.length > most) throw bad('LimitExceeded', `There are more than ${most} KeyIds.`);
  if (new Set(ids).size !== ids.length) throw bad('Duplicated', 'A key ID comes twice.');
  if (!ids.every((id) => isKeyId('lhkp', id))) throw bad('KeyPairIdMalformed', 'A key ID is malformed.');
}

function bad(what: string, message: string): Problem {
  return new Problem(`InvalidParameterValue.${what}`, message);
}
