import type { ModifyResourceTagsRequest } from 'tencentcloud-sdk-nodejs/tencentcloud/services/tag/v20180813/tag_models.js';
import { t } from '../../../i18n/t.ts';
import { requireRequestId, type Service } from '../../response.ts';
import type { AdapterOptions, KeyPairChange, KeyPairRef } from '../../types.ts';
import { tc3Caller } from './api.ts';
import { tagErrors } from './errors.ts';
import { endpointOf, keyIdOf } from './services.ts';

/** The API version of the tags of all products (https://www.tencentcloud.com/document/product/651/33012). */
const VERSION = '2018-08-13';

/** Changes the tags of a CVM key pair, with one request: all or nothing. CVM itself sets tags only at creation. */
export async function modifyTags(
  service: Service,
  options: AdapterOptions,
  pair: KeyPairRef,
  { tags = {}, removeTags = [] }: KeyPairChange,
  signal: AbortSignal,
): Promise<void> {
  const tagService = {
    ...service,
    title: t`Tencent Cloud Tag`,
    documentation: 'https://www.tencentcloud.com/document/product/651/33012',
    pages: {},
  };
  const endpoint = endpointOf('tag', options.endpoint);
  const call = tc3Caller(tagService, 'tag', tagErrors, { ...options, endpoint, apiVersion: VERSION });
  const set = Object.entries(tags).map(([TagKey, TagValue]) => ({ TagKey, TagValue }));
  const parameters: ModifyResourceTagsRequest = {
    // Without the number of an account it is the caller's: so does Terraform's provider of the vendor.
    Resource: `qcs::cvm:${options.region}:uin/:keypair/${keyIdOf(pair, service)}`,
    // The service refuses empty lists.
    ...(set.length === 0 ? {} : { ReplaceTags: set }),
    ...(removeTags.length === 0 ? {} : { DeleteTags: removeTags.map((TagKey) => ({ TagKey })) }),
  };
  requireRequestId(await call('ModifyResourceTags', parameters, { changes: true, signal }));
}
