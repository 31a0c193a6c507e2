import type { Service } from '../../../service.ts';

/** Tencent Cloud CVM by the gateway before API 3.0. */
export const legacyService: Service = {
  id: 'qcloud',
  title: 'Tencent Cloud CVM (retired v2 gateway)',
  documentation: 'https://cloud.tencent.com/document/api/213/9400',
  pages: {
    DescribeInstances: 'https://cloud.tencent.com/document/api/213/9388',
    DescribeKeyPairs: 'https://cloud.tencent.com/document/api/213/9403',
    ImportKeyPair: 'https://cloud.tencent.com/document/product/213/1945',
  },
  pageSize: 100,
  deleteBatch: 100,
  bindBatch: 100,
};
