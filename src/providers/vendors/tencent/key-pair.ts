import type {
  DeleteKeyPairsRequest,
  DescribeKeyPairsRequest,
  Filter,
} from 'tencentcloud-sdk-nodejs/tencentcloud/services/cvm/v20170312/cvm_models.js';
import { KeypairError } from '../../../errors.ts';
import { t } from '../../../i18n/t.ts';
import { inBatches } from '../../batches.ts';
import { identityOf, matching, type Page, allPages } from '../../paging.ts';
import {
  type Fields,
  countOf,
  fieldsOf,
  handledRows,
  lineOf,
  tagsOf,
  textOf,
  textsOf,
  timeOf,
} from '../../parse.ts';
import { type Answer, requireRequestId, type Service } from '../../response.ts';
import type {
  CreatedKeyPair,
  ImportedKeyPair,
  ItemOutcome,
  KeyPair,
  KeyPairRef,
  ListFilter,
} from '../../types.ts';
import type { CallAction } from './api.ts';
import { keyIdOf } from './rules.ts';
import { Secret } from '../../../secret.ts';

/** The fields of a new pair in an answer to CreateKeyPair: `KeyPair` of CVM (2017-03-12) and of Lighthouse. */
export function readCreated(answer: Answer, askedName: string): CreatedKeyPair {
  const fields = fieldsOf(answer.fields['KeyPair']);
  const privateKey = textOf(fields?.['PrivateKey']);
  if (fields === null || privateKey === null) throw answer.malformed(t`without a private key`);
  return {
    // A pair with its private key is worth more than its missing name, which can only be the one that was asked for.
    pair: readPair(fields, lineOf(fields['KeyName']) ?? askedName),
    privateKey: new Secret(privateKey),
    requestId: answer.requestId,
  };
}

/** The new pair in an answer to ImportKeyPair, which tells no more than its id. */
export function readImported(answer: Answer, name: string): ImportedKeyPair {
  const id = lineOf(answer.fields['KeyId']);
  if (id === null) throw answer.malformed(t`without the id of the key pair`);
  return { pair: readPair({ KeyId: id }, name), requestId: answer.requestId };
}

/** One page of an answer to DescribeKeyPairs. */
export function readPage(answer: Answer): Page<KeyPair> {
  const list = handledRows(answer.fields['KeyPairSet'], 'KeyName', readPair);
  if (list === null) throw answer.malformed(t`without a list of key pairs`);
  return { ...list, total: countOf(answer.fields['TotalCount']) };
}

function readPair(fields: Fields, name: string): KeyPair {
  return {
    id: lineOf(fields['KeyId']),
    name,
    publicKey: lineOf(fields['PublicKey']),
    fingerprint: null,
    // The forerunner of API 3.0 on the v2 gateway spells it CreateTime.
    createdAt: timeOf(fields['CreatedTime']) ?? timeOf(fields['CreateTime']),
    description: textOf(fields['Description']),
    projectId: countOf(fields['ProjectId']),
    tags: tagsOf(fields['Tags'], 'Key', 'Value'),
    instances: textsOf(fields['AssociatedInstanceIds']),
  };
}

/** DescribeKeyPairs takes no more filters than this. */
const MOST_FILTERS = 10;

/** The key pairs that fit, by DescribeKeyPairs of CVM or Lighthouse: asked for as far as it filters, and looked at again. */
export function listKeyPairs(
  call: CallAction,
  service: Service,
  filter: ListFilter,
  signal: AbortSignal,
): AsyncIterable<KeyPair> {
  const fetchPage = async ({ offset }: { readonly offset: number }) => {
    const page = { Offset: offset, Limit: service.pageSize };
    const parameters: DescribeKeyPairsRequest = { ...page, ...selection(filter) };
    return readPage(await call('DescribeKeyPairs', parameters, { changes: false, signal }));
  };
  return matching(allPages(fetchPage, service.pageSize, identityOf), filter);
}

/** Ids or filters: the service takes one of the two. Lighthouse's filter for names finds parts of them, too. */
function selection({ id, name, tags = {} }: ListFilter): Pick<DescribeKeyPairsRequest, 'KeyIds' | 'Filters'> {
  if (id !== undefined) return { KeyIds: [id] };
  const filters: Filter[] = Object.entries(tags).map(([key, value]) => ({
    Name: `tag:${key}`,
    Values: [value],
  }));
  if (name !== undefined) filters.unshift({ Name: 'key-name', Values: [name] });
  return filters.length === 0 ? {} : { Filters: filters.slice(0, MOST_FILTERS) };
}

/**
 * Deletes key pairs by DeleteKeyPairs of CVM or Lighthouse, which answers for a whole batch and may have deleted some
 * of it when it refuses. What was there before a batch of several is therefore looked up first: of those, one that is
 * not found after the refusal has been deleted.
 */
export async function deleteKeyPairs(
  call: CallAction,
  service: Service,
  pairs: readonly KeyPairRef[],
  signal: AbortSignal,
): Promise<readonly ItemOutcome[]> {
  let before: ReadonlySet<string> = new Set();
  return inBatches(pairs, {
    size: service.deleteBatch,
    nameOf: ({ name }) => name,
    async act(batch) {
      const KeyIds = batch.map((pair) => keyIdOf(pair, service));
      if (batch.length > 1) before = await present(call, service, KeyIds, signal);
      const parameters: DeleteKeyPairsRequest = { KeyIds };
      requireRequestId(await call('DeleteKeyPairs', parameters, { changes: true, signal }));
      return batch.map(() => null);
    },
    succeededAnyway: ({ id }, { code }) => code === 'NOT_FOUND' && id !== null && before.has(id),
  });
}

/** Which of these are there; none where that cannot be told, since the deleting itself will say what is wrong. */
async function present(
  call: CallAction,
  service: Service,
  KeyIds: string[],
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const parameters = { KeyIds, Offset: 0, Limit: service.pageSize };
  try {
    const { items } = readPage(await call('DescribeKeyPairs', parameters, { changes: false, signal }));
    return new Set(items.flatMap(({ id }) => (id === null ? [] : [id])));
  } catch (error) {
    if (error instanceof KeypairError) return new Set();
    throw error;
  }
}
