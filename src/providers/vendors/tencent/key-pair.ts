import { Secret } from '../../../secret.ts';
import type { Answer } from '../../response.ts';
import type { Page } from '../../pages.ts';
import type { CreatedKeyPair, ImportedKeyPair, KeyPair } from '../../types.ts';
import {
  countOf,
  fieldsOf,
  handledRows,
  lineOf,
  tagsOf,
  textOf,
  textsOf,
  timeOf,
  type Fields,
} from '../../parse.ts';

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

/** The new pair in an answer to ImportKeyPair, which tells no more than its id. */
export function readImported(answer: Answer, name: string): ImportedKeyPair {
  const id = lineOf(answer.fields['KeyId']);
  if (id === null) throw answer.unusable('without the id of the key pair');
  return { pair: readPair({ KeyId: id }, name), requestId: answer.requestId };
}

/** One page of an answer to DescribeKeyPairs. */
export function readPage(answer: Answer): Page<KeyPair> {
  const list = handledRows(answer.fields['KeyPairSet'], 'KeyName', readPair);
  if (list === null) throw answer.unusable('without a list of key pairs');
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
