import { t } from '../../../i18n/t.ts';
import type { Service } from '../../response.ts';

/** The vendor names the page on an action for it. */
const page = (action: string): string =>
  `https://www.alibabacloud.com/help/en/ecs/developer-reference/api-ecs-2014-05-26-${action.toLowerCase()}`;

/** Alibaba Cloud ECS, API of 2014-05-26. */
export const ecsService: Service = {
  id: 'aliyun',
  title: t`Alibaba Cloud ECS`,
  documentation: page('CreateKeyPair'),
  pages: Object.fromEntries(
    [
      'AttachKeyPair',
      'DeleteKeyPairs',
      'DescribeInstances',
      'DescribeKeyPairs',
      'DescribeRegions',
      'DetachKeyPair',
      'ImportKeyPair',
      'TagResources',
      'UntagResources',
    ].map((action) => [action, page(action)]),
  ),
  pageSize: 50,
  deleteBatch: 100,
  bindBatch: 50,
};
