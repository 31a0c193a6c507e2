import { Secret } from '../../credentials/secret.ts';
import type { Answer } from '../answer.ts';
import type { Page } from '../pages.ts';
import type { CreatedKeyPair, KeyPair } from '../types.ts';
import { countOf, fieldsOf, lineOf, rowsOf, textOf, textsOf, type Fields } from '../untrusted.ts';

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

/** Reads one page of an answer of v2 to DescribeKeyPairs. */
export function readLegacyPage(answer: Answer): Page {
  const content = contentOf(answer, 'sshSet');
  const rows = rowsOf(content?.['sshSet']);
  if (rows === null) throw answer.unusable('without a list of key pairs');
  const pairs = rows.flatMap((row) => {
    const fields = fieldsOf(row);
    const name = lineOf(fields?.['keyName']);
    return fields === null || name === null ? [] : [readPair(fields, name)];
  });
  return { rows: rows.length, total: countOf(content?.['totalCount']), pairs };
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
