import type { Service } from '../service.ts';

/** Alibaba Cloud ECS, API of 2014-05-26. */
export const service: Service = {
  id: 'aliyun',
  title: 'Alibaba Cloud ECS',
  documentation:
    'https://www.alibabacloud.com/help/en/ecs/developer-reference/api-ecs-2014-05-26-createkeypair',
  pageSize: 50,
  deleteBatch: 100,
  bindBatch: 50,
};
