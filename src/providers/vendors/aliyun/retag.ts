import { TagResourcesRequest } from '@alicloud/ecs20140526/dist/models/TagResourcesRequest.js';
import { UntagResourcesRequest } from '@alicloud/ecs20140526/dist/models/UntagResourcesRequest.js';
import { causedBy, KeypairError } from '../../../errors.ts';
import { t } from '../../../i18n/t.ts';
import { acknowledged } from '../../response.ts';
import type { KeyPairChange } from '../../types.ts';
import type { CallEcs } from './api.ts';

/**
 * Changes the tags of a key pair, whose name is its resource id. Those that go, go first: the pair may be full.
 *
 * @throws KeypairError; `PARTIAL` when the old tags are gone and the new ones were refused.
 */
export async function retag(
  call: CallEcs,
  regionId: string,
  name: string,
  { tags = {}, removeTags = [] }: KeyPairChange,
  signal: AbortSignal,
): Promise<void> {
  const resource = { regionId, resourceType: 'keypair', resourceId: [name] };
  const tag = Object.entries(tags).map(([key, value]) => ({ key, value }));
  const how = { changes: true, signal };
  if (removeTags.length > 0) {
    const model = new UntagResourcesRequest({ ...resource, tagKey: [...removeTags] });
    acknowledged(await call('UntagResources', model, how));
  }
  if (tag.length === 0) return;
  try {
    acknowledged(await call('TagResources', new TagResourcesRequest({ ...resource, tag }), how));
  } catch (error) {
    throw removeTags.length > 0 && error instanceof KeypairError ? halfDone(error) : error;
  }
}

function halfDone(error: KeypairError): KeypairError {
  return new KeypairError('PARTIAL', t`tags were removed, and none were set: ${error.message}`, {
    ...causedBy(error),
    hints: error.hints,
    outcome: 'unknown',
  });
}
