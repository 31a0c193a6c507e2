import { CreateKeyPairRequest } from '@alicloud/ecs20140526/dist/models/CreateKeyPairRequest.js';
import { DescribeKeyPairsRequest } from '@alicloud/ecs20140526/dist/models/DescribeKeyPairsRequest.js';
import { Secret } from '../../credentials/secret.ts';
import type { Answer } from '../answer.ts';
import { allPages, type Page } from '../pages.ts';
import type { AdapterFactory, CreatedKeyPair, KeyPair } from '../types.ts';
import { countOf, fieldsOf, lineOf, rowsOf, tagsOf, textOf, timeOf, type Fields } from '../untrusted.ts';
import { acs3Request, type RequestModel } from './acs3.ts';
import { openAnswer } from './envelope.ts';
import { service } from './service.ts';

/** Alibaba Cloud ECS. */
export const adapt: AdapterFactory = (options) => {
  const { credentials, region: regionId } = options;
  async function call(
    action: string,
    model: RequestModel,
    changes: boolean,
    signal: AbortSignal,
  ): Promise<Answer> {
    const response = await options.send(acs3Request(action, model, options), { signal });
    return openAnswer({ service, action, changes, credentials }, response);
  }
  return {
    async createKeyPair({ name, tags, resourceGroupId }, signal) {
      const tag = Object.entries(tags).map(([key, value]) => ({ key, value }));
      const model = new CreateKeyPairRequest({ keyPairName: name, regionId, resourceGroupId, tag });
      return readCreated(await call('CreateKeyPair', model, true, signal), name);
    },
    listKeyPairs({ name }, signal) {
      const { pageSize } = service;
      const fetchPage = async ({ number }: { readonly number: number }) => {
        const filter = { keyPairName: name, pageNumber: number, pageSize, regionId, includePublicKey: true };
        return readPage(await call('DescribeKeyPairs', new DescribeKeyPairsRequest(filter), false, signal));
      };
      return allPages(fetchPage, pageSize, name);
    },
  };
};

function readCreated(answer: Answer, askedName: string): CreatedKeyPair {
  const privateKey = textOf(answer.fields['PrivateKeyBody']);
  if (privateKey === null) throw answer.unusable('without a private key');
  return {
    // A pair with its private key is worth more than its missing name, which can only be the one that was asked for.
    pair: readPair(answer.fields, lineOf(answer.fields['KeyPairName']) ?? askedName),
    privateKey: new Secret(privateKey),
    requestId: answer.requestId,
  };
}

function readPage(answer: Answer): Page {
  const rows = rowsOf(fieldsOf(answer.fields['KeyPairs'])?.['KeyPair']);
  if (rows === null) throw answer.unusable('without a list of key pairs');
  const pairs = rows.flatMap((row) => {
    const fields = fieldsOf(row);
    const name = lineOf(fields?.['KeyPairName']);
    return fields === null || name === null ? [] : [readPair(fields, name)];
  });
  return { rows: rows.length, total: countOf(answer.fields['TotalCount']), pairs };
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
    instances: null,
  };
}
