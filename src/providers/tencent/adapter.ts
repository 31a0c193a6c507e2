import type {
  CreateKeyPairRequest,
  DescribeKeyPairsRequest,
} from 'tencentcloud-sdk-nodejs/tencentcloud/services/cvm/v20170312/cvm_models.js';
import { allPages } from '../pages.ts';
import { readCreated, readPage } from '../tencent-cloud/key-pair.ts';
import { tagList } from '../tencent-cloud/tag-list.ts';
import { tc3Caller } from '../tencent-cloud/tc3.ts';
import type { AdapterFactory } from '../types.ts';
import { errors } from './errors.ts';
import { service } from './service.ts';

/** Tencent Cloud CVM over API 3.0. */
export const adapt: AdapterFactory = (options) => {
  const call = tc3Caller(service, 'cvm', errors, options);
  return {
    async createKeyPair({ name, projectId, tags }, signal) {
      const parameters: CreateKeyPairRequest = { KeyName: name, ProjectId: projectId };
      const tagged = tagList(tags);
      if (tagged.length > 0) parameters.TagSpecification = [{ ResourceType: 'keypair', Tags: tagged }];
      return readCreated(await call('CreateKeyPair', parameters, { changes: true, signal }), name);
    },
    listKeyPairs({ name }, signal) {
      const fetchPage = async ({ offset }: { readonly offset: number }) => {
        const parameters: DescribeKeyPairsRequest = { Offset: offset, Limit: service.pageSize };
        if (name !== undefined) parameters.Filters = [{ Name: 'key-name', Values: [name] }];
        return readPage(await call('DescribeKeyPairs', parameters, { changes: false, signal }));
      };
      return allPages(fetchPage, service.pageSize, name);
    },
  };
};
