import { Secret } from '../../../../secret.ts';
import type { KeypairError } from '../../../../errors.ts';
import { t } from '../../../../i18n/t.ts';
import type { Answer } from '../../../response.ts';
import type { Page } from '../../../pages.ts';
import type { CreatedKeyPair, ImportedKeyPair, KeyPair } from '../../../types.ts';
import {
  countOf,
  fieldsOf,
  handledRows,
  lineOf,
  rowsOf,
  textOf,
  textsOf,
  type Fields,
} from '../../../parse.ts';
import { DELETE_ERRORS } from './errors.ts';

/** Reads an answer of v2 to CreateKeyPair. */
export function readLegacyCreated(answer: Answer, askedName: string): CreatedKeyPair {
  const fields = contentOf(answer, 'secretkey');
  const privateKey = textOf(fields?.['secretkey']);
  if (fields === null || privateKey === null) throw answer.unusable('without a private key');
  return {
    // A pair with its private key is worth more than its missing name, which can only be the one that was asked for.
    pair: readPair(fields, lineOf(fields['keyName']) ?? askedName),
    privateKey: new Secret(privateKey),
    requestId: answer.requestId,
  };
}

/** Reads an answer of v2 to ImportKeyPair, which tells no more than the pair's id. */
export function readLegacyImported(answer: Answer, name: string): ImportedKeyPair {
  const id = lineOf(contentOf(answer, 'keyId')?.['keyId']);
  if (id === null) throw answer.unusable('without the id of the key pair');
  return { pair: readPair({ keyId: id }, name), requestId: answer.requestId };
}

/**
 * Reads an answer of v2 to DeleteKeyPair: null or an error for each of these ids. The code of the whole answer is 0
 * even if none of them was deleted.
 */
export function readLegacyDeleted(answer: Answer, ids: readonly string[]): readonly (KeypairError | null)[] {
  const rows = rowsOf(contentOf(answer, 'deleteKeySet')?.['deleteKeySet']);
  if (rows === null) throw answer.unusable('without a word on the single key pairs');
  const entries = new Map(rows.map((row) => [lineOf(fieldsOf(row)?.['keyId']), fieldsOf(row)]));
  return ids.map((id) => {
    const entry = entries.get(id);
    const code = String(entry?.['code']);
    if (!/^-?\d{1,9}$/.test(code)) return answer.unusable(t`without a word on ${id}`);
    return Number(code) === 0 ? null : answer.refusal(code, entry?.['message'], DELETE_ERRORS);
  });
}

/** Reads one page of an answer of v2 to DescribeKeyPairs. */
export function readLegacyPage(answer: Answer): Page<KeyPair> {
  const content = contentOf(answer, 'sshSet');
  const list = handledRows(content?.['sshSet'], 'keyName', readPair);
  if (list === null) throw answer.unusable('without a list of key pairs');
  return { ...list, total: countOf(content?.['totalCount']) };
}

/** The object that holds `field`: v2 puts its fields in `data`, in `detail` or at the top, by action. */
function contentOf(answer: Answer, field: string): Fields | null {
  const places = [fieldsOf(answer.fields['data']), fieldsOf(answer.fields['detail']), answer.fields];
  return places.find((place) => place !== null && Object.hasOwn(place, field)) ?? null;
}

function readPair(fields: Fields, name: string): KeyPair {
  return {
    id: lineOf(fields['keyId']),
    name,
    publicKey: lineOf(fields['pubkey']),
    fingerprint: null,
    // `createTime` is told without a zone, so it is no moment.
    createdAt: null,
    description: null,
    projectId: null,
    tags: null,
    instances: textsOf(fields['bindUnInstanceIds']),
  };
}
