import { t } from '../../../i18n/t.ts';
import { Secret } from '../../../secret.ts';
import type { Answer } from '../../response.ts';
import type { Page } from '../../paging.ts';
import type { CreatedKeyPair, ImportedKeyPair, KeyPair } from '../../types.ts';
import { countOf, fieldsOf, handledRows, lineOf, tagsOf, textOf, timeOf, type Fields } from '../../parse.ts';

/** The new pair in an answer to CreateKeyPair. */
export function readCreated(answer: Answer, askedName: string): CreatedKeyPair {
  const privateKey = textOf(answer.fields['PrivateKeyBody']);
  if (privateKey === null) throw answer.malformed(t`without a private key`);
  return {
    // A pair with its private key is worth more than its missing name, which can only be the one that was asked for.
    pair: readPair(answer.fields, lineOf(answer.fields['KeyPairName']) ?? askedName),
    privateKey: new Secret(privateKey),
    requestId: answer.requestId,
  };
}

/** The new pair in an answer to ImportKeyPair: its name and fingerprint, and no id. */
export function readImported(answer: Answer): ImportedKeyPair {
  const name = lineOf(answer.fields['KeyPairName']);
  if (name === null) throw answer.malformed(t`without the name of the key pair`);
  return { pair: readPair(answer.fields, name), requestId: answer.requestId };
}

/** One page of an answer to DescribeKeyPairs. */
export function readPage(answer: Answer): Page<KeyPair> {
  const list = handledRows(fieldsOf(answer.fields['KeyPairs'])?.['KeyPair'], 'KeyPairName', readPair);
  if (list === null) throw answer.malformed(t`without a list of key pairs`);
  return { ...list, total: countOf(answer.fields['TotalCount']) };
}

function readPair(fields: Fields, name: string): KeyPair {
  return {
    // Told by CreateKeyPair only: DescribeKeyPairs knows names.
    id: lineOf(fields['KeyPairId']),
    name,
    publicKey: lineOf(fields['PublicKey']),
    fingerprint: lineOf(fields['KeyPairFingerPrint']),
    createdAt: timeOf(fields['CreationTime']),
    description: null,
    projectId: null,
    tags: tagsOf(fieldsOf(fields['Tags'])?.['Tag'], 'TagKey', 'TagValue'),
    // Only DescribeInstances knows.
    instances: null,
  };
}
