import type { KeypairError } from '../../../errors.ts';
import { t } from '../../../i18n/t.ts';
import { Secret } from '../../../secret.ts';
import { inBatches } from '../../batches.ts';
import type { Page } from '../../paging.ts';
import {
  countOf,
  type Fields,
  fieldsOf,
  handledRows,
  lineOf,
  rowsOf,
  tagsOf,
  textOf,
  textsOf,
  timeOf,
  wordOf,
} from '../../parse.ts';
import { type Answer, requireRequestId } from '../../response.ts';
import type { CreatedKeyPair, ImportedKeyPair, ItemOutcome, KeyPair, KeyPairRef } from '../../types.ts';

/** What ECS and Simple Application Server return about key pairs: the same fields, in lists of other names. */

/**
 * Parses a response to AttachKeyPair or DetachKeyPair: null or an error for each instance. Failures are in the results,
 * with HTTP 200. Documents and examples disagree on whether counts, codes and `Success` are strings.
 *
 * @param results the list in the response.
 */
export function readBound(
  answer: Answer,
  results: unknown,
  instances: readonly string[],
): readonly (KeypairError | null)[] {
  const rows = rowsOf(results) ?? [];
  const byId = new Map(rows.map((row) => [lineOf(fieldsOf(row)?.['InstanceId']), fieldsOf(row)]));
  const noneFailed =
    countOf(answer.fields['FailCount']) === 0 && countOf(answer.fields['TotalCount']) === instances.length;
  return instances.map((instance) => {
    const result = byId.get(instance) ?? null;
    if (result !== null) return errorIn(result, answer);
    return noneFailed ? null : answer.malformed(t`without a result for ${instance}`);
  });
}

function errorIn(result: Fields, answer: Answer): KeypairError | null {
  const code = wordOf(result['Code']);
  const done = wordOf(result['Success']) ?? String(code === '200');
  return done === 'true' ? null : answer.refusal(lineOf(result['Code']) ?? code ?? '', result['Message']);
}

/**
 * Deletes key pairs by name, in batches.
 *
 * @param send sends one request for these names.
 * @throws KeypairError as {@link inBatches}.
 */
export function deleteByName(
  pairs: readonly KeyPairRef[],
  size: number,
  send: (names: readonly string[]) => Promise<Answer>,
): Promise<readonly ItemOutcome[]> {
  return inBatches(pairs, {
    size,
    nameOf: ({ name }) => name,
    async act(batch) {
      requireRequestId(await send(batch.map(({ name }) => name)));
      return batch.map(() => null);
    },
    // No document says whether the service carries out part of a refused batch.
    succeededAnyway: (_pair, alone, together) => alone.code === 'NOT_FOUND' && together.code !== 'NOT_FOUND',
  });
}

/** Parses a response to CreateKeyPair. */
export function readCreated(answer: Answer, askedName: string): CreatedKeyPair {
  const privateKey = textOf(answer.fields['PrivateKeyBody']);
  if (privateKey === null) throw answer.malformed(t`without a private key`);
  return {
    // Do not lose the private key over a missing name: use the requested one.
    pair: readPair(answer.fields, lineOf(answer.fields['KeyPairName']) ?? askedName),
    privateKey: new Secret(privateKey),
    requestId: answer.requestId,
  };
}

/** Parses a response to ImportKeyPair. It has a name, on ECS also a fingerprint, but no id. */
export function readImported(answer: Answer): ImportedKeyPair {
  const name = lineOf(answer.fields['KeyPairName']);
  if (name === null) throw answer.malformed(t`without the name of the key pair`);
  return { pair: readPair(answer.fields, name), requestId: answer.requestId };
}

/**
 * Parses one page of key pairs.
 *
 * @param list the list in the response.
 * @param group leaves out the pairs of other resource groups.
 */
export function readKeyPairs(answer: Answer, list: unknown, group?: string): Page<KeyPair> {
  const read = (fields: Fields, name: string) => ({ pair: readPair(fields, name), group: fields['ResourceGroupId'] });
  const pairs = handledRows(list, 'KeyPairName', read);
  if (pairs === null) throw answer.malformed(t`without a list of key pairs`);
  const items = pairs.items.flatMap((item) => (group === undefined || item.group === group ? [item.pair] : []));
  return { ...pairs, items, total: countOf(answer.fields['TotalCount']) };
}

function readPair(fields: Fields, name: string): KeyPair {
  return {
    // Only CreateKeyPair of ECS returns the id.
    id: lineOf(fields['KeyPairId']),
    name,
    publicKey: lineOf(fields['PublicKey']),
    fingerprint: lineOf(fields['KeyPairFingerPrint']),
    createdAt: timeOf(fields['CreationTime']),
    description: null,
    projectId: null,
    tags: tagsOf(fieldsOf(fields['Tags'])?.['Tag'], 'TagKey', 'TagValue'),
    // Of Simple Application Server; on ECS, only DescribeInstances returns these.
    instances: textsOf(fields['InstanceIds']),
  };
}
