import type { Service } from '../../service.ts';

/** Tencent Lighthouse, API 3.0 of 2020-03-24. */
export const lighthouseService: Service = {
  id: 'lighthouse',
  title: 'Tencent Lighthouse',
  documentation: 'https://cloud.tencent.com/document/api/1207/55543',
  pages: {
    DescribeInstances: 'https://cloud.tencent.com/document/api/1207/47573',
    DescribeRegions: 'https://cloud.tencent.com/document/api/1207/55555',
    DescribeKeyPairs: 'https://cloud.tencent.com/document/api/1207/55540',
  },
  pageSize: 100,
  deleteBatch: 10,
  bindBatch: 100,
};
