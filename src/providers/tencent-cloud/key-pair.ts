import { Secret } from '../../credentials/secret.ts';
import type { Answer } from '../answer.ts';
import type { Page } from '../pages.ts';
import type { CreatedKeyPair, KeyPair } from '../types.ts';
import {
  countOf,
  fieldsOf,
  lineOf,
  rowsOf,
  tagsOf,
  textOf,
  textsOf,
  timeOf,
  type Fields,
} from '../untrusted.ts';

/** The fields of a new pair in an answer to CreateKeyPair: `KeyPair` of CVM (2017-03-12) and of Lighthouse. */
export function readCreated(answer: Answer, askedName: string): CreatedKeyPair {
  const fields = fieldsOf(answer.fields['KeyPair']);
  const privateKey = textOf(fields?.['PrivateKey']);
  if (fields === null || privateKey === null) throw answer.unusable('without a private key');
  return {
    // A pair with its private key is worth more than its missing name, which can only be the one that was asked for.
    pair: readPair(fields, lineOf(fields['KeyName']) ?? askedName),
    privateKey: new Secret(privateKey),
    requestId: answer.requestId,
  };
}

/** One page of an answer to DescribeKeyPairs. Rows without a name are left out: nothing can be done with them. */
export function readPage(answer: Answer): Page {
  const rows = rowsOf(answer.fields['KeyPairSet']);
  if (rows === null) throw answer.unusable('without a list of key pairs');
  const pairs = rows.flatMap((row) => {
    const fields = fieldsOf(row);
    const name = lineOf(fields?.['KeyName']);
    return fields === null || name === null ? [] : [readPair(fields, name)];
  });
  return { rows: rows.length, total: countOf(answer.fields['TotalCount']), pairs };
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
